import type { Clock } from '@castai/shared/async/clock.ts';

/** What is counted of a pause between two questions. In a longer one the machine slept, or others had it. */
const LONGEST_PAUSE_MS = 1_000;
/** Of its time a search has this much in any case, however long what comes before it takes. */
const LEAST_SHARE = 0.25;

/**
 * The time of one look. It runs from the beginning, because what comes before a search takes seconds in a large cluster; but a search that would
 * have none left gets a part of it: otherwise a slow machine would never find anything. What passes while nothing is asked is counted up
 * to a second: a machine that stood still has taken nothing from the search.
 */
export class SearchTime {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #leastMs: number;
  #leftMs: number;
  #askedAtMs: number;
  #isSearching = false;

  /** `ms`: from now until the search is to end. */
  constructor(clock: Pick<Clock, 'monotonicMs'>, ms: number) {
    this.#clock = clock;
    this.#leftMs = ms;
    this.#leastMs = ms * LEAST_SHARE;
    this.#askedAtMs = clock.monotonicMs();
  }

  /** Counts what has passed; to be called now and then before the search. */
  tick(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#leftMs -= Math.min(nowMs - this.#askedAtMs, LONGEST_PAUSE_MS);
    this.#askedAtMs = nowMs;
  }

  /** Whether the search has any. */
  get isLeft(): boolean {
    this.tick();
    if (!this.#isSearching) this.#leftMs = Math.max(this.#leftMs, this.#leastMs);
    this.#isSearching = true;
    return this.#leftMs > 0;
  }
}
