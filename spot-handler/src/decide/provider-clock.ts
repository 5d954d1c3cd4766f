import type { Clock } from '@castai/shared/async/clock.ts';

/** Smaller differences are the header's whole seconds and the way. */
const TOLERANCE_MS = 5000;
/** A greater difference is no clock that is off but a header that says anything: notices would be too early or late by as much. */
const FARTHEST_MS = 24 * 3_600_000;

/** The time by the provider's clock: the times in notices are the provider's, and the clock of a machine may be an hour off. */
export class ProviderClock {
  readonly #clock: Pick<Clock, 'now'>;
  #errorMs = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** By how much the provider's clock is ahead of ours, in milliseconds; 0 while the difference does not matter. */
  get errorMs(): number {
    return this.#errorMs;
  }

  /** In milliseconds since the epoch; by our own clock as long as the provider has not said otherwise. */
  now(): number {
    return this.#clock.now() + this.#errorMs;
  }

  /** Takes what an answer said that the time is, in milliseconds since the epoch; undefined: it did not. */
  compare(hostTimeMs: number | undefined): void {
    if (hostTimeMs === undefined) return;
    const errorMs = hostTimeMs - this.#clock.now();
    // Not plausible: as if it had not been said.
    if (!(Math.abs(errorMs) <= FARTHEST_MS)) return;
    this.#errorMs = Math.abs(errorMs) < TOLERANCE_MS ? 0 : errorMs;
  }
}
