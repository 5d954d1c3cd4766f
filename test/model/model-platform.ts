import type { LeaseEvidence } from '@castai/shared/lead/leadership.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import type {
  Ack,
  Batch,
  Delete,
  Entry,
  FeedStateName,
  Offer,
  OpenRequest,
  OpenResponse,
  Upsert,
} from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { IngestTransport, PreparedBatch } from '@castai/shared/wire/ingest/ingest-transport.ts';
import type { Outcome, Verdict } from '@castai/shared/wire/transport.ts';
import { toNumber } from './model-cluster.ts';
import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';

/** A feed as the platform of the model holds it. */
export interface ModelFeed {
  readonly resource: string;
  /** Version and scrub policy of its objects. */
  shape: string;
  resumePoint: string | undefined;
  state: FeedStateName | undefined;
  mark: number;
  /** What a version stands for. */
  vintage: number;
  /** The newest position of a snapshot that has ended, or of progress since; undefined: nothing may be offered. */
  heldPosition: string | undefined;
  /** Upserts since the begin of the open snapshot. */
  counted: number | undefined;
  /** Id of the directive that asks for a snapshot. */
  resync: string | undefined;
  readonly objects: Map<string, ModelObject>;
}

interface ModelObject {
  readonly version: string;
  /** What the agent sent of it, as text. */
  readonly content: string;
  readonly vintage: number;
  readonly name: string;
  readonly mark: number;
  readonly isKeptByName?: boolean;
}

interface State {
  /** The newest evidence of a right to send. */
  lease: LeaseEvidence | undefined;
  sessionEpoch: number;
  receivedSeq: number;
  entryCount: number;
  /** Places of offers in the last batch that marked nothing. */
  wanted: readonly number[];
  /** The content of the last batch, by which a repetition is told from something else under its seq. */
  content: string;
  readonly feeds: Map<string, ModelFeed>;
  readonly offered: Map<number, string>;
}

/** How an object is called that was given up: without uids there are several of the same name. */
export function givenUpKey(resource: string, uid: string): string {
  return `${resource} ${uid}`;
}

/** Who looks at every batch after it was applied. */
export type BatchWitness = (feed: ModelFeed, before: ReadonlySet<string>) => void;

/** What happens to the next batches instead of being taken, oldest first. */
export type PlatformFault =
  | 'loseRequest'
  | 'loseAnswer'
  | 'unavailable'
  | 'tooLarge'
  | 'refuse'
  | 'unauthorized'
  | 'forgetSession'
  | 'wrongAck'
  /** An open that gets no answer, and is carried out after a later one. */
  | 'lateOpen';

