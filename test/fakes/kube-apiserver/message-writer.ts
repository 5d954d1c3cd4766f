import { WIRE } from '@castai/shared/kube/protobuf/wire-cursor.ts';

const FIRST_BYTES = 64 * 1024;
/** The longest varint. */
const MAX_VARINT = 10;
/** Letters of a text that is written one by one. */
const SHORT = 48;

/**
 * Writes a protobuf message from front to back into one buffer, with no Buffer for each field: of a large cluster's pods, that was nearly all of
 * what sending them cost. Tags are those of `tagOf`.
 */
export class MessageWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  /** A number, as every int32 and int64 is written: below zero it has ten bytes. */
  int(tag: number, value: number | bigint): void {
    this.#varint(tag);
    if (typeof value === 'number' && value >= 0 && value <= 0x7fff_ffff) this.#varint(value);
    else this.#wide(BigInt.asUintN(64, BigInt(value)));
  }

  /** A text. */
  text(tag: number, value: string): void {
    if (value.length <= SHORT && this.#shortText(tag, value)) return;
    const length = Buffer.byteLength(value);
    this.#varint(tag);
    this.#varint(length);
    this.#reserve(length);
    this.#at += this.#bytes.write(value, this.#at);
  }

  /** Bytes as they are. */
  bytes(tag: number, value: Buffer): void {
    this.#varint(tag);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#at += value.copy(this.#bytes, this.#at);
  }

  /** A message within, whose fields `write` writes. */
  nested(tag: number, write: () => void): void {
    this.#varint(tag);
    // Most are so short that one byte says how long they are; a longer one moves by what its length takes more.
    this.#varint(0);
    const from = this.#at;
    write();
    const length = this.#at - from;
    if (length < 0x80) {
      this.#bytes[from - 1] = length;
      return;
    }
    this.#reserve(MAX_VARINT);
    this.#at = from - 1;
    const more = varintBytes(length) - 1;
    this.#bytes.copyWithin(from + more, from, from + length);
    this.#varint(length);
    this.#at += length;
  }

  /** A copy of what was written; the next message begins. */
  take(): Buffer {
    const written = Buffer.from(this.#bytes.subarray(0, this.#at));
    this.#at = 0;
    return written;
  }

  /** Of seven bits, as nearly all are: written here, because a call out of V8 costs more than so few letters. False for another one. */
  #shortText(tag: number, value: string): boolean {
    const from = this.#at;
    this.#varint(tag);
    this.#varint(value.length);
    this.#reserve(SHORT);
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code >= 0x80) {
        this.#at = from;
        return false;
      }
      this.#bytes[this.#at + index] = code;
    }
    this.#at += value.length;
    return true;
  }

  #varint(value: number): void {
    this.#reserve(MAX_VARINT);
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) {
      this.#bytes[this.#at] = (rest & 0x7f) | 0x80;
      this.#at += 1;
    }
    this.#bytes[this.#at] = rest;
    this.#at += 1;
  }

  #wide(value: bigint): void {
    this.#reserve(MAX_VARINT);
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) {
      this.#bytes[this.#at] = Number(rest & 0x7fn) | 0x80;
      this.#at += 1;
    }
    this.#bytes[this.#at] = Number(rest);
    this.#at += 1;
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + more));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

/** How a field of this number begins: with a number, or with a length. */
export function tagOf(number: number, wire: number = WIRE.bytes): number {
  return (number << 3) | wire;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest >>>= 7) bytes += 1;
  return bytes;
}
