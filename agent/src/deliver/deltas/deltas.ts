import type { Clock } from '@castai/shared/async/clock.ts';
import { Machine } from '@castai/shared/async/machine.ts';
import { must, unreachable } from '@castai/shared/errors.ts';
import type { ResumePoint } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { Outbox } from '../../batch/outbox.ts';
import type { Delivery, DeliveryPhase, DeliveryStatus } from '../delivery.ts';
import type { DeliveryObserver } from '../delivery-observer.ts';
import { BatchCutter } from '../ingest/batch-cutter.ts';
import { DeltaBook, type Taken } from './delta-book.ts';
import { DeltaCalls, type DeltaCallsOptions } from './delta-calls.ts';
import type { DeltaFeed, DeltaFeeds } from './delta-feeds.ts';
import type { DeltaMemory } from './delta-memory.ts';
import { DeltaLedger, resumptionOf } from './delta-ledger.ts';
import { DeltaPace } from './delta-pace.ts';
import { CLOSED, stepDeltas } from './deltas-state.ts';
import type { DeltasCommand, DeltasInput, DeltasState } from './deltas-signals.ts';
import { type SnapshotReason, SnapshotWishes } from './snapshot-wishes.ts';
import { SnapshotRuns } from './snapshot-runs.ts';
import type { PlatformWishes } from './platform-wishes-call.ts';
import type { WishPoll } from './wish-poll.ts';

/** Who is told how it goes. */
export interface DeltasObserver extends Omit<
  DeliveryObserver,
  'onOpened' | 'onOpenRefused' | 'onLimitsClamped' | 'onRejected'
> {
  /** A full snapshot begins. */
  onFullSnapshot(reason: SnapshotReason): void;
  /** Deltas go on from where an earlier process left them. */
  onResumed(feeds: number): void;
  /** They cannot, and why. */
  onPointIgnored(why: string): void;
}

/** What the second wire needs. */
export interface DeltasDependencies extends DeltaCallsOptions {
  readonly outbox: Outbox;
  readonly feeds: DeltaFeeds;
  readonly observer: DeltasObserver;
  /** Told of each answer of the platform: undefined when it took what it was given. */
  readonly onAnswer?: (verdict: Verdict | undefined) => void;
  readonly memory: DeltaMemory;
  readonly wishes: Pick<WishPoll, 'run'>;
  /** The longest time between two deltas, in milliseconds; the platform may ask for a shorter one. */
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Bytes of items in one delta: as large as the platform takes a batch of the other wire. */
const MAX_DELTA_BYTES = 8 * 1024 * 1024;
/** What a platform may ask for: more often would cost both sides more than it tells. */
const SHORTEST_INTERVAL_MS = 1_000;

/** What each phase is called outside. */
const PHASES: Record<DeltasState['phase'], DeliveryPhase> = {
  closed: 'closed',
  registering: 'registering',
  pausing: 'pausing',
  doubting: 'pausing',
  streaming: 'sending',
  ready: 'ready',
  sending: 'sending',
  holding: 'holding',
};

/** Delivers by the public API's `agent-deltas`: does what the machine in `deltas-state.ts` wants, and tells it what came of it. */
export class Deltas implements Delivery {
  readonly #deps: DeltasDependencies;
  readonly #machine: Machine<DeltasState, DeltasInput, DeltasCommand>;
  readonly #pace: DeltaPace;
  readonly #cutter: BatchCutter;
  readonly #calls: DeltaCalls;
  readonly #book: DeltaBook;
  readonly #wishes: SnapshotWishes;
  readonly #snapshots: SnapshotRuns;
  /** The platform was asked for its wishes after the last full snapshot had begun. */
  #isWishFresh = false;
  #isFollowing = false;
  #signal: AbortSignal = AbortSignal.abort();
  #broken: (error: unknown) => void = () => {};
  #onQuiet: (() => void) | undefined;
  #cancelWait: () => void = () => {};
  #cancelWish: () => void = () => {};
  #isScheduled = false;
  #feeds = new Map<number, DeltaFeed>();
  readonly #ledger = new DeltaLedger();
  #token = '';
  #resumePoints: readonly ResumePoint[] = [];
  #lastAckAtMs: number | undefined;
  #nextAttemptAtMs: number | undefined;
  #lastVerdict: Verdict | undefined;

