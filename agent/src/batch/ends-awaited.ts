/**
 * Snapshots of which the platform does not have the end yet, by feed, and who waits for it. A snapshot that begins before voids what has not gone
 * out of the one before, its end included.
 */
export class EndsAwaited {
  readonly #open = new Set<number>();
  readonly #waiting = new Map<number, () => void>();

  /** A snapshot begins. */
  begin(feedId: number): void {
    this.#open.add(feedId);
  }

  /** The platform has its end, or it is void. */
  over(feedId: number): void {
    this.#open.delete(feedId);
    this.#waiting.get(feedId)?.();
    this.#waiting.delete(feedId);
  }

  /** Undefined when no snapshot of the feed is open; otherwise resolves when it is over, or when the signal aborts. One waits for each feed. */
  wait(feedId: number, signal: AbortSignal): Promise<void> | undefined {
    if (!this.#open.has(feedId)) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(feedId, resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    return promise;
  }

  /** The session is over: nothing is on its way any more. */
  clear(): void {
    for (const feedId of this.#open) this.over(feedId);
  }
}
