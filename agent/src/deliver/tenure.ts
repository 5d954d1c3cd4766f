import type { Clock } from '@castai/shared/async/clock.ts';
import { Machine } from '@castai/shared/async/machine.ts';
import { unreachable } from '@castai/shared/errors.ts';
import type { Leadership } from '@castai/shared/lead/leadership.ts';
import type { Supervisor } from '../feeds/supervisor.ts';
import type { Delivery } from './delivery.ts';
import { hasSession } from './has-session.ts';
import {
  stepTenure,
  type TenureCommand,
  tenureFrom,
  type TenureInput,
  type TenureState,
  type Uselessness,
} from './tenure-state.ts';

/** What a term is judged by, and who is told. */
export interface TenureOptions {
  readonly delivery: Pick<Delivery, 'status'>;
  readonly supervisor: Pick<Supervisor, 'isReading' | 'heardAtMs'>;
  readonly leadership: Pick<Leadership, 'giveBack'>;
  /** Whether another replica is known to stand by; may reject. Asked when this one is of no use. */
  readonly hasStandby: (signal: AbortSignal) => Promise<boolean>;
  /** Kept from term to term. */
  readonly memory: TenureMemory;
  readonly observer: TenureObserver;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
}

/** What is remembered of the term before. */
export interface TenureMemory {
  /** It was given back, and this replica has not been of use since. */
  isPatient: boolean;
}

/** Who is told that a leader gives up. */
export interface TenureObserver {
  onUseless(why: Uselessness): void;
}

/** How often it is looked. */
const LOOK_MS = 15_000;

/** Looks at whether a leader is of any use, from when it is made until it is stopped: does what `tenure-state.ts` decides. */
export class Tenure {
  readonly #options: TenureOptions;
  readonly #machine: Machine<TenureState, TenureInput, TenureCommand>;
  readonly #stop = new AbortController();
  #cancel: () => void = () => {};

  constructor(options: TenureOptions, onBug: (error: unknown) => void) {
    this.#options = options;
    this.#machine = new Machine<TenureState, TenureInput, TenureCommand>({
      initial: tenureFrom(options.clock.monotonicMs(), options.memory.isPatient),
      step: stepTenure,
      perform: (command) => this.#perform(command),
      onBug,
    });
    this.#wait();
  }

  /** Looks no more. */
  stop(): void {
    this.#cancel();
    this.#stop.abort();
  }

  #perform(command: TenureCommand): void {
    const { leadership, observer, memory } = this.#options;
    switch (command.type) {
      case 'ask':
        void this.#ask();
        return;
      case 'giveBack':
        memory.isPatient = true;
        // Without an election there is nobody to give it to.
        if (leadership.giveBack()) observer.onUseless(command.why);
        return;
      default:
        unreachable(command);
    }
  }

  async #ask(): Promise<void> {
    const { signal } = this.#stop;
    // Not known is not there: it is asked again, and given back in the end all the same.
    const isAwaited = await this.#options.hasStandby(signal).catch(() => false);
    if (!signal.aborted) this.#machine.dispatch({ type: 'answered', isAwaited });
  }

  #wait(): void {
    this.#cancel = this.#options.clock.setTimer(LOOK_MS, () => {
      this.#wait();
      this.#look();
    });
  }

  #look(): void {
    const { delivery, supervisor, memory, clock } = this.#options;
    const { phase, lastAckAtMs, takenAtMs } = delivery.status;
    this.#machine.dispatch({
      type: 'looked',
      nowMs: clock.monotonicMs(),
      // A request of which the platform takes more and more is on its way to be confirmed.
      confirmedAtMs: takenAtMs === undefined ? lastAckAtMs : Math.max(takenAtMs, lastAckAtMs ?? 0),
      isFenced: phase === 'fenced',
      isReading: hasSession(phase) && supervisor.isReading,
      heardAtMs: supervisor.heardAtMs,
    });
    const { state } = this.#machine;
    if (state.phase === 'serving') memory.isPatient = state.isPatient;
  }
}
