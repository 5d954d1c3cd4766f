/**
 * Some nodes of a placement by their indices, a bit for each: thousands of kinds of pods remember which of thousands of nodes take them, and lists of
 * those would need a multiple of what is known of the cluster. Never changes.
 */
export class NodeSet {
  static readonly NONE = NodeSet.of(0, []);
  /** How many there are. */
  readonly size: number;
  readonly #words: Uint32Array;

  /** Those of the first `count` indices that are in it. */
  static where(count: number, isIn: (index: number) => boolean): NodeSet {
    const words = new Uint32Array(Math.ceil(count / 32));
    for (let index = 0; index < count; index += 1) if (isIn(index)) add(words, index);
    return new NodeSet(words);
  }

  /** These of the first `count` indices. */
  static of(count: number, indices: Iterable<number>): NodeSet {
    const words = new Uint32Array(Math.ceil(count / 32));
    for (const index of indices) add(words, index);
    return new NodeSet(words);
  }

  private constructor(words: Uint32Array) {
    this.#words = words;
    let size = 0;
    for (let at = 0; at < words.length; at += 1) size += bitsOf(words[at] ?? 0);
    this.size = size;
  }

  /** Whether an index is in it. */
  has(index: number): boolean {
    return ((this.#words[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
  }

  /** Those that are not in another set of the same placement; this set itself where none of them is. */
  without(other: NodeSet): NodeSet {
    if (other.size === 0) return this;
    const words = this.#words.map((word, at) => word & ~(other.#words[at] ?? 0));
    const left = new NodeSet(words);
    return left.size === this.size ? this : left;
  }

  /** Those that are kept, each asked once, in the order of the indices; this set itself where all are. */
  filter(isKept: (index: number) => boolean): NodeSet {
    const words = new Uint32Array(this.#words.length);
    for (const index of this.list()) if (isKept(index)) add(words, index);
    const kept = new NodeSet(words);
    return kept.size === this.size ? this : kept;
  }

  /** The indices in their order. */
  list(): number[] {
    const indices: number[] = [];
    for (let at = 0; at < this.#words.length; at += 1)
      for (let word = this.#words[at] ?? 0; word !== 0; word &= word - 1) indices.push(at * 32 + lowest(word));
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

/** How many bits are set, added up in pairs, in fours and so on. */
function bitsOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Place of the lowest bit that is set. */
function lowest(word: number): number {
  return 31 - Math.clz32(word & -word);
}
