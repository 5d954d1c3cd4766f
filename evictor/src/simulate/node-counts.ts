/**
 * How many pods of some kind nodes have, without those that have none: a term is about a few pods on a few nodes, and clusters have thousands of
 * terms and thousands of nodes.
 */
export class NodeCounts {
  readonly #counts = new Map<number, number>();

  /** The index of a node for each of the pods; what is below zero is no node. */
  constructor(indices: Iterable<number>) {
    for (const index of indices) if (index >= 0) this.#counts.set(index, this.on(index) + 1);
  }

  /** How many a node has. */
  on(index: number): number {
    return this.#counts.get(index) ?? 0;
  }

  /** The nodes that have any, with their number. */
  [Symbol.iterator](): IterableIterator<[index: number, count: number]> {
    return this.#counts.entries();
  }
}
