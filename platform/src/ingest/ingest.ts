/**
 * The platform's side of the ingest protocol: opens sessions and takes batches, each in one transaction.
 *
 * Promise to the caller: when `open` or `receive` returns, what it returned is durable. When it throws a `Refusal`, nothing
 * was changed. Observers are told after the commit, so what they show is never taken back.
 */
import type {
  Ack,
  Batch,
  Directive,
  FeedDescription,
  Limits,
  OpenRequest,
  OpenResponse,
  Upsert,
} from '@castai/shared/wire/ingest/ingest-messages.ts';
import { invalid, Refusal, unknownCluster } from '../answer/refusal.ts';
import type { ClusterRow } from '../store/cluster-row.ts';
import type { FeedRow, FeedProgress } from '../store/feed-row.ts';
import type { AppliedBatch } from '../store/history-store.ts';
import type { Store } from '../store/store.ts';
import { applyBatch, type BatchPlan, type RejectionCode } from './apply-batch.ts';
import { matchFeeds } from './match-feeds.ts';
import { judgeBatch, judgeOpen } from './session-rules.ts';

/** How long the objects of a feed stay that no open offers any more, ms. */
const STALE_KEPT_MS = 24 * 60 * 60 * 1000;

/** What observers are told. */
export type IngestEvent =
  | {
      readonly type: 'opened';
      readonly cluster: string;
      readonly epoch: number;
      readonly request: OpenRequest;
      readonly resumed: number;
    }
  | {
      readonly type: 'received';
      readonly cluster: string;
      readonly seq: number;
      readonly wireBytes: number;
      readonly entries: number;
    }
  | {
      readonly type: 'processed';
      readonly cluster: string;
      readonly batch: Batch;
      readonly plan: BatchPlan;
      readonly feeds: ReadonlyMap<number, FeedRow>;
      /** uids whose object changed or went, by the key of their feed. */
      readonly touched: ReadonlyMap<number, readonly string[]>;
    }
  | { readonly type: 'duplicate'; readonly cluster: string; readonly seq: number }
  /** Everything may have changed, in every cluster. */
  | { readonly type: 'restored'; readonly cluster: undefined };

/** What can be set while the platform runs. */
export interface IngestSettings {
  /** Told with every answer. */
  limits: Limits;
  /** A body above it is rejected alone, bytes. */
  maxObjectBytes: number;
}

/** What whoever puts the platform together may decide besides. */
export interface IngestHooks {
  /** A reason of its own to refuse one object alone. */
  readonly refuse?: (upsert: Upsert) => RejectionCode | undefined;
  /** False: batches are received, and wait until {@link Ingest.processWaiting}. */
  readonly isProcessing?: () => boolean;
}

/** Dependencies of {@link Ingest}. */
export interface IngestOptions {
  readonly store: Store;
  readonly now: () => number;
  readonly settings: IngestSettings;
  readonly hooks?: IngestHooks;
}

type Listener = (event: IngestEvent) => void;
type Processed = Extract<IngestEvent, { type: 'processed' }>;

/** Opens sessions and takes batches. */
export class Ingest {
  readonly settings: IngestSettings;
  readonly #store: Store;
  readonly #now: () => number;
  readonly #hooks: Required<IngestHooks>;
  readonly #listeners: Listener[] = [];

  constructor(options: IngestOptions) {
    this.settings = options.settings;
    this.#store = options.store;
    this.#now = options.now;
    this.#hooks = { refuse: () => undefined, isProcessing: () => true, ...options.hooks };
  }

