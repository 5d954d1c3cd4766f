import type { Clock } from '@castai/shared/async/clock.ts';
import { Machine } from '@castai/shared/async/machine.ts';
import { noticeOf, type RecordedNotice, recordOf } from '../node/node-record.ts';
import type { Notice } from '../poll/notice.ts';
import type { InterruptionEffects } from './interruption-effects.ts';
import type {
  DecidePolicy,
  InterruptionCommand,
  InterruptionInput,
  InterruptionState,
  Scope,
} from './interruption-signals.ts';
import { NEW, stepInterruption } from './interruption-state.ts';
import { withPlausibleTime } from './plausible-time.ts';

/** What one notice needs. */
export interface InterruptionOptions {
  readonly id: string;
  readonly policy: DecidePolicy;
  readonly effects: InterruptionEffects;
  /** The provider's time, in milliseconds since the epoch, and timers of our own. */
  readonly clock: Pick<Clock, 'now' | 'monotonicMs' | 'setTimer'>;
  /** Nothing is left to know about it. */
  readonly onForgotten: () => void;
}

/** A line of `/statusz`. */
export interface InterruptionStatus {
  readonly notice: string;
  readonly type: string;
  readonly kind: string;
  readonly status: string;
  readonly phase: string;
  readonly isReported: boolean;
  readonly isMarking: boolean;
  readonly startsAt: string;
}

/** Timers are set anew this often: a clock that was corrected, or a machine that slept, moves the moment that is waited for. */
const LONGEST_WAIT_MS = 60_000;

/** One notice: does what its machine (`interruption-state.ts`) commands, and keeps what was done about it for the node to remember. */
export class Interruption {
  readonly #options: InterruptionOptions;
  readonly #machine: Machine<InterruptionState, InterruptionInput, InterruptionCommand>;
  #done = { isReported: false, isMarking: false, isDrained: false, isApproved: false };
  #cancelWait: () => void = () => undefined;

  constructor(options: InterruptionOptions) {
    const { policy, effects } = options;
    this.#options = options;
    this.#machine = new Machine({
      initial: NEW,
      step: (state: InterruptionState, input: InterruptionInput) => stepInterruption(policy, state, input),
      perform: (command) => this.#perform(command),
      onBug: (error) => effects.onBroken(error),
    });
  }

  /** What it is about, as last seen; undefined before it was. */
  get notice(): Notice | undefined {
    const { state } = this.#machine;
    return 'notice' in state ? state.notice : undefined;
  }

  /** It is held back because it is not known yet whose it is. */
  get isUnidentified(): boolean {
    const { state } = this.#machine;
    return state.phase === 'seen' && state.why === 'unidentified';
  }

  /** It is another machine's, or of a kind that is not acted on. */
  get isNotOurs(): boolean {
    const { state } = this.#machine;
    return state.phase === 'seen' && state.why !== 'unidentified';
  }

  /** How far it is; undefined while nothing is known about it. */
  get status(): InterruptionStatus | undefined {
    const { state } = this.#machine;
    if (!('notice' in state)) return undefined;
    const { id, type, kind, status, startsAtMs } = state.notice;
    const { isReported, isMarking } = this.#done;
    const phase = state.phase === 'seen' ? state.why : state.phase;
    const startsAt = startsAtMs === undefined ? '' : new Date(startsAtMs).toISOString();
    return { notice: id, type, kind, status, phase, isReported, isMarking, startsAt };
  }

  /** A good look at its source has it. */
  sight(notice: Notice, scope: Scope): void {
    const nowMs = this.#nowMs();
    this.#machine.dispatch({ type: 'sighted', notice: withPlausibleTime(notice, nowMs), scope, nowMs });
  }

  /** A good look at its source does not have it. */
  miss(): void {
    const monotonicMs = this.#options.clock.monotonicMs();
    this.#machine.dispatch({ type: 'missing', nowMs: this.#nowMs(), monotonicMs });
  }

  /** Takes over what the node says that an earlier process has done; also what this one did, after a pause. */
  restore(recorded: RecordedNotice): void {
    const { effects } = this.#options;
    const { isReported, isMarking, isDrained = false, isApproved = false } = recorded;
    const { phase } = this.#machine.state;
    if (phase === 'new' || phase === 'seen') {
      this.#done = { isReported, isMarking, isDrained, isApproved };
      // First of all, so that the outbox knows the whole record before it plans anything.
      effects.remember(recorded);
      const nowMs = this.#nowMs();
      const notice = withPlausibleTime(noticeOf(recorded), nowMs);
      const restored = { notice, isReported, isMarked: isMarking, isDrained, isApproved };
      this.#machine.dispatch({ type: 'restored', ...restored, nowMs });
    } else if (
      isReported &&
      !this.#done.isReported &&
      (recorded.kind === 'rebalance') === (this.notice?.kind === 'rebalance')
    ) {
      // The API server answered late: what is waiting to be told has been told before.
      effects.withdraw(this.#options.id);
      this.onReported();
    }
  }

  /** The platform has taken the report. */
  onReported(): void {
    this.#done.isReported = true;
    this.#remember();
  }

  /** The node has been drained; only a notice that marks it has asked for that. */
  onDrained(): void {
    if (!this.#done.isMarking) return;
    this.#done.isDrained = true;
    this.#remember();
    this.#machine.dispatch({ type: 'drained' });
  }

  /** The provider has taken the approval. */
  onApproved(): void {
    this.#done.isApproved = true;
    this.#remember();
    this.#machine.dispatch({ type: 'approved' });
  }

  /** Ends the wait, if there is one. */
  stop(): void {
    this.#cancelWait();
  }

  #perform(command: InterruptionCommand): void {
    const { id, effects, onForgotten } = this.#options;
    const { notice } = this;
    switch (command.type) {
      case 'report':
        // What was told before was advice, or nothing.
        this.#done.isReported = false;
        effects.report(id, notice?.kind === 'rebalance' ? 'rebalanceRecommendation' : 'interrupted');
        return;
      case 'withdraw':
        effects.withdraw(id);
        return;
      case 'mark':
        this.#done.isMarking = true;
        this.#remember();
        return;
      case 'unmark':
        this.#done.isMarking = false;
        this.#remember();
        effects.stopEviction(id);
        return;
      case 'evict':
        effects.evict(id);
        return;
      case 'acknowledge':
        if (notice !== undefined) effects.acknowledge(notice);
        return;
      case 'retract':
        effects.retract(id);
        return;
      case 'wait':
        this.#wait(command.untilMs);
        return;
      case 'announce':
        if (notice !== undefined) effects.announce(command.step, notice);
        return;
      case 'forget':
        this.stop();
        onForgotten();
        effects.release(id);
    }
  }

  /** Writes down what a later process has to know; before anything is done there is nothing. */
  #remember(): void {
    const { notice } = this;
    const { effects } = this.#options;
    if (notice !== undefined) effects.remember(recordOf(notice, this.#done));
  }

  #wait(untilMs: number): void {
    this.stop();
    const delayMs = Math.min(LONGEST_WAIT_MS, Math.max(0, untilMs - this.#nowMs()));
    this.#cancelWait = this.#options.clock.setTimer(delayMs, () =>
      this.#machine.dispatch({ type: 'tick', nowMs: this.#nowMs() }),
    );
  }

  #nowMs(): number {
    return this.#options.clock.now();
  }
}
