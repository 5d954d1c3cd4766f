/**
 * Lets so much be under way at once, and the others wait for their turn, first come first served. For whoever has many parts that each ask the
 * same server: by themselves they would be on thousands of connections at once.
 */
export class Turns {
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Does the work when its turn comes. Rejects with what the work throws; with the signal's reason when it is over before, and then nothing was begun. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(signal);
    try {
      return await work();
    } finally {
      this.#passOn();
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (): void => {
      this.#waiting.delete(begin);
      reject(signal.reason);
    };
    const begin = (): void => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    };
    this.#waiting.add(begin);
    signal.addEventListener('abort', giveUp, { once: true });
    return promise;
  }

  #passOn(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
