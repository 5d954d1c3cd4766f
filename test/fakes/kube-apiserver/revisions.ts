/**
 * The counter behind every resourceVersion: one for the whole server, as with one etcd. Inside it is a small number;
 * printed it may start beyond 2^53, so that a client which makes numbers of it fails visibly.
 */
export class Revisions {
  readonly #base: bigint;
  #current: number;

  /** `base` is added to every printed resourceVersion. */
  constructor(base = 0n) {
    this.#base = base;
    this.#current = 1;
  }

  /** The newest revision. */
  get current(): number {
    return this.#current;
  }

  /** Counts one change and gives its revision. */
  next(): number {
    this.#current += 1;
    return this.#current;
  }

  /** Counts as many changes that are none of ours: others write as well. */
  skip(count: number): void {
    this.#current += count;
  }

  /** Goes back to an earlier revision, as after a restored backup. */
  rewind(revision: number): void {
    this.#current = revision;
  }

  /** The resourceVersion that clients see. */
  format(revision: number): string {
    return (this.#base + BigInt(revision)).toString();
  }

  /** The revision that a client means, possibly one of the future; undefined when the text is not a decimal number. */
  parse(text: string): number | undefined {
    if (!/^\d+$/u.test(text)) return undefined;
    return Number(BigInt(text) - this.#base);
  }
}
