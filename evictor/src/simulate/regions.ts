import type { Reach } from './crowd.ts';

/**
 * Groups of pods that may meet, over any number of steps, are one region: want of room is a matter of it alone. Groups that leave a node
 * together are in one region as well, and those whose pods share a budget.
 */
export class Regions {
  readonly #parents = new Map<number, number>();

  /** `together`: the groups of each node's pods, and of each budget's. */
  constructor(together: readonly (readonly number[])[], reach: Pick<Reach, 'overlap'>) {
    const all = [...new Set(together.flat())];
    for (const [index, a] of all.entries()) {
      for (const b of all.slice(index + 1)) if (reach.overlap(a, b)) this.#join(a, b);
    }
    for (const [first, ...rest] of together) {
      for (const other of rest) if (first !== undefined) this.#join(first, other);
    }
  }

  /** The region of a group. */
  of(group: number): number {
    let region = group;
    for (let parent = this.#parents.get(region); parent !== undefined; parent = this.#parents.get(region))
      region = parent;
    return region;
  }

  #join(a: number, b: number): void {
    const [from, to] = [this.of(a), this.of(b)];
    if (from !== to) this.#parents.set(from, to);
  }
}