  /** Adds an observer for the life of the platform. */
  observe(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** Tells observers that the store went back to a checkpoint. */
  announceRestore(): void {
    this.#tell({ type: 'restored', cluster: undefined });
  }

  /** Starts a session. Throws `Refusal` 400, 404 `UNKNOWN_CLUSTER`, 409 `NOT_LEADER`. */
  open(cluster: string, request: OpenRequest): OpenResponse {
    checkOpen(request);
    const { clusters } = this.#store;
    const processed: Processed[] = [];
    const answer = this.#store.transaction((): OpenResponse => {
      const stored = clusters.get(cluster);
      if (!stored) throw unknownCluster(cluster);
      const verdict = judgeOpen(stored, request);
      if (verdict.type === 'notLeader') {
        throw new Refusal(409, 'NOT_LEADER', {
          message: `lease ${request.lease?.uid} was already seen with ${stored.lease?.transitions} transitions`,
          details: { seenTransitions: stored.lease?.transitions ?? 0 },
        });
      }
      // What was acknowledged as received counts, even if a new session starts before it was processed.
      processed.push(...this.#drain(cluster));
      if (verdict.startFromNothing) this.#removeFeeds(this.#store.feeds.ofCluster(cluster).map(({ key }) => key));
      const resume = this.#offer(cluster, request.feeds);
      clusters.open(cluster, request, this.#now());
      const epoch = stored.epoch + 1;
      this.#store.history.opened({ cluster, epoch, seq: 0, atMs: this.#now() }, request.instanceId);
      return { epoch, resume, limits: this.settings.limits, directives: [] };
    });
    processed.forEach(this.#tell);
    this.#tell({ type: 'opened', cluster, epoch: answer.epoch, request, resumed: answer.resume.length });
    return answer;
  }

  /**
   * Takes one batch. Throws `Refusal` 400, 404 `UNKNOWN_CLUSTER`, 409 `FENCED`, `GAP` or `UNKNOWN_EPOCH`.
   * `wireBytes`: its size as it came, compressed.
   */
  receive(cluster: string, batch: Batch, wireBytes: number): Ack {
    if (batch.seq < 1) throw invalid('seq starts at 1');
    const { clusters } = this.#store;
    let event: IngestEvent = { type: 'duplicate', cluster, seq: batch.seq };
    const processed: Processed[] = [];
    const ack = this.#store.transaction((): Ack => {
      const stored = clusters.get(cluster);
      if (!stored) throw unknownCluster(cluster);
      const entryCount = batch.entries.length;
      if (isNew(stored, batch)) {
        clusters.received({ id: cluster, seq: batch.seq, entryCount, wireBytes, atMs: this.#now() });
        if (this.#hooks.isProcessing()) processed.push(...this.#drain(cluster), this.#process(cluster, batch));
        else this.#store.inbox.push(cluster, batch);
        event = { type: 'received', cluster, seq: batch.seq, wireBytes, entries: entryCount };
      }
      return this.#ack(cluster);
    });
    this.#tell(event);
    processed.forEach(this.#tell);
    return ack;
  }

  /** Processes what waits for it, in every cluster: after a pause, and when the platform starts. */
  processWaiting(): void {
    const processed = this.#store.transaction(() => this.#store.clusters.all().flatMap(({ id }) => this.#drain(id)));
    processed.forEach(this.#tell);
  }

  /** Removes feeds that have been stale for a day. */
  removeStale(): void {
    const before = this.#now() - STALE_KEPT_MS;
    this.#store.transaction(() => this.#removeFeeds(this.#store.feeds.staleBefore(before)));
  }

  #drain(cluster: string): Processed[] {
    const processed: Processed[] = [];
    for (let batch = this.#store.inbox.take(cluster); batch; batch = this.#store.inbox.take(cluster)) {
      processed.push(this.#process(cluster, batch));
    }
    return processed;
  }

  #process(cluster: string, batch: Batch): Processed {
    const { feeds, history, clusters } = this.#store;
    const atMs = this.#now();
    const byId = offered(feeds.ofCluster(cluster));
    const plan = applyBatch(batch.entries, {
      feeds: byId,
      maxObjectBytes: this.settings.maxObjectBytes,
      batchId: `${batch.epoch}-${batch.seq}`,
      isJsonObject: (body) => this.#store.objects.isJsonObject(body),
      refuse: this.#hooks.refuse,
    });
    const applied = { cluster, epoch: batch.epoch, seq: batch.seq, atMs };
    if (history.enabled) this.#note(applied, batch, plan);
    const touched = this.#perform(applied, plan);
    for (const feed of plan.feeds.values()) feeds.save(feed, atMs);
    clusters.processed(cluster, batch.seq, plan.rejections);
    return { type: 'processed', cluster, batch, plan, feeds: byId, touched };
  }

  #note(applied: AppliedBatch, batch: Batch, plan: BatchPlan): void {
    const rejected = new Map(plan.rejections.map(({ entryIndex, code }) => [entryIndex, code]));
    batch.entries.forEach((entry, index) => this.#store.history.entry(applied, entry, rejected.get(index)));
  }

  #perform(applied: AppliedBatch, plan: BatchPlan): Map<number, string[]> {
    const { objects, history } = this.#store;
    const touched = new Map<number, string[]>();
    const touch = (feedKey: number, uids: readonly string[]): void => {
      const known = touched.get(feedKey);
      if (known) known.push(...uids);
      else touched.set(feedKey, [...uids]);
    };
    for (const effect of plan.effects) {
      const { feedKey } = effect;
      switch (effect.type) {
        case 'put':
          objects.put(feedKey, effect.mark, effect.upsert);
          touch(feedKey, [effect.upsert.uid]);
          break;
        case 'keep':
          objects.keep(feedKey, effect.mark, effect.uid);
          break;
        case 'remove':
          objects.remove(feedKey, effect.uid);
          touch(feedKey, [effect.uid]);
          break;
        case 'sweep':
        case 'clear': {
          const uids = effect.type === 'sweep' ? objects.sweep(feedKey, effect.mark) : objects.clear(feedKey);
          history.removed(applied, feedKey, uids);
          touch(feedKey, uids);
          break;
        }
      }
    }
    return touched;
  }

  #offer(cluster: string, descriptions: readonly FeedDescription[]): OpenResponse['resume'] {
    const { feeds } = this.#store;
    const atMs = this.#now();
    this.#removeFeeds(feeds.staleBefore(atMs - STALE_KEPT_MS));
    const match = matchFeeds(feeds.ofCluster(cluster), descriptions);
    for (const { key, feed, resumePoint } of match.known) feeds.offer(key, feed, resumePoint);
    for (const feed of match.added) feeds.add(cluster, feed);
    for (const key of match.missing) feeds.retire(key, atMs);
    return match.known.flatMap(({ feed, resumePoint }) =>
      resumePoint === undefined ? [] : [{ feedId: feed.id, resourceVersion: resumePoint }],
    );
  }

  #removeFeeds(keys: readonly number[]): void {
    for (const key of keys) {
      this.#store.objects.clear(key);
      this.#store.feeds.remove(key);
    }
  }

  #ack(cluster: string): Ack {
    const row = this.#store.clusters.get(cluster);
    if (!row) throw unknownCluster(cluster);
    return {
      epoch: row.epoch,
      receivedSeq: row.receivedSeq,
      processedSeq: row.processedSeq,
      entryCount: row.lastEntryCount,
      limits: this.settings.limits,
      directives: directives(offered(this.#store.feeds.ofCluster(cluster))),
      rejections: row.lastRejections,
    };
  }

  readonly #tell = (event: IngestEvent): void => {
    for (const listener of this.#listeners) listener(event);
  };
}

function checkOpen({ clusterUid, feeds }: OpenRequest): void {
  if (clusterUid === '') throw invalid('cluster_uid is empty');
  if (new Set(feeds.map(({ id }) => id)).size !== feeds.length) throw invalid('two feeds have one id');
  const subjects = feeds.map((feed) =>
    [feed.group, feed.version, feed.resource, feed.namespace, feed.fieldSelector].join('|'),
  );
  if (new Set(subjects).size !== feeds.length) throw invalid('one feed is offered twice');
  if (feeds.some(({ resource, version }) => resource === '' || version === '')) {
    throw invalid('a feed needs a version and a resource');
  }
}

/** Throws the refusal that rule 1 or 8 asks for; false: a repetition. */
function isNew(stored: ClusterRow, batch: Batch): boolean {
  const verdict = judgeBatch(stored, batch);
  switch (verdict.type) {
    case 'apply':
      return true;
    case 'duplicate':
      return false;
    case 'gap':
      throw new Refusal(409, 'GAP', {
        message: `seq ${batch.seq} came, ${verdict.expectedSeq} is next`,
        details: { expectedSeq: verdict.expectedSeq },
      });
    case 'fenced':
      throw new Refusal(409, 'FENCED', { message: `epoch ${batch.epoch} ended, ${stored.epoch} was issued since` });
    case 'unknownEpoch':
      throw new Refusal(409, 'UNKNOWN_EPOCH', { message: `no session has epoch ${batch.epoch}` });
  }
}

function offered(feeds: readonly FeedRow[]): Map<number, FeedRow & FeedProgress> {
  return new Map(feeds.flatMap((feed) => (feed.feedId === undefined ? [] : [[feed.feedId, feed] as const])));
}

/** What the platform still wants, one directive per id. An empty list of feeds means all of them. */
function directives(feeds: ReadonlyMap<number, FeedRow>): Directive[] {
  const wanted = Map.groupBy(
    [...feeds].filter(([, { resync }]) => resync !== undefined),
    ([, { resync }]) => resync?.id ?? '',
  );
  return [...wanted].map(([id, members]) => ({
    id,
    resync: {
      feedIds: members.length === feeds.size ? [] : members.map(([feedId]) => feedId),
      reason: members[0]?.[1].resync?.reason ?? '',
    },
  }));
}
