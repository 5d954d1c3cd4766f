/**
 * The platform's side of the ingest protocol: opens sessions and takes batches, each in one call of the store.
 *
 * Promise to the caller: when `open` or `receive` returns, what it returned is durable. When it throws a `Refusal`, nothing of
 * the request was taken. Requests of one cluster take turns, so what one was decided on is what is stored when it is performed;
 * and because all that belongs together is one call of the store, the process may die between any two of them.
 */
import type {
  Ack,
  Batch,
  Entry,
  Limits,
  OpenRequest,
  OpenResponse,
  Rejection,
  Upsert,
} from '@castai/shared/wire/ingest/ingest-messages.ts';
import { invalid, Refusal, unknownCluster } from '../answer/refusal.ts';
import type { ClusterRow } from '../store/cluster-row.ts';
import type { FeedRow } from '../store/feed-row.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import { StoreConflict } from '../store/store-conflict.ts';
import { planBatch, type RejectionCode } from './plan-batch.ts';
import { type IngestEvent, touchedObjects } from './ingest-event.ts';
import { lookUpHeld } from './look-up-held.ts';
import { offeredFeeds } from './offered-feeds.ts';
import { offerTerms, sessionAck, sessionFeeds } from './session-answer.ts';
import { isNew, notLeader } from './session-refusals.ts';
import { checkOpen, judgeOpen } from './session-rules.ts';
import { Turns } from './turns.ts';

/** How long the objects of a feed stay that no open offers any more, ms. */
const STALE_KEPT_MS = 24 * 60 * 60 * 1000;

/** What can be set while the platform runs. */
export interface IngestSettings {
  /** Told with every answer. */
  limits: Limits;
  /** A body above it is rejected alone, bytes. */
  maxObjectBytes: number;
  /** Whether sessions and applied entries are recorded in the history. */
  isRecorded: boolean;
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
  readonly store: PlatformStore;
  readonly now: () => number;
  readonly settings: IngestSettings;
  /** Whether a body is a JSON object. */
  readonly isJsonObject: (body: Uint8Array) => boolean;
  readonly hooks?: IngestHooks;
}

/** What of a batch is not in its message. */
export interface BatchBytes {
  /** Its size as it came, compressed. */
  readonly wireBytes: number;
  /** Digest of its bytes, uncompressed. */
  readonly digest: string;
}

/** A batch on its way into the store; `wireBytes` is `undefined` for one that was kept and waited. */
interface Arrival {
  readonly cluster: string;
  readonly batch: Batch;
  readonly wireBytes: number | undefined;
  readonly digest: string;
}

/** Opens sessions and takes batches. */
export class Ingest {
  readonly settings: IngestSettings;
  readonly #options: IngestOptions;
  readonly #hooks: Required<IngestHooks>;
  readonly #turns = new Turns();
  readonly #listeners: ((event: IngestEvent) => void)[] = [];

  constructor(options: IngestOptions) {
    this.settings = options.settings;
    this.#options = options;
    this.#hooks = { refuse: () => undefined, isProcessing: () => true, ...options.hooks };
  }

  /** Adds an observer for the life of the platform. */
  observe(listener: (event: IngestEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Tells observers that somebody exchanged the whole state in the store. */
  announceRestore(): void {
    this.#tell({ type: 'restored', cluster: undefined });
  }

  /** Starts a session. Throws `Refusal` 400, 404 `UNKNOWN_CLUSTER`, 409 `NOT_LEADER`. */
  async open(cluster: string, request: OpenRequest): Promise<OpenResponse> {
    checkOpen(request);
    return this.inTurn(cluster, async () => {
      const { store, now } = this.#options;
      const stored = await this.#mustFind(cluster);
      const verdict = judgeOpen(stored, request);
      if (verdict.type === 'notLeader') throw notLeader(stored);
      // What was acknowledged as received counts, even if a new session starts before it was processed.
      await this.#processWaiting(stored);
      const atMs = now();
      const known = await store.feeds(cluster);
      const isSameServer = request.kubernetesVersion !== '' && request.kubernetesVersion === stored.kubernetesVersion;
      const offered = { ...request, isSameServer };
      const { feeds, setAside } = offeredFeeds(known, offered, (feed) => isStale(feed, atMs));
      const { isRecorded } = this.settings;
      const { lease } = verdict;
      await store.startSession({ cluster, epochBefore: stored.epoch, request, lease, feeds, atMs, isRecorded });
      const resume = feeds.known.flatMap(({ feed, resumePoint }) =>
        resumePoint === undefined ? [] : [{ feedId: feed.id, resourceVersion: resumePoint }],
      );
      const epoch = stored.epoch + 1;
      this.#tell({ type: 'opened', cluster, epoch, request, resumed: resume.length, setAside });
      const { sessionEpoch, receivedSeq } = stored;
      // What waited is processed by now.
      const ended = { epoch: sessionEpoch, receivedSeq, processedSeq: receivedSeq };
      return {
        epoch,
        resume,
        limits: this.settings.limits,
        directives: [],
        offers: offerTerms(feeds.known, known),
        ...(sessionEpoch === 0 ? {} : { ended }),
      };
    });
  }

  /**
   * Takes one batch. Throws `Refusal` 400, 404 `UNKNOWN_CLUSTER`, 409 `FENCED`, `GAP` or `UNKNOWN_EPOCH`.
   * An ack also tells what was refused of earlier batches that were processed late.
   */
  async receive(cluster: string, batch: Batch, { wireBytes, digest }: BatchBytes): Promise<Ack> {
    if (batch.seq < 1) throw invalid('seq starts at 1');
    return this.inTurn(cluster, async () => {
      const { store, now } = this.#options;
      const { limits } = this.settings;
      const stored = await this.#mustFind(cluster);
      if (!isNew(stored, { ...batch, digest })) {
        this.#tell({ type: 'duplicate', cluster, seq: batch.seq });
        return sessionAck(stored, sessionFeeds(await store.feeds(cluster)), limits);
      }
      const entries = batch.entries.length;
      const received = { ...stored, receivedSeq: batch.seq, lastEntryCount: entries };
      if (!this.#hooks.isProcessing()) {
        // Nobody knows yet which of them would mark, and the answer goes out now: each is wanted, and marks nothing when it is processed.
        const wanted = placesOfOffers(batch.entries);
        await store.keepBatch({ cluster, batch, wireBytes, digest, wanted, atMs: now() });
        this.#tell({ type: 'received', cluster, seq: batch.seq, wireBytes, entries });
        const session = { ...received, lastRejections: [], lastWanted: wanted };
        return sessionAck(session, sessionFeeds(await store.feeds(cluster)), limits);
      }
      const hasWaited = await this.#processWaiting(stored);
      const { lateRejections } = hasWaited ? await this.#mustFind(cluster) : stored;
      const processed = await this.#process({ cluster, batch, wireBytes, digest }, lateRejections);
      this.#tell({ type: 'received', cluster, seq: batch.seq, wireBytes, entries });
      this.#tell(processed);
      const { plan, feeds } = processed;
      const lastRejections = [...lateRejections, ...plan.rejections];
      const session = { ...received, processedSeq: batch.seq, lastRejections, lastWanted: plan.wanted };
      return sessionAck(session, new Map([...feeds, ...plan.feeds]), limits);
    });
  }

  /** Processes what waits for it, in every cluster: after a pause, and when the platform starts. */
  async processWaiting(): Promise<void> {
    await this.#forEachCluster(async (cluster) => void (await this.#processWaiting(cluster)));
  }

  /** Removes feeds that have been stale for a day. */
  async removeStale(): Promise<void> {
    const { store, now } = this.#options;
    await this.#forEachCluster(async ({ id }) => {
      const stale = (await store.feeds(id)).filter((feed) => isStale(feed, now()));
      if (stale.length > 0) await store.removeFeeds(stale.map(({ key }) => key));
    });
  }