/** The rules of the ingest protocol in memory, written down a second time and strictly: what they forbid is a violation. */
export class ModelPlatform implements IngestTransport {
  /** What the agent did that the protocol forbids. */
  readonly violations: string[] = [];
  readonly faults: PlatformFault[] = [];
  /** Names of objects with which a batch is refused as a whole. */
  readonly poisoned = new Set<string>();
  /** Objects, as `givenUpKey` calls them, that the agent had to give up: the platform may be without them. */
  readonly givenUp = new Set<string>();
  maxBatchBytes = 1 << 20;
  /** The longest that a request, or an answer, is on its way. */
  linkMs = 150;
  /** False: of a release that has never heard of offers. */
  takesOffers = true;
  /** How many offers were answered, by answer. */
  readonly offers = { held: 0, wanted: 0 };
  epoch = 0;
  onApplied: BatchWitness = () => {};
  /** False: the cluster's history was rewound, so an older state may follow a newer one, and who was deleted may be there. */
  trusts = true;
  /** True: agents compete for a lease that nobody tampers with, so whoever has lost it must not be heard any more. */
  forbidsLateLeaders = false;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #batches = new WeakMap<PreparedBatch, Batch>();
  #state: State = {
    lease: undefined,
    sessionEpoch: 0,
    receivedSeq: 0,
    entryCount: 0,
    wanted: [],
    content: '',
    feeds: new Map(),
    offered: new Map(),
  };
  #backup: State | undefined;
  #directives = 0;
  /** Who opened last. */
  #opener = '';
  /** By an open that was carried out late: nobody but its own agent may be the one that it fences. */
  #isOwnLate = false;
  readonly #late: OpenRequest[] = [];
  /** Within a session: newest version per uid, and what was deleted by name. */
  #newest = new Map<string, string>();
  #deleted = new Set<string>();

  constructor(dependencies: { clock: Clock; random: SeededRandom }) {
    this.#clock = dependencies.clock;
    this.#random = dependencies.random;
  }

  /** Every feed that was ever offered. */
  get feeds(): ModelFeed[] {
    return [...this.#state.feeds.values()];
  }

  /** Keeps a copy of everything. */
  checkpoint(): void {
    this.#backup = structuredClone(this.#state);
  }

  /** Goes back to the copy; epochs do not go back. */
  restore(): void {
    if (this.#backup === undefined) return;
    this.#state = structuredClone(this.#backup);
    this.#forgetWhatWasSeen();
  }

  /** The platform loses objects of a feed and notices: it wants a snapshot. */
  loseObjects(resource: string): void {
    const feed = this.#state.feeds.get(resource);
    if (feed === undefined) return;
    for (const uid of feed.objects.keys()) if (this.#random.chance(0.5)) feed.objects.delete(uid);
    feed.resumePoint = undefined;
    this.#directives += 1;
    feed.resync = `resync-${String(this.#directives)}`;
  }

  async open(_: string, request: OpenRequest, signal: AbortSignal): Promise<Outcome<OpenResponse>> {
    const fault = this.faults.shift();
    return this.#exchange(() => {
      if (fault === 'unavailable' || fault === 'unauthorized') return refusal(fault);
      if (fault === 'loseRequest') return NO_ANSWER;
      if (fault === 'lateOpen') {
        this.#late.push(request);
        return NO_ANSWER;
      }
      const verdict = this.#judgeLease(request);
      if (verdict !== undefined) return { ok: false, verdict };
      const value = this.#open(request);
      return fault === 'loseAnswer' ? NO_ANSWER : { ok: true, value };
    }, signal);
  }

  prepare(batch: Batch, onPacked?: (entries: readonly Entry[]) => void): Promise<PreparedBatch> {
    const { epoch, seq, entries } = batch;
    const bytes = new Uint8Array();
    const prepared = { epoch, seq, entryCount: entries.length, encoding: 'zstd' as const, bytes, rawBytes: 0 };
    // As on the wire: what happens to the arrays later does not change what was sent.
    this.#batches.set(prepared, { ...batch, entries: entries.map(copyOf) });
    onPacked?.(entries);
    return Promise.resolve(prepared);
  }

  unpack(prepared: PreparedBatch): Promise<readonly Entry[]> {
    return Promise.resolve((this.#batches.get(prepared)?.entries ?? []).map(copyOf));
  }

  async send(_: string, prepared: PreparedBatch, signal: AbortSignal): Promise<Outcome<Ack>> {
    const batch = this.#batches.get(prepared);
    if (batch === undefined) throw new Error('a batch that was never prepared');
    return this.#exchange(() => this.#take(batch), signal);
  }

  /** A request travels, is taken care of whether or not the sender still lives, and its answer travels back. */
  async #exchange<T>(work: () => Outcome<T>, signal: AbortSignal): Promise<Outcome<T>> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Outcome<T>>();
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort);
    const backMs = this.#random.integer(this.linkMs);
    this.#clock.setTimer(this.#random.integer(this.linkMs), () => {
      const outcome = work();
      this.#clock.setTimer(backMs, () => resolve(outcome));
    });
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Evidence is older when it is of the same lease and counts fewer holders. */
  #judgeLease({ lease, instanceId }: OpenRequest): Verdict | undefined {
    const seen = this.#state.lease;
    if (lease === undefined) return undefined;
    if (seen?.uid !== lease.uid || seen.transitions <= lease.transitions) {
      this.#state.lease = lease;
      return undefined;
    }
    this.#hearLate(`${instanceId} opens with evidence of ${String(lease.transitions)}`);
    return { kind: 'NOT_LEADER', seenTransitions: seen.transitions, detail: '' };
  }

  #hearLate(what: string): void {
    if (this.forbidsLateLeaders) this.violations.push(`${what}, after another one had the lease`);
  }

  #openLate(request: OpenRequest): void {
    const seen = this.#state.lease;
    const { lease, instanceId } = request;
    if (seen?.uid !== lease?.uid || seen?.transitions !== lease?.transitions) return;
    const isOwn = instanceId === this.#opener;
    this.#open(request);
    this.#isOwnLate = isOwn;
  }

  #open(request: OpenRequest): OpenResponse {
    this.epoch += 1;
    this.#isOwnLate = false;
    this.#opener = request.instanceId;
    const state = this.#state;
    Object.assign(state, { sessionEpoch: this.epoch, receivedSeq: 0, entryCount: 0, wanted: [], content: '' });
    state.offered.clear();
    this.#forgetWhatWasSeen();
    const resume: { feedId: number; resourceVersion: string }[] = [];
    const held: { feedId: number; resourceVersion: string }[] = [];
    for (const { id, resource, version, scrubVersion } of request.feeds) {
      const feed = state.feeds.get(resource) ?? newFeed(resource);
      state.feeds.set(resource, feed);
      const shape = `${version} ${String(scrubVersion)}`;
      if (feed.shape !== shape) {
        Object.assign(feed, { shape, resumePoint: undefined, heldPosition: undefined, vintage: feed.vintage + 1 });
      }
      if (feed.heldPosition !== undefined) held.push({ feedId: id, resourceVersion: feed.heldPosition });
      state.offered.set(id, resource);
      feed.counted = undefined;
      feed.resync = undefined;
      if (feed.resumePoint !== undefined) resume.push({ feedId: id, resourceVersion: feed.resumePoint });
    }
    const offers = this.takesOffers ? { offers: { held } } : {};
    return { epoch: this.epoch, resume, limits: this.#limits(), directives: [], ...offers };
  }

  #take(batch: Batch): Outcome<Ack> {
    const state = this.#state;
    const fault = this.faults.shift();
    if (fault === 'loseRequest') return NO_ANSWER;
    if (fault === 'unavailable' || fault === 'unauthorized') return refusal(fault);
    for (const request of this.#late.splice(0)) this.#openLate(request);
    if (fault === 'forgetSession') state.sessionEpoch = 0;
    if (batch.epoch < this.epoch) {
      if (!this.#isOwnLate) this.#hearLate(`a batch of epoch ${String(batch.epoch)}`);
      return { ok: false, verdict: { kind: 'FENCED', openedBy: this.#opener, detail: '' } };
    }
    if (state.sessionEpoch !== this.epoch) return { ok: false, verdict: { kind: 'UNKNOWN_EPOCH', detail: '' } };
    if (batch.seq > state.receivedSeq + 1) {
      return { ok: false, verdict: { kind: 'GAP', expectedSeq: state.receivedSeq + 1, detail: '' } };
    }
    const isNew = batch.seq > state.receivedSeq;
    if (batch.seq === state.receivedSeq && contentOf(batch) !== state.content) {
      this.violations.push(`other content under seq ${String(batch.seq)}, which was applied`);
    }
    if (fault === 'tooLarge' && batch.entries.length > 1)
      return { ok: false, verdict: { kind: 'TOO_LARGE', detail: '' } };
    if (fault === 'refuse' || (isNew && batch.entries.some((entry) => this.#isPoison(entry)))) {
      if (batch.entries.length === 1) for (const entry of batch.entries) if ('name' in entry) this.#giveUp(entry);
      return { ok: false, verdict: { kind: 'REJECTED', byPlatform: true, detail: '' } };
    }
    if (isNew) this.#apply(batch);
    if (fault === 'loseAnswer') return NO_ANSWER;
    const { receivedSeq, entryCount } = state;
    if (fault === 'wrongAck' || receivedSeq !== batch.seq || entryCount !== batch.entries.length) {
      return { ok: false, verdict: { kind: 'INTERFERENCE', ackMismatch: true, detail: '' } };
    }
    const directives = this.#wishes();
    const value = {
      epoch: this.epoch,
      receivedSeq,
      processedSeq: receivedSeq,
      entryCount,
      limits: this.#limits(),
      directives,
      rejections: [],
      ...(state.wanted.length > 0 ? { wanted: state.wanted } : {}),
    };
    return { ok: true, value };
  }

  #apply(batch: Batch): void {
    const state = this.#state;
    const before = new Map(this.feeds.map((feed) => [feed, new Set(feed.objects.keys())]));
    const wanted: number[] = [];
    for (const [index, entry] of batch.entries.entries()) {
      const feed = state.feeds.get(state.offered.get(entry.feedId) ?? '');
      if (feed === undefined) this.violations.push(`an entry for feed ${String(entry.feedId)}, which was not offered`);
      else if (entry.type !== 'offer') this.#applyEntry(feed, entry);
      else if (!this.#offer(feed, entry)) wanted.push(index);
    }
    Object.assign(state, {
      receivedSeq: batch.seq,
      wanted,
      entryCount: batch.entries.length,
      content: contentOf(batch),
    });
    for (const [feed, uids] of before) this.onApplied(feed, uids);
  }

  /** Whether it marks. */
  #offer(feed: ModelFeed, { uid, resourceVersion }: Offer): boolean {
    if (!this.takesOffers) this.violations.push(`${feed.resource}: an offer, which this platform has not invited`);
    if (feed.counted === undefined) this.violations.push(`${feed.resource}: an offer outside of a snapshot`);
    const object = feed.objects.get(uid);
    const isHeld = object?.version === resourceVersion && object.vintage === feed.vintage && resourceVersion !== '';
    this.offers[isHeld && feed.counted !== undefined ? 'held' : 'wanted'] += 1;
    if (!isHeld || feed.counted === undefined) return false;
    feed.objects.set(uid, { ...object, mark: feed.mark });
    feed.counted += 1;
    return true;
  }

  #applyEntry(feed: ModelFeed, entry: Exclude<Entry, Offer>): void {
    switch (entry.type) {
      case 'upsert':
        this.#upsert(feed, entry);
        return;
      case 'delete':
        feed.objects.delete(entry.uid);
        this.#deleted.add(entry.uid);
        this.#seen(feed, entry.uid, entry.resourceVersion);
        return;
      case 'snapshotBegin':
        Object.assign(feed, { mark: feed.mark + 1, counted: 0, resumePoint: undefined, resync: undefined });
        if (entry.afresh === true) Object.assign(feed, { vintage: feed.vintage + 1, heldPosition: undefined });
        return;
      case 'snapshotEnd':
        if (feed.counted === undefined) this.violations.push(`${feed.resource}: an end without a begin`);
        else if (feed.counted !== entry.count) {
          this.violations.push(
            `${feed.resource}: an end with ${String(entry.count)} after ${String(feed.counted)} upserts`,
          );
        } else {
          for (const [uid, { mark }] of feed.objects) if (mark !== feed.mark) feed.objects.delete(uid);
          // A snapshot that was asked for since the begin is still to come, also if this session ends before it.
          const isWanted = feed.resync !== undefined || entry.resourceVersion === '';
          feed.resumePoint = isWanted ? undefined : entry.resourceVersion;
          if (entry.resourceVersion !== '') feed.heldPosition = entry.resourceVersion;
        }
        feed.counted = undefined;
        return;
      case 'snapshotAbort':
        feed.counted = undefined;
        return;
      case 'progress':
        if (feed.counted !== undefined) this.violations.push(`${feed.resource}: progress inside a snapshot`);
        if (feed.resumePoint !== undefined) {
          feed.resumePoint = entry.resourceVersion;
          if (feed.heldPosition !== undefined) feed.heldPosition = entry.resourceVersion;
        }
        return;
      case 'feedState':
        this.#applyState(feed, entry.state);
    }
  }

  #applyState(feed: ModelFeed, state: FeedStateName): void {
    feed.state = state;
    if ((state === 'ABSENT' || state === 'FORBIDDEN') && feed.counted !== undefined) {
      this.violations.push(`${feed.resource}: ${state} inside a snapshot`);
    }
    if (state !== 'ABSENT') return;
    feed.objects.clear();
    Object.assign(feed, { resumePoint: undefined, heldPosition: undefined });
  }

  #giveUp({ feedId, uid, name }: Upsert | Delete): void {
    const resource = this.#state.offered.get(feedId) ?? '';
    this.givenUp.add(givenUpKey(resource, uid));
    for (const [held, object] of this.#state.feeds.get(resource)?.objects ?? [])
      if (uid === `/${name}` && object.name === name) this.givenUp.add(givenUpKey(resource, held));
  }

  /** It exists, and what is known of it stays. */
  #keep(feed: ModelFeed, { uid, name }: Upsert): void {
    if (feed.counted === undefined)
      this.violations.push(`${feed.resource}: an upsert without a body outside of a snapshot`);
    else feed.counted += 1;
    for (const [held, object] of feed.objects) {
      const isKeptByName = uid === `/${name}` && object.name === name;
      // Of which version one is that was kept by its name nobody knows.
      const vintage = isKeptByName ? -1 : object.vintage;
      if (held === uid || isKeptByName) feed.objects.set(held, { ...object, vintage, mark: feed.mark, isKeptByName });
    }
  }

  #upsert(feed: ModelFeed, upsert: Upsert): void {
    const { uid, name, resourceVersion, body } = upsert;
    if (body.length === 0) {
      this.#keep(feed, upsert);
      return;
    }
    // Who has no uid may come back under its name.
    const isAnother = uid.startsWith('/');
    if (this.trusts && !isAnother && this.#deleted.has(uid))
      this.violations.push(`${feed.resource}: ${uid} rose from the dead`);
    this.#seen(feed, uid, resourceVersion);
    // No two of a kind bear one name: one that was kept by its name is gone when another one of that name comes.
    for (const [held, object] of feed.objects) {
      if (object.name === name && held !== uid && object.isKeptByName === true) feed.objects.delete(held);
    }
    const content = Buffer.from(body).toString();
    feed.objects.set(uid, { version: resourceVersion, content, vintage: feed.vintage, name, mark: feed.mark });
    if (feed.counted !== undefined) feed.counted += 1;
    this.givenUp.delete(givenUpKey(feed.resource, uid));
  }

  #seen(feed: ModelFeed, uid: string, version: string): void {
    const key = `${feed.resource} ${uid}`;
    const before = this.#newest.get(key);
    if (this.trusts && before !== undefined && toNumber(version) < toNumber(before)) {
      this.violations.push(`${feed.resource}: ${uid} went from ${before} back to ${version}`);
    }
    this.#newest.set(key, version);
  }

  #forgetWhatWasSeen(): void {
    this.#newest = new Map();
    this.#deleted = new Set();
  }

  #isPoison(entry: Entry): boolean {
    return entry.type === 'upsert' && entry.body.length > 0 && this.poisoned.has(entry.name);
  }

  #limits(): OpenResponse['limits'] {
    return { maxBatchBytes: this.maxBatchBytes, heartbeatMs: 15_000, minBatchIntervalMs: 0 };
  }

  #wishes(): OpenResponse['directives'] {
    return [...this.#state.offered].flatMap(([feedId, resource]) => {
      const id = this.#state.feeds.get(resource)?.resync;
      return id === undefined ? [] : [{ id, resync: { feedIds: [feedId], reason: 'objects were lost' } }];
    });
  }
}

const NO_ANSWER = {
  ok: false,
  verdict: { kind: 'NO_ANSWER', failure: { kind: 'reset', code: '', detail: '' }, detail: '' },
} as const;

function refusal(kind: 'unavailable' | 'unauthorized'): { ok: false; verdict: Verdict } {
  if (kind === 'unavailable') return { ok: false, verdict: { kind: 'UNAVAILABLE', detail: '', retryAfterMs: 3000 } };
  return { ok: false, verdict: { kind: 'UNAUTHORIZED', keyChanged: false, detail: '' } };
}

function contentOf({ entries }: Batch): string {
  return JSON.stringify(entries);
}

function newFeed(resource: string): ModelFeed {
  return {
    resource,
    shape: '',
    resumePoint: undefined,
    state: undefined,
    mark: 0,
    vintage: 0,
    heldPosition: undefined,
    counted: undefined,
    resync: undefined,
    objects: new Map(),
  };
}

/** Throws for a body that was given back before it was sent. */
function copyOf(entry: Entry): Entry {
  return entry.type === 'upsert' ? { ...entry, body: new Uint8Array(entry.body) } : entry;
}
