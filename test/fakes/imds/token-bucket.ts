import type { Clock } from '@castai/shared/async/clock.ts';

/** So many requests per second, and as many at once at most. */
export class TokenBucket {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #perSecond: () => number;
  #tokens: number;
  #filledAtMs: number;

  constructor(clock: Pick<Clock, 'monotonicMs'>, perSecond: () => number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#tokens = perSecond();
    this.#filledAtMs = clock.monotonicMs();
  }

  /** Whether this request still fits. */
  take(): boolean {
    const limit = this.#perSecond();
    if (limit === Infinity) return true;
    const nowMs = this.#clock.monotonicMs();
    this.#tokens = Math.min(limit, this.#tokens + ((nowMs - this.#filledAtMs) / 1000) * limit);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
