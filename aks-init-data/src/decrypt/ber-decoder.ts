/** One element of a BER encoding (ITU-T X.690): either bytes, or elements. */
export type BerElement = BerPrimitive | BerConstructed;

/** An element that holds bytes. They are a view of the input, not a copy. */
export interface BerPrimitive {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** An element that holds others. */
export interface BerConstructed {
  readonly tag: number;
  readonly children: readonly BerElement[];
}

/** The input is no BER encoding that we accept. Says nothing about what it holds. */
export class BerError extends Error {
  override readonly name = 'BerError';
}

/** The tags that CMS needs: identifier octets as they are on the wire. */
export const TAG = {
  integer: 0x02,
  octetString: 0x04,
  octetStringConstructed: 0x24,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
  context0: 0x80,
  context0Constructed: 0xa0,
  context1Constructed: 0xa1,
  context2Constructed: 0xa2,
} as const;

const CONSTRUCTED = 0x20;
const INDEFINITE = 0x80;
/** CMS nests nine deep; more is an attack on the stack. */
const MAX_DEPTH = 16;
const MAX_LENGTH_BYTES = 4;
/** A 1 MiB content in segments of 1 kB is a thousand elements; more than this is an attack on the heap. */
const MAX_ELEMENTS = 20_000;

/**
 * Decodes exactly one element, definite or indefinite lengths, and refuses everything after it.
 *
 * Ours, because it runs next to key material: the grammar that CMS needs is tiny, and the parsers of the registry bring up
 * to nine packages or have had advisories about exactly this. Throws `BerError`.
 */
export function decodeBer(bytes: Uint8Array): BerElement {
  const cursor = { bytes, offset: 0, elements: 0 };
  const element = readElement(cursor, { end: bytes.length, depth: 0 });
  if (cursor.offset !== bytes.length) throw new BerError('there are bytes after the end');
  return element;
}

/** Dotted form of an object identifier. Throws `BerError` when it is none. */
export function decodeOid(content: Uint8Array): string {
  const last = content.at(-1);
  if (last === undefined || last >= 0x80 || content.length > 32) throw new BerError('not an object identifier');
  const arcs: number[] = [];
  let arc = 0;
  let isFirstByteOfArc = true;
  for (const byte of content) {
    if ((isFirstByteOfArc && byte === 0x80) || arc > 2 ** 40) throw new BerError('not an object identifier');
    arc = arc * 128 + (byte & 0x7f);
    isFirstByteOfArc = byte < 0x80;
    if (!isFirstByteOfArc) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [head = 0, ...tail] = arcs;
  const root = Math.min(2, Math.floor(head / 40));
  return [root, head - root * 40, ...tail].join('.');
}

interface Cursor {
  readonly bytes: Uint8Array;
  offset: number;
  elements: number;
}

interface Bounds {
  /** First offset that does not belong to the parent. */
  readonly end: number;
  readonly depth: number;
}

function readElement(cursor: Cursor, { end, depth }: Bounds): BerElement {
  if (depth > MAX_DEPTH) throw new BerError('nested too deep');
  cursor.elements += 1;
  if (cursor.elements > MAX_ELEMENTS) throw new BerError('too many elements');
  const tag = readByte(cursor, end);
  if (tag === 0 || (tag & 0x1f) === 0x1f) throw new BerError('a tag that CMS does not have');
  const isConstructed = (tag & CONSTRUCTED) !== 0;
  const length = readLength(cursor, end);
  if (length === undefined) {
    if (!isConstructed) throw new BerError('a primitive of indefinite length');
    return { tag, children: readUntilEnd(cursor, { end, depth }) };
  }
  const contentEnd = cursor.offset + length;
  if (contentEnd > end) throw new BerError('truncated');
  if (isConstructed) return { tag, children: readChildren(cursor, { end: contentEnd, depth }) };
  const content = cursor.bytes.subarray(cursor.offset, contentEnd);
  cursor.offset = contentEnd;
  return { tag, content };
}

function readChildren(cursor: Cursor, { end, depth }: Bounds): BerElement[] {
  const children: BerElement[] = [];
  while (cursor.offset < end) children.push(readElement(cursor, { end, depth: depth + 1 }));
  return children;
}

/** Elements up to the two zero bytes that end an indefinite length. */
function readUntilEnd(cursor: Cursor, { end, depth }: Bounds): BerElement[] {
  const children: BerElement[] = [];
  for (;;) {
    if (cursor.offset + 2 > end) throw new BerError('truncated');
    if (cursor.bytes[cursor.offset] === 0) {
      if (cursor.bytes[cursor.offset + 1] !== 0) throw new BerError('a broken end of contents');
      cursor.offset += 2;
      return children;
    }
    children.push(readElement(cursor, { end, depth: depth + 1 }));
  }
}

/** Length in bytes; `undefined` for an indefinite one. */
function readLength(cursor: Cursor, end: number): number | undefined {
  const first = readByte(cursor, end);
  if (first < 0x80) return first;
  if (first === INDEFINITE) return undefined;
  const count = first & 0x7f;
  if (count > MAX_LENGTH_BYTES) throw new BerError('a length of more than four bytes');
  let length = 0;
  for (let index = 0; index < count; index += 1) length = length * 256 + readByte(cursor, end);
  return length;
}

function readByte(cursor: Cursor, end: number): number {
  const byte = cursor.offset < end ? cursor.bytes[cursor.offset] : undefined;
  if (byte === undefined) throw new BerError('truncated');
  cursor.offset += 1;
  return byte;
}
