/** How often tests may be sent to an endpoint: whoever reaches the page, or a script that does, must not make the platform a hammer. */
import type { Clock } from '@castai/shared/async/clock.ts';

/** So many one after the other, for whoever mends a receiver and tries again. */
const TESTS_AT_ONCE = 5;
/** Then one each so often, ms. */
const TEST_EVERY_MS = 10_000;

interface Tested {
  isRunning: boolean;
  /** When everything that was sent has been waited for, in monotonic ms. */
  restedAtMs: number;
}

/** Counts them, by endpoint. */
export class TestLimit {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** Those that still have to rest, or are sent to. */
  readonly #tested = new Map<string, Tested>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Begins a test: 0, and `end` has to follow. Otherwise how long to wait, ms, and nothing was begun. */
  begin(endpoint: string): number {
    const nowMs = this.#clock.monotonicMs();
    this.#forgetRested(nowMs);
    const { isRunning, restedAtMs } = this.#tested.get(endpoint) ?? { isRunning: false, restedAtMs: nowMs };
    const waitMs = restedAtMs - nowMs - (TESTS_AT_ONCE - 1) * TEST_EVERY_MS;
    if (waitMs > 0) return waitMs;
    if (isRunning) return TEST_EVERY_MS;
    this.#tested.set(endpoint, { isRunning: true, restedAtMs: Math.max(restedAtMs, nowMs) + TEST_EVERY_MS });
    return 0;
  }

  /** It has ended, in whatever way. */
  end(endpoint: string): void {
    const tested = this.#tested.get(endpoint);
    if (tested !== undefined) tested.isRunning = false;
  }

  #forgetRested(nowMs: number): void {
    for (const [endpoint, { isRunning, restedAtMs }] of this.#tested) {
      if (!isRunning && restedAtMs <= nowMs) this.#tested.delete(endpoint);
    }
  }
}
