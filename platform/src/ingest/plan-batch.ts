/**
 * Rules 3 to 6 and 9 of the ingest protocol: what a batch does to the feeds and objects of a cluster.
 *
 * Pure planning: feeds and entries in, effects on objects and the feeds' next state out. The caller performs the effects in
 * order and stores the feeds in one transaction with the seq, so that a resume point never exists without what it covers.
 */
import type { Entry, Offer, Rejection, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Effect } from '../store/changes.ts';
import type { FeedProgress } from '../store/feed-row.ts';
import { type HeldLookup, HeldVersions } from './held-versions.ts';

/** Why the platform does not take an entry. Counted per code by both sides. */
export type RejectionCode =
  | 'INVALID_BODY'
  | 'NO_RESOURCE_VERSION'
  | 'NO_SNAPSHOT'
  | 'NO_UID'
  | 'POISONED'
  | 'TOO_LARGE'
  | 'UNKNOWN_FEED'
  | 'UNSUPPORTED_ENCODING';

/** Every rejection code, for counters that start at 0. */
export const REJECTION_CODES: readonly RejectionCode[] = [
  'INVALID_BODY',
  'NO_RESOURCE_VERSION',
  'NO_SNAPSHOT',
  'NO_UID',
  'POISONED',
  'TOO_LARGE',
  'UNKNOWN_FEED',
  'UNSUPPORTED_ENCODING',
];

/** Something in a batch that a person wants to see. */
interface Milestone {
  readonly feedId: number;
  readonly type: 'snapshotBegin' | 'snapshotEnd' | 'snapshotAbort' | 'countMismatch' | 'feedState';
  readonly detail: string;
}

/** What a batch does. */
export interface BatchPlan {
  readonly effects: readonly Effect[];
  /** Feeds that changed, by feed id. */
  readonly feeds: ReadonlyMap<number, FeedProgress>;
  readonly rejections: readonly (Rejection & { readonly code: RejectionCode })[];
  readonly milestones: readonly Milestone[];
  /** Places of offers that marked nothing. */
  readonly wanted: readonly number[];
  /** Progress without a finished snapshot, aborts without a begin: harmless, and without effect. */
  readonly ignored: number;
}

/** What planning needs besides the entries. */
export interface PlanContext {
  /** Feeds of the live session by feed id. */
  readonly feeds: ReadonlyMap<number, FeedProgress>;
  readonly maxObjectBytes: number;
  /** The version of an object that is held in the vintage of its feed; undefined: there is none. */
  readonly held: HeldLookup;
  /** Unique per batch: names the directive of a snapshot whose count differs. */
  readonly batchId: string;
  /** Whether a body is a JSON object. */
  isJsonObject(body: Uint8Array): boolean;
  /** A reason of the caller's own to refuse one object alone. */
  refuse(upsert: Upsert): RejectionCode | undefined;
}

/** Plans the effect of a batch's entries, in stream order. */
export function planBatch(entries: readonly Entry[], context: PlanContext): BatchPlan {
  const planner = new Planner(context);
  entries.forEach((entry, index) => planner.take(entry, index));
  return planner;
}

class Planner implements BatchPlan {
  readonly effects: Effect[] = [];
  readonly feeds = new Map<number, FeedProgress>();
  readonly rejections: (Rejection & { readonly code: RejectionCode })[] = [];
  readonly milestones: Milestone[] = [];
  readonly wanted: number[] = [];
  ignored = 0;
  readonly #context: PlanContext;
  readonly #held: HeldVersions;

  constructor(context: PlanContext) {
    this.#context = context;
    this.#held = new HeldVersions(context.held);
  }

  take(entry: Entry, entryIndex: number): void {
    const feed = this.feeds.get(entry.feedId) ?? this.#context.feeds.get(entry.feedId);
    const code = feed === undefined ? 'UNKNOWN_FEED' : this.#apply(feed, entry, entryIndex);
    if (code !== undefined) this.rejections.push({ entryIndex, code });
  }

