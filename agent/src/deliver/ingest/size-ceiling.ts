import type { Clock } from '@castai/shared/async/clock.ts';

/** How long a limit is believed in that nobody has told: whoever set it may take it away, and finding it again is a few requests. */
const KEPT_MS = 10 * 60_000;
/** Whatever is refused, smaller batches than this help nobody. */
const LOWEST_BYTES = 64 * 1024;

/**
 * The size of a batch above which somebody on the way answers 413. Nobody tells it, halving finds it: not remembered, it would be found
 * anew with every batch, and most of what is sent would be sent to be refused.
 *
 * An object that is refused for itself must not lower it. What tells is what else of the same batch is taken: where something as
 * large as what was refused goes through, it is not about the size of a batch.
 */
export class SizeCeiling {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #smallestRefused = Infinity;
  #largestTaken = 0;
  #bytes = Infinity;
  #untilMs = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Bytes of entries before compression that a batch may have; Infinity when no limit is known. */
  get bytes(): number {
    return this.#clock.monotonicMs() < this.#untilMs ? this.#bytes : Infinity;
  }

  /** So much was too large. */
  refused(bytes: number): void {
    this.#smallestRefused = Math.min(this.#smallestRefused, bytes);
  }

  /** So much was taken. */
  taken(bytes: number): void {
    this.#largestTaken = Math.max(this.#largestTaken, bytes);
  }

  /** Nothing is left of the batch: what it has told about the limit is kept. */
  settle(): void {
    const isLimit = this.#largestTaken > 0 && this.#largestTaken < this.#smallestRefused;
    if (isLimit && this.#smallestRefused < Infinity) {
      // The limit lies between the two. What was taken may be small for another reason, so the middle is tried before it.
      this.#bytes = Math.max(LOWEST_BYTES, this.#largestTaken, Math.floor(this.#smallestRefused / 2));
      this.#untilMs = this.#clock.monotonicMs() + KEPT_MS;
    }
    this.forget();
  }

  /** The batch was given up: what it has told so far is half the story. */
  forget(): void {
    this.#smallestRefused = Infinity;
    this.#largestTaken = 0;
  }
}
