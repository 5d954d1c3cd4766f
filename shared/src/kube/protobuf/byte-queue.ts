/** Bytes that have arrived and are not taken yet, in the chunks in which they came: what spans chunks is put together once, when all of it is there. */
export class ByteQueue {
  #chunks: Buffer[] = [];
  #length = 0;

  /** How many are there. */
  get length(): number {
    return this.#length;
  }

  /** Adds a chunk, which must not be written to from now on. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The first bytes, as many as are there up to `count`, which stay. */
  peek(count: number): Buffer {
    return this.#join(count).subarray(0, count);
  }

  /** Takes `count` bytes, which must be there. A view where they came in one chunk. */
  take(count: number): Buffer {
    const whole = this.#join(count);
    const taken = whole.subarray(0, count);
    if (whole.length <= count) this.#chunks.shift();
    else this.#chunks[0] = whole.subarray(count);
    this.#length -= taken.length;
    return taken;
  }

  /** Brings the first bytes together in one chunk, and gives it: it holds more than `count`, unless fewer are there. */
  #join(count: number): Buffer {
    const first = this.#chunks[0] ?? NOTHING;
    if (first.length >= count || this.#chunks.length < 2) return first;
    const many = chunksFor(this.#chunks, count);
    const joined = Buffer.concat(this.#chunks.slice(0, many));
    this.#chunks.splice(0, many, joined);
    return joined;
  }
}

const NOTHING = Buffer.alloc(0);

/** How many chunks hold the first `count` bytes. */
function chunksFor(chunks: readonly Buffer[], count: number): number {
  let [many, bytes] = [0, 0];
  for (const { length } of chunks) {
    if (bytes >= count) break;
    bytes += length;
    many += 1;
  }
  return many;
}
