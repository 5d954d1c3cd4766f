import { type Clock, systemClock } from '../src/async/clock.ts';

/**
 * A clock on which everything takes a fraction of the time that it says: what waits for minutes is seen in seconds, in the
 * whole program and with real connections. Limits that libraries keep by themselves, such as undici's, stay what they are.
 */
export class HastyClock implements Clock {
  readonly #factor: number;
  readonly #wall: 'hasty' | 'real';
  readonly #startedAt = systemClock.now();
  readonly #startedMs = systemClock.monotonicMs();

  /** `factor` of 20: a minute passes in three seconds. `wall`: whether the wall clock runs ahead as well, or stays that of everybody else. */
  constructor(factor: number, wall: 'hasty' | 'real' = 'hasty') {
    this.#factor = factor;
    this.#wall = wall;
  }

  now(): number {
    if (this.#wall === 'real') return systemClock.now();
    return Math.round(this.#startedAt + this.#elapsedMs());
  }

  monotonicMs(): number {
    return this.#startedMs + this.#elapsedMs();
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return systemClock.sleep(ms / this.#factor, signal);
  }

  setTimer(ms: number, fire: () => void): () => void {
    return systemClock.setTimer(ms / this.#factor, fire);
  }

  #elapsedMs(): number {
    return (systemClock.monotonicMs() - this.#startedMs) * this.#factor;
  }
}