  /**
   * Does something to a cluster while none of its requests is worked on. Throws what `work` throws, and in place of a
   * `StoreConflict` a `Refusal` 503: asked again, the request is decided on what is stored then.
   */
  async inTurn<Result>(cluster: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await this.#turns.take(cluster, work);
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
      throw new Refusal(503, 'CONFLICT', { message: error.message });
    }
  }

  async #forEachCluster(work: (cluster: ClusterRow) => Promise<void>): Promise<void> {
    for (const { id } of await this.#options.store.clusters()) {
      await this.inTurn(id, async () => {
        const cluster = await this.#options.store.cluster(id);
        if (cluster) await work(cluster);
      });
    }
  }

  async #mustFind(cluster: string): Promise<ClusterRow> {
    const stored = await this.#options.store.cluster(cluster);
    if (stored) return stored;
    throw unknownCluster(cluster);
  }

  /** Whether anything waited. */
  async #processWaiting({ id: cluster, receivedSeq, processedSeq }: ClusterRow): Promise<boolean> {
    // Most of the time nothing waits, and the row that was just read says so.
    if (processedSeq >= receivedSeq) return false;
    const { store } = this.#options;
    for (let batch = await store.waitingBatch(cluster); batch; batch = await store.waitingBatch(cluster)) {
      this.#tell(await this.#process({ cluster, batch, wireBytes: undefined, digest: '' }));
    }
    return true;
  }

  async #process(
    arrival: Arrival,
    late: readonly Rejection[] = [],
  ): Promise<Extract<IngestEvent, { type: 'processed' }>> {
    const { store, now, isJsonObject } = this.#options;
    const { cluster, batch } = arrival;
    // That its offers are wanted was said when it was received, and their objects come: to mark them, too, would count them twice.
    const isKept = arrival.wireBytes === undefined;
    const feeds = sessionFeeds(await store.feeds(cluster));
    const plan = planBatch(batch.entries, {
      feeds,
      held: isKept ? () => undefined : await lookUpHeld(store, batch.entries, feeds),
      maxObjectBytes: this.settings.maxObjectBytes,
      batchId: `${batch.epoch}-${batch.seq}`,
      isJsonObject,
      refuse: this.#hooks.refuse,
    });
    const removals = await store.applyBatch({
      ...arrival,
      effects: plan.effects,
      feeds: [...plan.feeds.values()],
      rejections: isKept
        ? plan.rejections.map((rejection) => ({ ...rejection, seq: batch.seq }))
        : [...late, ...plan.rejections],
      wanted: plan.wanted,
      atMs: now(),
      isRecorded: this.settings.isRecorded,
    });
    return { type: 'processed', cluster, batch, plan, feeds, touched: touchedObjects(plan.effects, removals) };
  }

  #tell(event: IngestEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function placesOfOffers(entries: readonly Entry[]): number[] {
  return entries.flatMap(({ type }, index) => (type === 'offer' ? [index] : []));
}

function isStale({ staleSinceMs }: FeedRow, nowMs: number): boolean {
  return staleSinceMs !== undefined && staleSinceMs < nowMs - STALE_KEPT_MS;
}
