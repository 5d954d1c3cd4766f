import { ReadingGate } from './reading-gate.ts';

/**
 * Snapshots of which the platform does not have the end yet, by feed, and who waits for it. A snapshot that begins before voids what has not gone
 * out of the one before, its end included.
 */
export class EndsAwaited {
  readonly #open = new Set<number>();
  readonly #gate = new ReadingGate((feedId) => !this.#open.has(feedId));

  /** A snapshot begins. */
  begin(feedId: number): void {
    this.#open.add(feedId);
  }

  /** The platform has its end, or it is void. */
  over(feedId: number): void {
    this.#open.delete(feedId);
    this.#gate.open();
  }

  /** Undefined when no snapshot of the feed is open; otherwise resolves when it is over, or when the signal aborts. */
  wait(feedId: number, signal: AbortSignal): Promise<void> | undefined {
    return this.#gate.wait(feedId, signal);
  }

  /** The session is over: nothing is on its way any more. */
  clear(): void {
    this.#open.clear();
    this.#gate.open();
  }
}
