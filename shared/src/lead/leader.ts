import { Machine } from '../async/machine.ts';
import type { Timing } from '../async/timing.ts';
import { describeError, unreachable } from '../errors.ts';
import { KubeError } from '../kube/kube-error.ts';
import type { KubeLease } from '../kube/kube-lease.ts';
import type { StopSignals } from '../program/lifecycle.ts';
import type { Leadership, LeadershipStatus, LeaseDoubt, LeaseEvidence } from './leadership.ts';
import { LeaseCalls } from './lease-calls.ts';
import { type LeasePace, SPREAD_MS } from './lease-pace.ts';
import {
  type LeaseCommand,
  type LeaseIdentity,
  type LeaseInput,
  type LeaseState,
  type LossReason,
  STANDBY,
  stepLease,
} from './lease-state.ts';

/** Who is told how the election goes: log and metrics. */
export interface LeaderObserver {
  onLead(transitions: number): void;
  /** Another replica holds the lease. */
  onFollow(holder: string): void;
  onLost(reason: LossReason): void;
  /** The lease could not be read or written; with what to do about it, if anything. */
  onLeaseFailed(error: unknown, hint: string): void;
}

/** What a leader needs. */
export interface LeaderOptions extends Timing<'monotonicMs' | 'setTimer'> {
  readonly lease: Pick<KubeLease, 'read' | 'write'>;
  readonly self: LeaseIdentity;
  readonly pace: LeasePace;
  /** What to do when the API server does not allow the lease: who grants what, in the words of the program. */
  readonly rightsHint: string;
  readonly observer: LeaderObserver;
}

/** Takes part in the election: does what the machine in `lease-state.ts` wants, and tells it what came of it. */
export class Leader implements Leadership {
  readonly #options: LeaderOptions;
  readonly #calls: LeaseCalls;
  readonly #machine: Machine<LeaseState, LeaseInput, LeaseCommand>;
  #term: AbortController | undefined;
  #onTerm: () => void = () => {};
  #broken: (error: unknown) => void = () => {};
  #proofs: (() => void)[] = [];
  #request = new AbortController();
  #cancelRest: () => void = () => {};
  #cancelGuard: () => void = () => {};
  #aborted = AbortSignal.abort();
  #released: Promise<void> = Promise.resolve();
  #followed = '';
  #problem = 'the lease has not been read yet';

