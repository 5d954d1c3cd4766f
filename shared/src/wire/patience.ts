import type { Clock } from '../async/clock.ts';

/** The slowest uplink that is believed in at first. */
const SLOWEST_BYTES_PER_SECOND = 32 * 1024;
/** Down to 1 KiB/s. */
const MOST_FACTOR = 32;
/** Node counts whole milliseconds: its timers fire up to two earlier than a finer clock has it, and what failed then was overdue. */
const EARLY_MS = 5;

/**
 * How long an answer to a body may take where nobody knows how fast the line is. Any fixed time makes bodies of some size impossible to
 * deliver: each attempt at the same bytes is cut at the same place. So an attempt whose time was over doubles the time that the next one
 * is given for its bytes, and one that needed less than half of it halves it. An attempt that failed early says nothing of the line, nor
 * does a small body: a heartbeat is quick on any line, and what the slowest line would have carried in time is missing for another reason.
 *
 * The price: where the other end is gone without a word, a large body is waited for longer, up to 17 minutes for one of 1 MiB.
 */
export class Patience {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #factor = 1;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** How many times slower than usual the line may be: 1 to 32. */
  get factor(): number {
    return this.#factor;
  }

  /** Milliseconds for a body of so many bytes and its answer, beside what any answer may take. */
  allowMs(bytes: number): number {
    return (bytes / SLOWEST_BYTES_PER_SECOND) * 1000 * this.#factor;
  }

  /** The time of an attempt was over, and that there was more to carry is why. */
  timedOut(): void {
    this.#factor = Math.min(MOST_FACTOR, this.#factor * 2);
  }

  /** The time of an attempt at so many bytes was over, which was `allowedMs`. */
  overdue(bytes: number, allowedMs: number): void {
    if ((bytes / SLOWEST_BYTES_PER_SECOND) * 1000 * MOST_FACTOR > allowedMs) this.timedOut();
  }

  /** Makes an attempt at a body of so many bytes that may take `allowedMs` in all, and learns from it. Throws what it throws. */
  async learn<T extends { readonly ok: boolean }>(
    { bytes, allowedMs }: { readonly bytes: number; readonly allowedMs: number },
    attempt: () => Promise<T>,
  ): Promise<T> {
    const startedAtMs = this.#clock.monotonicMs();
    const forBytesMs = this.allowMs(bytes);
    const outcome = await attempt();
    const tookMs = this.#clock.monotonicMs() - startedAtMs;
    if (outcome.ok && tookMs < forBytesMs / 2) this.#factor = Math.max(1, this.#factor / 2);
    else if (!outcome.ok && tookMs >= allowedMs - EARLY_MS) this.overdue(bytes, allowedMs);
    return outcome;
  }
}
