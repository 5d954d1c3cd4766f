interface Waiting {
  readonly feedId: number;
  readonly go: () => void;
}

/**
 * Where watches wait that may not be read on. What they do not read waits at the API server, at first in the buffers of the connection,
 * then in its history: it loses nothing that dropping what waits here would not lose sooner.
 */
export class ReadingGate {
  readonly #mayRead: (feedId: number) => boolean;
  readonly #waiting = new Set<Waiting>();

  constructor(mayRead: (feedId: number) => boolean) {
    this.#mayRead = mayRead;
  }

  /** Undefined when the feed may be read on; otherwise resolves when it may, or when the signal aborts. */
  wait(feedId: number, signal: AbortSignal): Promise<void> | undefined {
    if (signal.aborted || this.#mayRead(feedId)) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting: Waiting = {
      feedId,
      go: () => {
        this.#waiting.delete(waiting);
        signal.removeEventListener('abort', waiting.go);
        resolve();
      },
    };
    this.#waiting.add(waiting);
    signal.addEventListener('abort', waiting.go, { once: true });
    return promise;
  }

  /** Lets go on who may. To be called when something has left. */
  open(): void {
    for (const { feedId, go } of this.#waiting) if (this.#mayRead(feedId)) go();
  }
}