  constructor(dependencies: DeltasDependencies) {
    this.#deps = dependencies;
    const { clock, intervalMs } = dependencies;
    this.#pace = new DeltaPace(dependencies);
    this.#cutter = new BatchCutter(dependencies);
    this.#pauseBetween(intervalMs);
    this.#calls = new DeltaCalls(dependencies);
    this.#book = new DeltaBook(
      (feedId) => must(this.#feeds.get(feedId), `there is no feed ${feedId}`),
      (kind) => [...this.#feeds.values()].find((feed) => feed.isPolled && feed.kind === `${kind}Metrics`)?.id,
    );
    this.#wishes = new SnapshotWishes({ nowMs: () => clock.monotonicMs() });
    this.#snapshots = new SnapshotRuns({
      ...dependencies,
      calls: this.#calls,
      book: this.#book,
      onTaken: (taken) => this.#take(taken),
      onWritten: (rest) => this.#dispatch({ type: 'written', rest }),
      onBug: (error) => this.#broken(error),
    });
    this.#machine = new Machine<DeltasState, DeltasInput, DeltasCommand>({
      initial: CLOSED,
      step: stepDeltas,
      perform: (command) => this.#perform(command),
      onBug: (error) => this.#broken(error),
      onSettled: () => this.#settle(),
    });
  }

  get status(): DeliveryStatus {
    return {
      phase: PHASES[this.#machine.state.phase],
      clusterId: this.#calls.clusterId,
      epoch: 0,
      lastAckAtMs: this.#lastAckAtMs,
      nextAttemptAtMs: this.#nextAttemptAtMs,
      lastVerdict: this.#lastVerdict,
      takenAtMs: this.#snapshots.takenAtMs,
      wireRows: this.#rows(),
    };
  }

  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#signal = signal;
    this.#broken = reject;
    signal.addEventListener('abort', () => resolve(), { once: true });
    this.#dispatch({ type: 'start' });
    try {
      await promise;
    } finally {
      this.#cancelWait();
      this.#cancelWish();
      this.#cutter.pause();
      this.#snapshots.drop();
    }
  }

  noteWaiting(): void {
    if (this.#snapshots.isUnderWay) this.#snapshots.pump();
    else if (this.#cutter.noteWaiting()) this.#schedule();
  }

  offerChanged(): void {
    const versions = new Map(this.#deps.feeds.list().map(({ id, version }) => [id, version]));
    const isOther = [...this.#feeds].some(([id, { version }]) => versions.get(id) !== version);
    if (isOther) this.#wish('OTHER_VERSION');
  }

  keyReplaced(): void {
    const { phase } = this.#machine.state;
    if (this.#lastVerdict?.kind !== 'UNAUTHORIZED' || (phase !== 'holding' && phase !== 'pausing')) return;
    this.#cancelWait();
    this.#dispatch({ type: 'timer' });
  }

  async drained(signal: AbortSignal): Promise<void> {
    if (this.#isQuiet() || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onQuiet = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
    this.#scheduleSoon();
    await promise;
  }

  #rows(): Record<string, string> {
    const { clock } = this.#deps;
    const { dueAtMs, waiting } = this.#wishes;
    const seconds = (ms: number): string => `${Math.round(Math.abs(ms - clock.monotonicMs()) / 1000)} s`;
    return {
      wire: 'agent-deltas',
      'last full snapshot': this.#snapshots.description,
      'next full snapshot':
        dueAtMs === undefined ? '' : `${waiting.join(', ')}, in ${seconds(Math.max(dueAtMs, clock.monotonicMs()))}`,
      processed: 'counted as received: this wire does not tell when the platform has processed what it took',
    };
  }

  #isQuiet(): boolean {
    const { state } = this.#machine;
    if (state.phase === 'ready') return this.#deps.outbox.pendingCount === 0;
    // No feed runs any more that could bring the rest of a snapshot.
    if (state.phase === 'streaming') return state.rest === undefined;
    return state.phase !== 'sending' && state.phase !== 'holding';
  }

  #dispatch(input: DeltasInput): void {
    // An answer may overtake the stop: acting on it would leave a timer behind, and the process alive until it fires.
    if (!this.#signal.aborted) this.#machine.dispatch(input);
  }

  #settle(): void {
    this.#schedule();
    if (this.#isQuiet()) this.#onQuiet?.();
  }

  /** After the turn that is under way: what is handed in together belongs together. */
  #scheduleSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#schedule();
    });
  }

  /** Begins a snapshot or cuts a delta when one is due, or sees to it that this is looked at when one will be. */
  #schedule(): void {
    const { state, isStepping } = this.#machine;
    if (state.phase !== 'ready' || isStepping || this.#signal.aborted) return;
    const isDraining = this.#onQuiet !== undefined;
    if (!isDraining && this.#grantWish()) return;
    const { clock } = this.#deps;
    const entries = this.#cutter.next({
      isUrgent: isDraining,
      maxBytes: MAX_DELTA_BYTES,
      onDue: () => this.#schedule(),
    });
    if (entries === undefined) return;
    const taken = this.#book.take(entries, clock.now());
    this.#take(taken);
    this.#deps.feeds.used(entries);
    this.#dispatch({ type: 'due', items: taken.items });
  }

  /** Whether a full snapshot begins; if one is wished for later, it is looked at again then. */
  #grantWish(): boolean {
    this.#cancelWish();
    const { dueAtMs, waiting } = this.#wishes;
    const [reason] = waiting;
    if (dueAtMs === undefined || reason === undefined) return false;
    const delayMs = dueAtMs - this.#deps.clock.monotonicMs();
    if (delayMs <= 0) this.#dispatch({ type: 'snapshotDue', reason });
    else this.#cancelWish = this.#deps.clock.setTimer(delayMs, () => this.#schedule());
    return delayMs <= 0;
  }

  #pauseBetween(minBatchIntervalMs: number): void {
    this.#cutter.heed({ maxBatchBytes: MAX_DELTA_BYTES, heartbeatMs: this.#deps.intervalMs, minBatchIntervalMs });
  }

  /** Asks for the platform's wishes from now on. */
  #followWishes(): void {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    const listener = {
      clusterId: this.#calls.clusterId,
      onAsked: () => {
        this.#isWishFresh = true;
      },
      onWishes: (wishes: PlatformWishes) => this.#heed(wishes),
    };
    this.#deps.wishes.run(listener, this.#signal).catch((error: unknown) => {
      if (!this.#signal.aborted) this.#broken(error);
    });
  }

  #heed({ intervalSeconds, resync }: PlatformWishes): void {
    const { intervalMs } = this.#deps;
    const askedMs = intervalSeconds === undefined ? intervalMs : intervalSeconds * 1000;
    this.#pauseBetween(Math.min(Math.max(askedMs, SHORTEST_INTERVAL_MS), intervalMs));
    // A snapshot that is on its way is what the platform wishes for.
    if (resync && this.#isWishFresh && !this.#snapshots.isUnderWay) this.#wishes.wish('ASKED');
    this.#scheduleSoon();
  }

  #wish(reason: SnapshotReason): void {
    this.#wishes.wish(reason);
    this.#scheduleSoon();
  }

  #take(taken: Taken): void {
    this.#ledger.take(taken);
    for (const hole of taken.holes) this.#wishes.wish(hole);
  }

  #perform(command: DeltasCommand): void {
    const { observer } = this.#deps;
    switch (command.type) {
      case 'register':
        this.#ask(this.#register());
        return;
      case 'resume':
        this.#resume();
        return;
      case 'begin':
        this.#begin(command);
        return;
      case 'abandon':
        this.#abandon();
        return;
      case 'prepare':
        this.#ask(this.#calls.send(command, this.#signal));
        return;
      case 'wait':
        this.#wait(command);
        return;
      case 'prove':
        this.#deps.memory.forget();
        this.#ask(this.#calls.prove());
        return;
      case 'confirm':
        this.#confirm(command);
        return;
      case 'drop':
        observer.onDropped(command.item.entry, command.reason);
        if (command.item.event === 'delete') this.#wish('NOT_TAKEN');
        return;
      case 'release':
        this.#release();
        return;
      default:
        unreachable(command);
    }
  }

  async #register(): Promise<DeltasInput> {
    const { memory, feeds, observer } = this.#deps;
    await this.#calls.register(this.#signal);
    this.#followWishes();
    const { point } = memory;
    if (point?.clusterId !== this.#calls.clusterId) return { type: 'registered', keptToken: undefined };
    const { points, problem } = resumptionOf(point, feeds.list());
    if (problem !== '') observer.onPointIgnored(problem);
    this.#resumePoints = points;
    return { type: 'registered', keptToken: problem === '' ? point.token : undefined };
  }

  #resume(): void {
    const { feeds, observer } = this.#deps;
    const points = this.#resumePoints;
    this.#feeds = new Map(feeds.list().map((feed) => [feed.id, feed]));
    this.#ledger.begin(points);
    this.#book.begin(points.map(({ feedId }) => feedId));
    this.#cutter.begin();
    observer.onResumed(points.length);
    feeds.adopt(points);
  }

  #begin(command: Extract<DeltasCommand, { type: 'begin' }>): void {
    const { feeds, observer } = this.#deps;
    this.#abandon();
    this.#wishes.wish(command.reason);
    this.#wishes.granted();
    this.#cancelWish();
    this.#isWishFresh = false;
    this.#feeds = new Map(feeds.list().map((feed) => [feed.id, feed]));
    this.#book.begin();
    const outcome = this.#snapshots.begin(command);
    if (outcome === undefined) return;
    observer.onFullSnapshot(command.reason);
    this.#ask(outcome);
    feeds.adopt([]);
  }

  #abandon(): void {
    const { feeds, outbox } = this.#deps;
    this.#snapshots.drop();
    this.#cutter.drop();
    this.#ledger.begin([]);
    feeds.abandon();
    outbox.clear();
  }

  #confirm({ token, isSnapshot }: Extract<DeltasCommand, { type: 'confirm' }>): void {
    const { clock, observer } = this.#deps;
    this.#lastAckAtMs = clock.monotonicMs();
    this.#pace.succeeded();
    // The platform has no other signal: what it has accepted counts as processed.
    observer.onConfirmed(1, 1);
    this.#token = token;
    if (!isSnapshot) return;
    this.#snapshots.settle();
    this.#cutter.begin();
  }

  #release(): void {
    const { outbox, feeds, memory } = this.#deps;
    for (const feedId of this.#ledger.settle()) outbox.endReceived(feedId);
    this.#lastVerdict = undefined;
    memory.remember({
      clusterId: this.#calls.clusterId,
      token: this.#token,
      positions: this.#ledger.positions(this.#feeds.values(), (feedId) => this.#book.isTold(feedId)),
    });
    feeds.onRoom();
    // What came while the snapshot was on its way was told to its writer.
    if (outbox.pendingCount > 0) this.#cutter.noteWaiting();
  }

  #wait({ kind, retryAfterMs }: Extract<DeltasCommand, { type: 'wait' }>): void {
    const { clock, observer } = this.#deps;
    const delayMs = this.#pace.next(kind, retryAfterMs);
    this.#nextAttemptAtMs = clock.monotonicMs() + delayMs;
    if (this.#lastVerdict !== undefined) observer.onRefused(this.#lastVerdict, this.#machine.state.phase, delayMs);
    this.#cancelWait();
    this.#cancelWait = clock.setTimer(delayMs, () => this.#dispatch({ type: 'timer' }));
  }

  /** Work outside the machine, and what came of it. An abort is a stop, everything else a bug: outcomes do not reject. */
  #ask(work: Promise<DeltasInput | undefined>): void {
    this.#follow(work).catch((error: unknown) => {
      if (!this.#signal.aborted) this.#broken(error);
    });
  }

  async #follow(work: Promise<DeltasInput | undefined>): Promise<void> {
    this.#nextAttemptAtMs = undefined;
    const input = await work;
    if (input === undefined) return;
    if (input.type === 'refused') this.#lastVerdict = input.verdict;
    this.#dispatch(input);
    if (input.type === 'refused') this.#deps.onAnswer?.(input.verdict);
    else if (input.type === 'accepted') this.#deps.onAnswer?.(undefined);
  }
}
