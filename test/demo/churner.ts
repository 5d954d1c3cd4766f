import { setTimeout as sleep } from 'node:timers/promises';

/** Calls for changes at a steady pace, one at a time, until told otherwise. */
export class Churner {
  readonly #change: (count: number) => Promise<void>;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(change: (count: number) => Promise<void>) {
    this.#change = change;
  }

  /** Changes at this pace from now on; 0 stops. Settles when the pace before has come to its end; rejects if it failed. */
  async run(perSecond: number): Promise<void> {
    this.#stop.abort();
    const before = this.#running;
    this.#stop = new AbortController();
    this.#running = perSecond > 0 ? this.#keepOn(perSecond, this.#stop.signal) : Promise.resolve();
    // Looked at when the next pace is asked for.
    this.#running.catch(() => undefined);
    await before;
  }

  async #keepOn(perSecond: number, signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    for (let done = 0; !signal.aborted;) {
      // By the time that has passed: a server that is slow for a moment is made up for.
      const due = Math.min(Math.floor(((performance.now() - startedAt) * perSecond) / 1000) - done, perSecond);
      if (due > 0) await this.#change(due);
      done += due;
      await sleep(20, undefined, { signal }).catch(() => undefined);
    }
  }
}
