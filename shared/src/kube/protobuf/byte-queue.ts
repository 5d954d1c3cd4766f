/** A watch of a quiet kind gets a bookmark a minute, and there are as many watches as kinds. */
const LEAST_BYTES = 8 * 1024;
/** Room for a chunk of the network and what is left of the one before. More is given back when it is not needed any more. */
const USUAL_BYTES = 256 * 1024;

const NOTHING = Buffer.alloc(0);

/** `end`: how many bytes from here it ends; -1: not within the bytes that are there. */
const VARINT = { value: 0, end: -1 };

/**
 * Bytes that have arrived and are not taken yet, in memory of its own that is used again and again. What is taken is a view of that memory and
 * stays as it is until more is pushed; nothing keeps the chunks themselves alive, which are the network's and wait for the collector of garbage.
 */
export class ByteQueue {
  #bytes = NOTHING;
  #begin = 0;
  #end = 0;

  /** How many are there. */
  get length(): number {
    return this.#end - this.#begin;
  }

  /** Adds a chunk. What was taken before is void from now on. */
  push(chunk: Uint8Array): void {
    // From the beginning again wherever that costs no copy: what was never written to takes no memory.
    if (this.#begin === this.#end) this.#begin = this.#end = 0;
    this.#makeRoom(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The first bytes, as many as are there up to `count`, which stay. */
  peek(count: number): Buffer {
    return this.#bytes.subarray(this.#begin, Math.min(this.#begin + count, this.#end));
  }

  /** Takes `count` bytes, or as many as are there. */
  take(count: number): Buffer {
    const taken = this.peek(count);
    this.#begin += taken.length;
    return taken;
  }

  /** Passes `count` bytes by, or as many as are there. */
  drop(count: number): void {
    this.#begin = Math.min(this.#begin + count, this.#end);
  }

  /** A number of at most five bytes that begins `offset` bytes from here, and where it ends: overwritten by the next. */
  varint(offset: number): Readonly<typeof VARINT> {
    let [value, at] = [0, this.#begin + offset];
    VARINT.end = -1;
    for (let shift = 0; shift < 35 && at < this.#end; shift += 7) {
      const byte = this.#bytes[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      // More than 32 bits are none of a tag or a length: as long as it goes, it never ends.
      if (shift === 28 && byte > 0x0f) break;
      VARINT.end = at - this.#begin;
      break;
    }
    VARINT.value = value >>> 0;
    return VARINT;
  }

  #makeRoom(more: number): void {
    const needed = this.length + more;
    const isTooLarge = this.#bytes.length > USUAL_BYTES && needed <= USUAL_BYTES / 2;
    if (this.#end + more <= this.#bytes.length && !isTooLarge) return;
    const into =
      needed <= this.#bytes.length && !isTooLarge
        ? this.#bytes
        : Buffer.allocUnsafeSlow(Math.max(LEAST_BYTES, needed * 2));
    this.#bytes.copy(into, 0, this.#begin, this.#end);
    this.#end = this.length;
    this.#begin = 0;
    this.#bytes = into;
  }
}
