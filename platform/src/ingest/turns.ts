/** Work that takes turns: of one key one at a time, in the order in which it came; other keys do not wait. */
export class Turns {
  /** The end of the last work of each key that has any. */
  readonly #last = new Map<string, Promise<void>>();

  /** Does `work` as soon as all work of this key that came before has ended, well or badly. */
  async take<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key);
    const { promise: end, resolve: finish } = Promise.withResolvers<void>();
    this.#last.set(key, end);
    try {
      await before;
      return await work();
    } finally {
      finish();
      if (this.#last.get(key) === end) this.#last.delete(key);
    }
  }

  /** Keys that somebody works on, or waits for. */
  get size(): number {
    return this.#last.size;
  }
}
