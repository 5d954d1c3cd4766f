import type { JsonObject } from '@castai/shared/kube/kube-object.ts';

/** One block of a slab; a page of 250 pods fills about one. */
const BLOCK_BYTES = 1024 * 1024;

/**
 * Writes JSON bodies into blocks of its own.
 *
 * Bodies outlive the turn of the event loop, and a small `Buffer.from` would pin a whole 64 KiB pool block each: 14 times its
 * size, measured on Node 24. The bodies of one snapshot are sent in the order in which they are written, so they share blocks.
 */
export class BodySlab {
  #block = Buffer.alloc(0);
  #used = 0;

  /** The bytes of one object. They stay valid; their block is freed when all bodies in it are. */
  write(object: JsonObject): Uint8Array {
    const text = JSON.stringify(object);
    // One UTF-16 unit is at most three bytes: a cheap bound that makes counting the bytes first unnecessary.
    const bound = text.length * 3;
    if (this.#block.length - this.#used < bound) {
      this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bound));
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += this.#block.write(text, start);
    return this.#block.subarray(start, this.#used);
  }
}

/** The bytes of one object in memory of their own, for bodies that live and die alone. */
export function loneBody(object: JsonObject): Uint8Array {
  const text = JSON.stringify(object);
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}
