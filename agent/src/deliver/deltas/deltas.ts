import { Machine } from '@castai/shared/async/machine.ts';
import { must, unreachable } from '@castai/shared/errors.ts';
import type { Entry, ResumePoint } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { Delivery, DeliveryStatus } from '../delivery.ts';
import { DeliveryRun } from '../delivery-run.ts';
import { DeltaBook, type Taken } from './delta-book.ts';
import { DeltaCalls } from './delta-calls.ts';
import type { DeltaFeed } from './delta-feeds.ts';
import { DeltaLedger, resumptionOf } from './delta-ledger.ts';
import { DeltaPace } from './delta-pace.ts';
import { DeltaSchedule } from './delta-schedule.ts';
import { CLOSED, stepDeltas } from './deltas-state.ts';
import type { DeltasCommand, DeltasInput, DeltasState } from './deltas-signals.ts';
import type { DeltasDependencies } from './deltas-dependencies.ts';
import { PHASES } from './deltas-phases.ts';
import { SnapshotRuns } from './snapshot-runs.ts';
import type { PlatformWishes } from './platform-wishes-call.ts';

/** Delivers by the public API's `agent-deltas`: does what the machine in `deltas-state.ts` wants, and tells it what came of it. */
export class Deltas implements Delivery {
  readonly #deps: DeltasDependencies;
  readonly #machine: Machine<DeltasState, DeltasInput, DeltasCommand>;
  readonly #run: DeliveryRun<DeltasInput>;
  readonly #pace: DeltaPace;
  readonly #schedule: DeltaSchedule;
  readonly #calls: DeltaCalls;
  readonly #book: DeltaBook;
  readonly #snapshots: SnapshotRuns;
  #isFollowing = false;
  #feeds = new Map<number, DeltaFeed>();
  readonly #ledger = new DeltaLedger();
  #token = '';
  #resumePoints: readonly ResumePoint[] = [];
  #lastAckAtMs: number | undefined;

