/**
 * Tells that something is to be done when whoever brings it has finished, once for all that is brought until then. Whoever hears that something waits may
 * cut a batch at once, and what is handed in together belongs together: the end of a feed's old changes and the begin of its snapshot, for one.
 */
export class TellSoon {
  readonly #onTold: () => void;
  #isTelling = false;

  constructor(onTold: () => void) {
    this.#onTold = onTold;
  }

  /** Something was brought. */
  tell(): void {
    if (!this.#isTelling) void this.#tellLater();
  }

  async #tellLater(): Promise<void> {
    this.#isTelling = true;
    await Promise.resolve();
    this.#isTelling = false;
    this.#onTold();
  }
}
