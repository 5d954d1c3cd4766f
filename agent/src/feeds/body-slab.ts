import type { JsonObject } from '@castai/shared/kube/kube-object.ts';
import { giveBack } from '@castai/shared/wire/ingest/give-back.ts';
import type { Entry, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';

/**
 * One block of a slab, in bytes; a page of 250 pods fills about two. A block is freed with its last body: of larger ones more would wait for
 * that, and the last one of each feed, which is never full, would be more.
 */
const BLOCK_BYTES = 256 * 1024;

/** A block, and what of it may still be read. */
interface Block {
  readonly bytes: Buffer;
  /** Bodies that were written, and of those where the ones begin that were given back: what waits costs nothing here, and that is most of the time most of them. */
  written: number;
  readonly givenBack: Set<number>;
  /** No more is written into it. */
  isFull: boolean;
}

/** Blocks by their memory. A block that somebody forgets to give back is collected like anything else. */
const BLOCKS = new WeakMap<ArrayBufferLike, Block>();

/**
 * Writes JSON bodies into blocks of its own.
 *
 * Bodies outlive the turn of the event loop, and a small `Buffer.from` would pin a whole 64 KiB pool block each: 14 times its
 * size, measured on Node 24. The bodies of one snapshot are sent in the order in which they are written, so they share blocks.
 */
export class BodySlab {
  #block = newBlock(0);
  #used = 0;

  /** The bytes of one object. They stay valid until `giveBackBody`; their block is freed when all bodies in it are given back. */
  write(object: JsonObject): Uint8Array {
    const text = JSON.stringify(object);
    // One UTF-16 unit is at most three bytes: a cheap bound that makes counting the bytes first unnecessary.
    return this.#take(text.length * 3, (bytes, start) => bytes.write(text, start));
  }

  /** The same for one that is JSON already: copied. */
  copy(json: Uint8Array): Uint8Array {
    return this.#take(json.length, (bytes, start) => {
      bytes.set(json, start);
      return json.length;
    });
  }

  #take(bound: number, fill: (bytes: Buffer, start: number) => number): Uint8Array {
    if (this.#block.bytes.length - this.#used < bound) {
      this.#block.isFull = true;
      freeIfUnused(this.#block);
      this.#block = newBlock(Math.max(BLOCK_BYTES, bound));
      this.#used = 0;
    }
    const { bytes } = this.#block;
    const start = this.#used;
    this.#used += fill(bytes, start);
    this.#block.written += 1;
    return bytes.subarray(start, this.#used);
  }
}

/** The bytes of one object in memory of their own, for bodies that live and die alone. */
export function loneBody(object: JsonObject): Uint8Array {
  const text = JSON.stringify(object);
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

/** The same for one that is JSON already: copied. */
export function loneCopy(json: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(json.length);
  bytes.set(json);
  return bytes;
}

/** Nobody reads this body any more: it was packed. Once or more often; what has no memory of its own is left alone. */
export function giveBackBody(body: Uint8Array): void {
  const block = BLOCKS.get(body.buffer);
  if (block === undefined) {
    giveBack(body);
    return;
  }
  block.givenBack.add(body.byteOffset);
  freeIfUnused(block);
}

/**
 * Nobody reads the bodies of these entries any more: they were packed. The entries stay until the platform has answered, each without the view
 * of its body's memory, which takes a fifth of what an entry takes of V8's heap.
 */
export function giveBackBodies(entries: readonly Entry[]): void {
  for (const entry of entries) {
    if (entry.type !== 'upsert' || entry.body.length === 0) continue;
    giveBackBody(entry.body);
    const given: { -readonly [Key in keyof Upsert]: Upsert[Key] } = entry;
    given.body = GIVEN_BACK;
  }
}

/** Stands for every body that was given back: whoever encodes it all the same is told, as of one that is. */
const GIVEN_BACK = new Uint8Array(1);
giveBack(GIVEN_BACK);

function newBlock(bytes: number): Block {
  const block = { bytes: Buffer.allocUnsafeSlow(bytes), written: 0, givenBack: new Set<number>(), isFull: false };
  BLOCKS.set(block.bytes.buffer, block);
  return block;
}

function freeIfUnused({ bytes, written, givenBack, isFull }: Block): void {
  if (isFull && givenBack.size === written) giveBack(bytes);
}
