import type { Clock } from '@castai/shared/async/clock.ts';
import { Machine } from '@castai/shared/async/machine.ts';
import type { Leadership } from '@castai/shared/lead/leadership.ts';
import type { Supervisor } from '../feeds/supervisor.ts';
import type { Delivery, DeliveryPhase } from './delivery.ts';
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
  readonly observer: TenureObserver;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
}

/** Who is told that a leader gives up. */
export interface TenureObserver {
  onUseless(why: Uselessness): void;
}

/** How often it is looked. */
const LOOK_MS = 15_000;
const HAS_SESSION = new Set<DeliveryPhase>(['ready', 'sending', 'holding']);

/** Looks at whether a leader is of any use, from when it is made until it is stopped: does what `tenure-state.ts` decides. */
export class Tenure {
  readonly #options: TenureOptions;
  readonly #machine: Machine<TenureState, TenureInput, TenureCommand>;
  #cancel: () => void = () => {};

  constructor(options: TenureOptions, onBug: (error: unknown) => void) {
    this.#options = options;
    this.#machine = new Machine<TenureState, TenureInput, TenureCommand>({
      initial: tenureFrom(options.clock.monotonicMs()),
      step: stepTenure,
      perform: ({ why }) => {
        // Without an election there is nobody to give it to.
        if (options.leadership.giveBack()) options.observer.onUseless(why);
      },
      onBug,
    });
    this.#wait();
  }

  /** Looks no more. */
  stop(): void {
    this.#cancel();
  }

  #wait(): void {
    this.#cancel = this.#options.clock.setTimer(LOOK_MS, () => {
      this.#wait();
      this.#look();
    });
  }

  #look(): void {
    const { delivery, supervisor, clock } = this.#options;
    const { phase, lastAckAtMs, takenAtMs } = delivery.status;
    this.#machine.dispatch({
      type: 'looked',
      nowMs: clock.monotonicMs(),
      // A request of which the platform takes more and more is on its way to be confirmed.
      confirmedAtMs: takenAtMs === undefined ? lastAckAtMs : Math.max(takenAtMs, lastAckAtMs ?? 0),
      isFenced: phase === 'fenced',
      isReading: HAS_SESSION.has(phase) && supervisor.isReading,
      heardAtMs: supervisor.heardAtMs,
    });
  }
}