  constructor(dependencies: DeltasDependencies) {
    this.#deps = dependencies;
    this.#run = new DeliveryRun({
      ...dependencies,
      dispatch: (input) => this.#machine.dispatch(input),
      phase: () => this.#machine.state.phase,
      isQuiet: () => this.#isQuiet(),
      hurry: () => this.#schedule.lookSoon(),
      answerIn,
    });
    this.#pace = new DeltaPace(dependencies);
    this.#calls = new DeltaCalls(dependencies);
    this.#book = new DeltaBook(
      (feedId) => must(this.#feeds.get(feedId), `there is no feed ${feedId}`),
      (kind) => [...this.#feeds.values()].find((feed) => feed.isPolled && feed.kind === `${kind}Metrics`)?.id,
    );
    this.#snapshots = new SnapshotRuns({
      ...dependencies,
      calls: this.#calls,
      book: this.#book,
      onTaken: (taken) => this.#take(taken),
      onWritten: (rest) => this.#run.dispatch({ type: 'written', rest }),
      onBug: (error) => this.#run.fail(error),
    });
    this.#schedule = new DeltaSchedule({
      ...dependencies,
      isReady: () => this.#isReady(),
      isDraining: () => this.#run.isDraining,
      isSnapshotUnderWay: () => this.#snapshots.isUnderWay,
      onDue: (entries) => this.#due(entries),
      onSnapshotDue: (reason) => this.#run.dispatch({ type: 'snapshotDue', reason }),
    });
    this.#machine = new Machine<DeltasState, DeltasInput, DeltasCommand>({
      initial: CLOSED,
      step: stepDeltas,
      perform: (command) => this.#perform(command),
      onBug: (error) => this.#run.fail(error),
      onSettled: () => this.#settle(),
    });
  }

  get status(): DeliveryStatus {
    return {
      phase: PHASES[this.#machine.state.phase],
      clusterId: this.#calls.clusterId,
      lastAckAtMs: this.#lastAckAtMs,
      heartbeatMs: this.#schedule.heartbeatMs,
      nextAttemptAtMs: this.#run.nextAttemptAtMs,
      lastVerdict: this.#run.lastVerdict,
      takenAtMs: this.#snapshots.takenAtMs,
      transfer: this.#snapshots.transfer,
      wireRows: this.#rows(),
    };
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#run.last(signal);
    } finally {
      this.#schedule.stop();
      this.#snapshots.drop();
    }
  }

  noteWaiting(): void {
    if (this.#snapshots.isUnderWay) this.#snapshots.pump();
    else this.#schedule.noteWaiting();
  }

  offerChanged(): void {
    const versions = new Map(this.#deps.feeds.list().map(({ id, version }) => [id, version]));
    const isOther = [...this.#feeds].some(([id, { version }]) => versions.get(id) !== version);
    if (isOther) this.#schedule.wish('OTHER_VERSION');
  }

  keyReplaced(): void {
    this.#run.keyReplaced();
  }

  drained(signal: AbortSignal): Promise<void> {
    return this.#run.drained(signal);
  }

  #rows(): Record<string, string> {
    return {
      wire: 'agent-deltas',
      'last full snapshot': this.#snapshots.description,
      'next full snapshot': this.#schedule.description,
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

  #settle(): void {
    this.#schedule.look();
    this.#run.settled();
  }

  #isReady(): boolean {
    const { state, isStepping } = this.#machine;
    return state.phase === 'ready' && !isStepping && !this.#run.signal.aborted;
  }

  #due(entries: readonly Entry[]): void {
    const taken = this.#book.take(entries, this.#deps.clock.now());
    this.#take(taken);
    this.#deps.feeds.used(entries);
    this.#run.dispatch({ type: 'due', items: taken.items });
  }

  /** Asks for the platform's wishes from now on. */
  #followWishes(): void {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    const listener = {
      clusterId: this.#calls.clusterId,
      onAsked: () => this.#schedule.asked(),
      onWishes: (wishes: PlatformWishes) => this.#schedule.heed(wishes),
    };
    this.#run.watch(this.#deps.wishes.run(listener, this.#run.signal));
  }

  #take(taken: Taken): void {
    this.#ledger.take(taken);
    for (const hole of taken.holes) this.#schedule.wish(hole);
  }

  #perform(command: DeltasCommand): void {
    const { observer } = this.#deps;
    switch (command.type) {
      case 'register':
        this.#run.ask(this.#register());
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
        this.#run.ask(this.#calls.send(command, this.#run.signal));
        return;
      case 'wait':
        this.#run.wait(this.#pace.next(command.kind, command.retryAfterMs));
        return;
      case 'prove':
        this.#deps.memory.forget();
        this.#run.ask(this.#calls.prove());
        return;
      case 'confirm':
        this.#confirm(command);
        return;
      case 'drop':
        observer.onDropped(command.item.entry, command.reason);
        if (command.item.event === 'delete') this.#schedule.wish('NOT_TAKEN');
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
    await this.#calls.register(this.#run.signal);
    this.#followWishes();
    await memory.recall(this.#run.signal);
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
    this.#schedule.begin();
    observer.onResumed(points.length);
    feeds.adopt(points);
  }

  #begin(command: Extract<DeltasCommand, { type: 'begin' }>): void {
    const { feeds, observer } = this.#deps;
    this.#abandon();
    this.#schedule.snapshotBegins(command.reason);
    this.#feeds = new Map(feeds.list().map((feed) => [feed.id, feed]));
    this.#book.begin();
    const outcome = this.#snapshots.begin(command);
    if (outcome === undefined) return;
    observer.onFullSnapshot(command.reason);
    this.#run.ask(outcome);
    feeds.adopt([]);
  }

  #abandon(): void {
    const { feeds, outbox } = this.#deps;
    this.#snapshots.drop();
    this.#schedule.drop();
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
    this.#schedule.begin();
  }

  #release(): void {
    const { outbox, feeds, memory } = this.#deps;
    for (const feedId of this.#ledger.settle()) outbox.endReceived(feedId);
    this.#run.forgive();
    // Who goes on from here would never send the snapshot that is wished for, and what is gone would stay at the platform for good.
    if (this.#schedule.hasHole) memory.forget();
    else {
      memory.remember({
        clusterId: this.#calls.clusterId,
        token: this.#token,
        positions: this.#ledger.positions(this.#feeds.values(), (feedId) => this.#book.isTold(feedId)),
      });
    }
    feeds.onRoom();
    // What came while the snapshot was on its way was told to its writer.
    if (outbox.pendingCount > 0) this.#schedule.noteWaiting();
  }
}

/** What the platform has answered with this. */
function answerIn(input: DeltasInput): Verdict | 'taken' | undefined {
  if (input.type === 'refused') return input.verdict;
  return input.type === 'accepted' ? 'taken' : undefined;
}