  #apply(feed: FeedProgress, entry: Entry, entryIndex: number): RejectionCode | undefined {
    switch (entry.type) {
      case 'upsert':
        return this.#upsert(feed, entry);
      case 'offer':
        if (!this.#offer(feed, entry)) this.wanted.push(entryIndex);
        return undefined;
      case 'delete':
        if (entry.uid === '') return 'NO_UID';
        this.#held.removed(feed.key, entry.uid);
        this.effects.push({ type: 'remove', feedKey: feed.key, uid: entry.uid });
        this.#update(entry.feedId, feed, { observedAtMs: newest(feed.observedAtMs, entry.observedAtMs) });
        return undefined;
      case 'snapshotBegin':
        // The old point goes: until `end`, a new session has to start the snapshot again.
        this.#update(entry.feedId, feed, {
          mark: feed.mark + 1,
          snapshotUpserts: 0,
          resumePoint: undefined,
          resync: undefined,
          ...(entry.afresh === true ? this.#newVintage(feed) : {}),
        });
        this.#milestone(entry.feedId, 'snapshotBegin', '');
        return undefined;
      case 'snapshotEnd':
        return this.#end(feed, entry);
      case 'snapshotAbort':
        if (feed.snapshotUpserts === undefined) this.ignored += 1;
        this.#update(entry.feedId, feed, { snapshotUpserts: undefined });
        this.#milestone(entry.feedId, 'snapshotAbort', entry.reason);
        return undefined;
      case 'progress':
        return this.#progress(feed, entry);
      case 'feedState':
        this.#state(feed, entry);
        return undefined;
    }
  }

  #upsert(feed: FeedProgress, upsert: Upsert): RejectionCode | undefined {
    const isSeen = upsert.body.length === 0 && feed.snapshotUpserts !== undefined;
    const code = isSeen && upsert.uid !== '' ? undefined : this.#refuse(upsert);
    const { feedId, uid } = upsert;
    if (isSeen && code === undefined) this.#keep(feed, upsert);
    else if (code === undefined) {
      this.effects.push({ type: 'put', feedKey: feed.key, mark: feed.mark, vintage: feed.vintage, upsert });
      this.#held.put(feed.key, uid, upsert.resourceVersion);
    } else if (uid !== '' && feed.snapshotUpserts !== undefined) {
      // The object exists, only its new state was not taken: its last known state must survive the sweep.
      this.effects.push({ type: 'keep', feedKey: feed.key, mark: feed.mark, uid });
    }
    // `count` counts what was sent, so an entry that is refused counts too.
    const snapshotUpserts = feed.snapshotUpserts === undefined ? undefined : feed.snapshotUpserts + 1;
    const isNews = code === undefined && !isSeen;
    const observedAtMs = isNews ? newest(feed.observedAtMs, upsert.observedAtMs) : feed.observedAtMs;
    this.#update(feedId, feed, { snapshotUpserts, observedAtMs });
    return code;
  }

  /** It exists, and the agent cannot read it: what is known of it stays. */
  #keep(feed: FeedProgress, { uid, namespace, name }: Upsert): void {
    const { key: feedKey, mark } = feed;
    const isNamed = uid === `${namespace}/${name}`;
    // Which version it has then nobody knows.
    if (isNamed) this.#held.unsure(feedKey);
    this.effects.push(
      isNamed ? { type: 'keepNamed', feedKey, mark, namespace, name } : { type: 'keep', feedKey, mark, uid },
    );
  }

  /** Whether it marks its object. `count` counts what marked, so that an end which comes without what is wanted sweeps nothing. */
  #offer(feed: FeedProgress, { feedId, uid, resourceVersion }: Offer): boolean {
    if (feed.snapshotUpserts === undefined || resourceVersion === '') return false;
    if (this.#held.of(feed.key, uid) !== resourceVersion) return false;
    this.effects.push({ type: 'keep', feedKey: feed.key, mark: feed.mark, uid });
    this.#update(feedId, feed, { snapshotUpserts: feed.snapshotUpserts + 1 });
    return true;
  }

  /** A version may stand for another state than the one that is held: what is held may be offered no more. */
  #newVintage({ key, vintage }: FeedProgress): Pick<FeedProgress, 'vintage' | 'heldPosition'> {
    this.#held.unsure(key);
    return { vintage: vintage + 1, heldPosition: undefined };
  }

  #refuse(upsert: Upsert): RejectionCode | undefined {
    const { uid, encoding, body } = upsert;
    if (uid === '') return 'NO_UID';
    if (encoding !== 'JSON') return 'UNSUPPORTED_ENCODING';
    if (body.length > this.#context.maxObjectBytes) return 'TOO_LARGE';
    return this.#context.refuse(upsert) ?? (this.#context.isJsonObject(body) ? undefined : 'INVALID_BODY');
  }

  #end(feed: FeedProgress, end: Extract<Entry, { type: 'snapshotEnd' }>): RejectionCode | undefined {
    const { feedId, resourceVersion, count } = end;
    if (feed.snapshotUpserts === undefined) return 'NO_SNAPSHOT';
    if (feed.snapshotUpserts !== count) {
      const reason = `the snapshot said ${count} objects and had ${feed.snapshotUpserts}`;
      const resync = { id: `count-${this.#context.batchId}-${feedId}`, reason };
      this.#update(feedId, feed, { snapshotUpserts: undefined, resumePoint: undefined, resync });
      this.#milestone(feedId, 'countMismatch', reason);
      return undefined;
    }
    this.effects.push({ type: 'sweep', feedKey: feed.key, mark: feed.mark });
    this.#held.unsure(feed.key);
    // A feed that is polled has no position: it is complete now, and every session begins it with a snapshot. So does one
    // whose resync was asked for since the begin, or a session that ends before it would make the wish forgotten.
    const resumePoint = resourceVersion === '' || feed.resync !== undefined ? undefined : resourceVersion;
    const heldPosition = resourceVersion === '' ? feed.heldPosition : resourceVersion;
    this.#update(feedId, feed, { snapshotUpserts: undefined, resumePoint, heldPosition });
    this.#milestone(feedId, 'snapshotEnd', `${count} objects`);
    return undefined;
  }

  #progress(feed: FeedProgress, progress: Extract<Entry, { type: 'progress' }>): RejectionCode | undefined {
    const { feedId, resourceVersion } = progress;
    if (resourceVersion === '') return 'NO_RESOURCE_VERSION';
    // Watching on from here would miss what the unfinished snapshot has not brought yet.
    if (feed.resumePoint === undefined || feed.snapshotUpserts !== undefined) this.ignored += 1;
    else {
      // Of a vintage that no snapshot has ended of, most objects are of the one before.
      const heldPosition = feed.heldPosition === undefined ? undefined : resourceVersion;
      this.#update(feedId, feed, { resumePoint: resourceVersion, heldPosition });
    }
    return undefined;
  }

  #state(feed: FeedProgress, { feedId, state, reason }: Extract<Entry, { type: 'feedState' }>): void {
    if (state !== feed.state) this.#milestone(feedId, 'feedState', reason === '' ? state : `${state}: ${reason}`);
    if (state === 'ABSENT') {
      this.effects.push({ type: 'clear', feedKey: feed.key });
      this.#held.unsure(feed.key);
    }
    this.#update(feedId, feed, {
      state,
      reason,
      ...(state === 'ABSENT' ? { resumePoint: undefined, heldPosition: undefined } : {}),
      // What a list holds after a refusal is no picture of the cluster: such a snapshot must not sweep.
      ...(state === 'ABSENT' || state === 'FORBIDDEN' ? { snapshotUpserts: undefined } : {}),
    });
  }

  #update(feedId: number, feed: FeedProgress, change: Partial<FeedProgress>): void {
    this.feeds.set(feedId, { ...feed, ...change });
  }

  #milestone(feedId: number, type: Milestone['type'], detail: string): void {
    this.milestones.push({ feedId, type, detail });
  }
}

function newest(a: number | undefined, b: number): number {
  return a === undefined ? b : Math.max(a, b);
}
