import { type ExactNumber, exactNumber } from '../json/exact-number.ts';
import { KubeError } from '../kube-error.ts';

/** How the bytes of a field are to be taken: protobuf's wire types, of which the groups are not in use. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Longest text that is looked for among those that came before. */
const LONGEST_SHARED = 64;
/** What the fifth byte of a number below 2^32 holds at most. */
const LAST_BITS = 0x0f;
const SHARED_SLOTS = 4096;
/**
 * Short texts come again and again, in all kinds: names of labels, phases, types. The same one is given anew, without making it. One table for
 * all cursors: it has 32 kB, and each event of a watch needs several cursors.
 */
const SHARED = Array.from<string | undefined>({ length: SHARED_SLOTS });
const NOTHING = Buffer.alloc(0);

/**
 * A place in the bytes of a protobuf message, from which values are read. Everything that does not fit throws `KUBE_STREAM_BROKEN`.
 * It is made for one purpose, speed: pages of pods have some hundred fields a pod.
 */
export class WireCursor {
  /** Where the next value begins. */
  at = 0;
  #bytes: Buffer = NOTHING;

  /** What is read. */
  get source(): Buffer {
    return this.#bytes;
  }

  /** Goes to the beginning of other bytes. */
  open(bytes: Buffer, at = 0): void {
    this.#bytes = bytes;
    this.at = at;
  }

  /** A number that cannot be negative and is below 2^32: tags and lengths. */
  uint32(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.at++] ?? this.#ended();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      byte = bytes[this.at++] ?? this.#ended();
      value |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (shift === 28 && byte > LAST_BITS) break;
      return value >>> 0;
    }
    throw broken('a length is longer than a length may be');
  }

  /** A length and the end of what it measures, checked against the bytes that are there. */
  end(): number {
    const length = this.uint32();
    const end = this.at + length;
    if (end > this.#bytes.length) throw broken('a field is longer than its message');
    return end;
  }

  /** An int32 or int64. One that a double cannot hold comes as its text. */
  int(): number | ExactNumber {
    const bytes = this.#bytes;
    let value = 0;
    let factor = 1;
    const begin = this.at;
    for (let index = 0; index < 7; index += 1) {
      const byte = bytes[this.at++] ?? this.#ended();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    this.at = begin;
    return this.#longInt();
  }

  /** A flag. */
  bool(): boolean {
    return this.int() !== 0;
  }

  /** The text of a field: its length and as many bytes of UTF-8. */
  text(): string {
    const end = this.end();
    const begin = this.at;
    this.at = end;
    const length = end - begin;
    return length <= LONGEST_SHARED ? this.#sharedText(begin, end) : this.#bytes.toString('utf8', begin, end);
  }

  /** Bytes of a field, as a view of those that are read. */
  bytes(): Buffer {
    const end = this.end();
    const view = this.#bytes.subarray(this.at, end);
    this.at = end;
    return view;
  }

  /** To be called where a message was read to its end. */
  close(end: number): void {
    if (this.at !== end) throw broken('a field is longer than its message');
  }

  /** Passes a value by. */
  skip(wire: number): void {
    if (wire === WIRE.bytes) this.at = this.end();
    else if (wire === WIRE.varint) this.int();
    else if (wire === WIRE.fixed64) this.at += 8;
    else if (wire === WIRE.fixed32) this.at += 4;
    else throw broken('a field of a type that protobuf does not have');
    if (this.at > this.#bytes.length) this.#ended();
  }

  /**
   * Passes by what stands under a tag in a message of which the numbers 1 to `known` are read: another number is of a newer server, but one of
   * them under another type, or 0, is nothing that a server means.
   */
  skipOther(tag: number, known: number): void {
    if (tag >>> 3 <= known) throw broken('a field of another type than it has');
    this.skip(tag & 7);
  }

  #sharedText(begin: number, end: number): string {
    const bytes = this.#bytes;
    let hash = end - begin;
    for (let index = begin; index < end; index += 1) {
      const byte = bytes[index] ?? 0;
      if (byte >= 0x80) return bytes.toString('utf8', begin, end);
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    const slot = (hash ^ (hash >>> 15)) & (SHARED_SLOTS - 1);
    const known = SHARED[slot];
    if (known?.length === end - begin && isText(known, bytes, begin)) return known;
    const text = bytes.toString('latin1', begin, end);
    SHARED[slot] = text;
    return text;
  }

  #longInt(): number | ExactNumber {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.at++] ?? this.#ended();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      const signed = BigInt.asIntN(64, value);
      const short = Number(signed);
      return Number.isSafeInteger(short) ? short : exactNumber(String(signed));
    }
    throw broken('a number is longer than a number may be');
  }

  #ended(): never {
    throw broken('it ends in the middle of a field');
  }
}

function isText(text: string, bytes: Buffer, begin: number): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) !== bytes[begin + index]) return false;
  }
  return true;
}

function broken(what: string): KubeError {
  return new KubeError('KUBE_STREAM_BROKEN', `the API server sent broken protobuf: ${what}`);
}
