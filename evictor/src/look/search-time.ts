import type { Clock } from '@castai/shared/async/clock.ts';

/** What is counted of a pause between two questions. In a longer one the machine slept, or others had it. */
const LONGEST_PAUSE_MS = 1_000;

/**
 * The time of one search. It runs from the first question on, whatever came before; and what passes while nothing is asked is counted up to a
 * second: a machine that stood still has taken nothing from the search.
 */
export class SearchTime {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #leftMs: number;
  #askedAtMs: number | undefined;

  constructor(clock: Pick<Clock, 'monotonicMs'>, ms: number) {
    this.#clock = clock;
    this.#leftMs = ms;
  }

  /** Whether there is any; the first question starts it. */
  get isLeft(): boolean {
    const nowMs = this.#clock.monotonicMs();
    this.#leftMs -= Math.min(nowMs - (this.#askedAtMs ?? nowMs), LONGEST_PAUSE_MS);
    this.#askedAtMs = nowMs;
    return this.#leftMs > 0;
  }
}
