import type { WireCursor } from '@castai/shared/kube/protobuf/wire-cursor.ts';
import type { Write } from './write-values.ts';

/** Longer ones are seldom the same. An image by its digest has some 150 bytes. */
const LONGEST = 256;
/** A power of two. At some 400 bytes each they take about a megabyte when all are in use. */
const SLOTS = 2048;

/** What was made of the bytes of a value. */
interface Made {
  /** Who made it: the same bytes mean something else elsewhere. */
  readonly by: object;
  /** The value as it came, then its JSON. */
  readonly bytes: Uint8Array;
  readonly valueBytes: number;
}

/** One table for all shapes, in which a newer one takes the place of an older one: for each of them one that is large enough would be many. */
const TABLE = Array.from<Made | undefined>({ length: SLOTS });

/**
 * Writes values of which the same few come again and again, reasons, images, quantities, times: what was made of one is found by its bytes,
 * without making a text of them. `jsonOf` reads one, whose length comes next, and gives its JSON; undefined: nothing of it may leave.
 */
export function recurring(jsonOf: (cursor: WireCursor) => string | undefined): Write {
  const by = { seed: nextSeed() };
  return (cursor, out) => {
    const begin = cursor.at;
    const end = cursor.end();
    const valueBegin = cursor.at;
    const { source } = cursor;
    if (end - valueBegin > LONGEST) {
      cursor.at = begin;
      const json = jsonOf(cursor);
      if (json !== undefined) out.json(json);
      return json !== undefined;
    }
    const hash = hashOf(source, valueBegin, end) ^ by.seed;
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    let made = TABLE[slot];
    if (made?.by !== by || made.valueBytes !== end - valueBegin || !isValue(made, source, valueBegin)) {
      cursor.at = begin;
      made = makeOne(by, source.subarray(valueBegin, end), jsonOf(cursor) ?? '');
      TABLE[slot] = made;
    }
    cursor.at = end;
    const { bytes, valueBytes } = made;
    if (bytes.length === valueBytes) return false;
    out.bytesFrom(bytes, valueBytes);
    return true;
  };
}

/** A copy in memory of its own: a small Buffer that is kept would keep a block of Node's pool, 64 KiB each in the worst case. */
function makeOne(by: object, value: Uint8Array, json: string): Made {
  const valueBytes = value.length;
  const text = Buffer.from(json);
  const bytes = new Uint8Array(valueBytes + text.length);
  bytes.set(value);
  bytes.set(text, valueBytes);
  return { by, bytes, valueBytes };
}

function hashOf(source: Uint8Array, begin: number, end: number): number {
  let hash = end - begin;
  for (let index = begin; index < end; index += 1) hash = (Math.imul(hash, 31) + (source[index] ?? 0)) | 0;
  return hash;
}

function isValue({ bytes, valueBytes }: Made, source: Uint8Array, begin: number): boolean {
  for (let index = 0; index < valueBytes; index += 1) if (bytes[index] !== source[begin + index]) return false;
  return true;
}

let seeds = 0;
/** Spreads the same bytes of different shapes over the table. */
const nextSeed = (): number => Math.imul((seeds += 1), 0x9e3779b1);
