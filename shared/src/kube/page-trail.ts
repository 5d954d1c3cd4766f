import { KubeError } from './kube-error.ts';

/**
 * Tells when the pages of a list go round in a circle, as those of a server do that does not know its own continue tokens: every page is
 * followed by another one, and the list never ends: a snapshot does not give its place in the queue back, a drain collects without end. A list names each object
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

  /**
   * Takes a page that another one follows, by its first object and that one's token. Throws `KUBE_STREAM_BROKEN` where it was there before: a server
   * whose pages have no objects may only be told by its tokens.
   */
  goOn(first: string, token: string): void {
    if (!this.leadsBack(first || token)) return;
    throw new KubeError(
      'KUBE_STREAM_BROKEN',
      'the API server sent a page of the list for the second time, with more to follow',
    );
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
