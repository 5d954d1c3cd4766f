/**
 * Tells when the pages of a list go round in a circle, as those of a server do that does not know its own continue tokens: every page is
 * followed by another one, the snapshot never ends, and its place in the queue is never given back. A list names each object
 * once, so no two of its pages begin with the same one.
 *
 * Remembers one page and not all: it is moved on at each power of two (Brent's algorithm), so a circle of n pages that begins after
 * m is found within 3 × (m + n).
 */
export class PageTrail {
  #kept: string | undefined;
  #steps = 0;
  #power = 1;

  /** Another list begins. */
  begin(): void {
    this.#kept = undefined;
    this.#steps = 0;
    this.#power = 1;
  }

  /** Takes the next page, by what tells it from others. Whether it was there before; then it is not taken. */
  leadsBack(page: string): boolean {
    if (page === this.#kept) return true;
    this.#steps += 1;
    if (this.#steps === this.#power) {
      this.#kept = page;
      this.#steps = 0;
      this.#power *= 2;
    }
    return false;
  }
}
