import { type Clock, sleepOn } from '@castai/shared/async/clock.ts';

/**
 * What a process is to the rest of the world: it can be stopped for a while, as by a SIGSTOP or a machine that is paused. Then its timers
 * fire late and answers wait at its door, while clocks and everybody else go on.
 */
export class ModelProcess {
  /** The clock as the process sees it. */
  readonly clock: Clock;
  readonly #world: Clock;
  #thawed: Promise<void> | undefined;
  #thaw: () => void = () => {};

  constructor(world: Clock) {
    this.#world = world;
    this.clock = {
      now: () => world.now(),
      monotonicMs: () => world.monotonicMs(),
      sleep: (ms, signal) => sleepOn(this.clock, ms, signal),
      setTimer: (ms, fire) => this.#setTimer(ms, fire),
    };
  }

  /** Stops it, and lets it go on after a time. One that is stopped already stays so until the earlier time is over. */
  freeze(ms: number): void {
    if (this.#thawed !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#thawed = promise;
    const cancel = this.#world.setTimer(ms, () => this.#thaw());
    this.#thaw = () => {
      cancel();
      this.#thawed = undefined;
      resolve();
    };
  }

  /** Lets it go on now. */
  thaw(): void {
    this.#thaw();
  }

  /** An answer as the process gets it: not while it is stopped. */
  async hear<T>(answer: Promise<T>): Promise<T> {
    try {
      const value = await answer;
      await this.#thawed;
      return value;
    } catch (error) {
      await this.#thawed;
      throw error;
    }
  }

  /** A stream of answers as the process gets it. */
  async *hearAll<T>(answers: AsyncIterable<T>): AsyncGenerator<T> {
    const reader = answers[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.hear(reader.next());
        if (done === true) return;
        yield value;
      }
    } finally {
      await reader.return?.();
    }
  }

  #setTimer(ms: number, fire: () => void): () => void {
    let isOff = false;
    const cancel = this.#world.setTimer(ms, () => {
      if (this.#thawed === undefined) fire();
      else void this.#thawed.then(() => (isOff ? undefined : fire()));
    });
    return () => {
      isOff = true;
      cancel();
    };
  }
}
