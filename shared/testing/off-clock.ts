import type { Clock } from '../src/async/clock.ts';

/** A clock whose time of day is wrong, as on a machine that nobody has told the time; its timers are right. */
export class OffClock implements Clock {
  readonly #clock: Clock;
  readonly #aheadMs: number;

  constructor(clock: Clock, aheadMs: number) {
    this.#clock = clock;
    this.#aheadMs = aheadMs;
  }

  now(): number {
    return this.#clock.now() + this.#aheadMs;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms, signal);
  }

  setTimer(ms: number, fire: () => void): () => void {
    return this.#clock.setTimer(ms, fire);
  }
}