  constructor(options: LeaderOptions) {
    this.#options = options;
    this.#calls = new LeaseCalls({ ...options, onFailed: (error) => this.#fail(error) });
    const { self, pace } = options;
    this.#machine = new Machine<LeaseState, LeaseInput, LeaseCommand>({
      initial: STANDBY,
      step: (state, input) => stepLease(state, input, { ...self, pace }),
      perform: (command) => this.#perform(command),
      onBug: (error) => this.#broken(error),
    });
  }

  get status(): LeadershipStatus {
    const { holder, transitions } = this.#calls.seen;
    const role = this.#machine.state.phase === 'leading' ? 'leader' : 'standby';
    return { role, holder, transitions, problem: this.#problem };
  }

  get evidence(): LeaseEvidence | undefined {
    const { state } = this.#machine;
    if (state.phase !== 'leading') return undefined;
    const { uid, transitions } = state.record;
    return { uid, transitions };
  }

  isHeld(): boolean {
    this.#machine.dispatch({ type: 'deadline', nowMs: this.#options.clock.monotonicMs() });
    return this.#machine.state.phase === 'leading';
  }

  async challenge({ seenTransitions }: LeaseDoubt): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#proofs.push(resolve);
    this.#machine.dispatch({
      type: 'challenged',
      transitions: seenTransitions === undefined ? 0 : seenTransitions + 1,
    });
    return promise;
  }

  giveBack(): boolean {
    if (!this.isHeld()) return false;
    this.#machine.dispatch({ type: 'gaveUp' });
    return true;
  }

  async run({ draining, aborted }: StopSignals, work: (term: AbortSignal) => Promise<void>): Promise<void> {
    const { promise: bug, reject } = Promise.withResolvers<never>();
    this.#broken = reject;
    // Handled by the race below, or not at all when there is no race any more.
    bug.catch(() => undefined);
    this.#aborted = aborted;
    this.#machine.dispatch({ type: 'rested' });
    try {
      while (!draining.aborted) {
        const term = await Promise.race([this.#nextTerm(draining), bug]);
        if (term !== undefined) await Promise.race([work(term), bug]);
      }
    } finally {
      this.#quiet();
      this.#machine.dispatch({ type: 'stop' });
      await this.#released;
    }
  }

  /** The signal of the term that is under way or comes next; undefined when the process drains before. */
  async #nextTerm(draining: AbortSignal): Promise<AbortSignal | undefined> {
    if (this.#term === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onTerm = resolve;
      const onDrain = (): void => resolve();
      draining.addEventListener('abort', onDrain, { once: true });
      await promise;
      draining.removeEventListener('abort', onDrain);
    }
    return this.#currentTerm;
  }

  get #currentTerm(): AbortSignal | undefined {
    return this.#term?.signal;
  }

  #perform(command: LeaseCommand): void {
    switch (command.type) {
      case 'read':
        this.#ask((signal) => this.#calls.read(signal));
        return;
      case 'write':
        this.#ask((signal) => this.#calls.write(command, signal));
        return;
      case 'rest':
        this.#rest(command);
        return;
      case 'guard':
        this.#guard(command.deadlineAtMs);
        return;
      case 'lead':
        this.#lead();
        return;
      case 'prove':
        for (const resolve of this.#proofs.splice(0)) resolve();
        return;
      case 'stepDown':
        this.#stepDown(command.reason);
        return;
      case 'release':
        this.#released = this.#calls.release(this.#aborted);
        return;
      default:
        unreachable(command);
    }
  }

  #lead(): void {
    this.#term = new AbortController();
    this.#followed = '';
    this.#options.observer.onLead(this.#calls.seen.transitions);
    this.#onTerm();
  }

  #stepDown(reason: LossReason): void {
    this.#quiet();
    this.#proofs = [];
    const term = this.#term;
    this.#term = undefined;
    this.#options.observer.onLost(reason);
    term?.abort(new Error(`the lease is lost: ${reason}`));
  }

  /** Nothing is under way and no timer waits. */
  #quiet(): void {
    this.#request.abort();
    this.#cancelRest();
    this.#cancelGuard();
  }

  #rest({ usualMs, atLeastMs, atMostMs }: Extract<LeaseCommand, { type: 'rest' }>): void {
    const { clock, random } = this.#options;
    const restMs = Math.max(atLeastMs, Math.min(atMostMs, usualMs + SPREAD_MS * random()));
    this.#cancelRest();
    this.#cancelRest = clock.setTimer(restMs, () => this.#machine.dispatch({ type: 'rested' }));
  }

  #guard(deadlineAtMs: number): void {
    const { clock } = this.#options;
    this.#cancelGuard();
    const leftMs = Math.max(0, deadlineAtMs - clock.monotonicMs());
    this.#cancelGuard = clock.setTimer(leftMs, () => this.isHeld());
  }

  /** One request at a time: what an earlier one comes to is no news any more. */
  #ask(call: (signal: AbortSignal) => Promise<LeaseInput>): void {
    this.#request.abort();
    this.#cancelRest();
    this.#request = new AbortController();
    this.#follow(this.#request.signal, call).catch((error: unknown) => this.#broken(error));
  }

  async #follow(signal: AbortSignal, call: (signal: AbortSignal) => Promise<LeaseInput>): Promise<void> {
    const input = await call(signal);
    if (signal.aborted) return;
    this.#machine.dispatch(input);
    // Not after a read that is followed by a write: that one may not be allowed.
    const isDone = input.type === 'written' || (input.type === 'found' && this.#machine.state.phase !== 'acquiring');
    if (isDone) this.#problem = '';
    if (input.type === 'found') this.#tellFollowed();
  }

  #fail(error: unknown): void {
    const { rightsHint, observer } = this.#options;
    const hint = hintFor(error, rightsHint);
    this.#problem = `${describeError(error)}${hint === '' ? '' : `; ${hint}`}`;
    observer.onLeaseFailed(error, hint);
  }

  /** Says whom we stand by for, once for each. */
  #tellFollowed(): void {
    const { holder } = this.#calls.seen;
    if (this.#machine.state.phase !== 'standby' || this.#followed === holder) return;
    this.#followed = holder;
    if (holder !== '') this.#options.observer.onFollow(holder);
  }
}

function hintFor(error: unknown, rightsHint: string): string {
  if (!(error instanceof KubeError)) return '';
  return error.code === 'KUBE_FORBIDDEN' ? rightsHint : (error.hint ?? '');
}
