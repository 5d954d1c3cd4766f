/**
 * Some nodes of a placement by their indices, a bit for each: thousands of kinds of pods remember which of thousands of nodes take them, and lists of
 * those would need a multiple of what is known of the cluster. Never changes.
 */
export class NodeSet {
  /** How many there are. */
  readonly size: number;
  readonly #words: Uint32Array;

  /** Those of the first `count` indices that are in it. */
  static where(count: number, isIn: (index: number) => boolean): NodeSet {
    const words = new Uint32Array(Math.ceil(count / 32));
    for (let index = 0; index < count; index += 1) if (isIn(index)) add(words, index);
    return new NodeSet(words);
  }

  private constructor(words: Uint32Array) {
    this.#words = words;
    let size = 0;
    for (let word of words) for (; word !== 0; word &= word - 1) size += 1;
    this.size = size;
  }

  /** Those that are kept, each asked once, in the order of the indices; this set itself where all are. */
  filter(isKept: (index: number) => boolean): NodeSet {
    const words = new Uint32Array(this.#words.length);
    for (const index of this.list(isKept)) add(words, index);
    const kept = new NodeSet(words);
    return kept.size === this.size ? this : kept;
  }

  /** The indices in their order, those that are wanted. */
  list(isWanted: (index: number) => boolean = () => true): number[] {
    const indices: number[] = [];
    for (const [at, whole] of this.#words.entries()) {
      for (let word = whole; word !== 0; word &= word - 1) {
        const index = at * 32 + lowest(word);
        if (isWanted(index)) indices.push(index);
      }
    }
    return indices;
  }

  /** The first one that is not below `from`; behind the last comes the first. -1 where there is none. */
  next(from: number): number {
    const words = this.#words;
    const first = Math.min(from >>> 5, words.length);
    let word = (words[first] ?? 0) & (-1 << (from & 31));
    for (let at = first; at < words.length; word = words[++at] ?? 0) if (word !== 0) return at * 32 + lowest(word);
    return from > 0 ? this.next(0) : -1;
  }
}

function add(words: Uint32Array, index: number): void {
  const at = index >>> 5;
  words[at] = (words[at] ?? 0) | (1 << (index & 31));
}

/** Place of the lowest bit that is set. */
function lowest(word: number): number {
  return 31 - Math.clz32(word & -word);
}
