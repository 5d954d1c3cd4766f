import { KubeError } from '../kube-error.ts';
import { LOOKED_AT_CHARACTERS } from './unreadable-object.ts';

/** Settings of a scanner. */
export interface JsonScannerOptions {
  /** The most bytes that one value may have, without what was cut out. Of a longer one only the beginning is kept. */
  readonly maxBytes: number;
  /**
   * Nesting depth at which the object's `metadata` lies: 1 when the scanned value is the object itself, 2 when the
   * object is a member of it, 0 when nothing shall be cut.
   */
  readonly metadataDepth: 0 | 1 | 2;
  /** Whether a value that is too large is read past; else it throws as soon as it is. */
  readonly skipsTooLarge: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const OPENING_BRACE = 0x7b;
const NOTHING = -1;

const OPEN = 1;
const CLOSE = -1;
const STRING = 2;

/** What a byte outside of strings means for finding the end of a value: 0, or by how much a bracket changes the depth. */
const CLASS = new Int8Array(256);
CLASS[0x7b] = OPEN;
CLASS[0x5b] = OPEN;
CLASS[0x7d] = CLOSE;
CLASS[0x5d] = CLOSE;
CLASS[QUOTE] = STRING;

/** The member names as they stand before the opening bracket of their values, in the server's compact form. */
const METADATA = Buffer.from('"metadata":');
const MANAGED_FIELDS = Buffer.from('"managedFields":');

/** Grows by doubling up to `maxBytes`; most values are smaller than this. */
const FIRST_SCRATCH_BYTES = 32 * 1024;
/** What is kept of a value that is too large: enough to tell which object it is. */
const KEPT_OF_TOO_LARGE_BYTES = LOOKED_AT_CHARACTERS;
/** Beyond this many times the most it is no object that is too large but an endless one: whoever sends it is broken. */
const ENDLESS_FACTOR = 8;
/** What one huge object needed is given back, because a scanner lives as long as its watch. */
const RETAINED_SCRATCH_BYTES = 512 * 1024;

/**
 * Finds the end of one JSON object, array or string in a stream of chunks and gives its text, leaving everything else
 * to `JSON.parse`: brackets are counted, not matched, since text that is not JSON fails there.
 *
 * On the way `metadata.managedFields` is emptied to `[]`. It is a third of an average pod and nobody looks at it: without
 * it parsing a pod of 8.8 KB takes 26 µs instead of 46 (finding its end takes 17). It is recognised by an unescaped key at
 * the right depth, so a string that looks like it stays. Only compact JSON is cut, which is what API servers send.
 *
 * A value that lies in one chunk and has nothing to cut is never copied as bytes. Otherwise its parts are gathered in
 * one buffer that is used again for the next value, so no chunk is held longer than its call.
 */
export class JsonScanner {
  readonly #maxBytes: number;
  readonly #metadataDepth: number;
  readonly #skipsTooLarge: boolean;
  /** Brackets above this depth are not looked at. */
  readonly #watchedDepth: number;
  #scratch = Buffer.allocUnsafeSlow(FIRST_SCRATCH_BYTES);
  #scratchLength = 0;
  #depth = 0;
  #inString = false;
  /** The chunk ended between a backslash and the byte that it escapes. */
  #escaped = false;
  #inMetadata = false;
  #isCutting = false;
  /** The value under way is too large: it is read to its end, and nothing more of it is kept. */
  #isOverflowing = false;
  #skippedBytes = 0;
  #isTooLarge = false;
  /** Where in the current chunk begins what is not gathered yet, or `NOTHING` while nothing is. */
  #keepFrom = NOTHING;
  #text = '';

  constructor(options: JsonScannerOptions) {
    this.#maxBytes = options.maxBytes;
    this.#metadataDepth = options.metadataDepth;
    this.#skipsTooLarge = options.skipsTooLarge;
    this.#watchedDepth = options.metadataDepth === 0 ? 0 : options.metadataDepth + 3;
  }

  /** The text of the value that the last `scan` completed; of one that is too large its beginning. */
  get text(): string {
    return this.#text;
  }

  /** Whether the value that the last `scan` completed had more bytes than one may have. */
  get isTooLarge(): boolean {
    return this.#isTooLarge;
  }

  /** Gives up the value under way, because its end cannot come any more, and returns its beginning. */
  giveUp(): string {
    const text = this.#scratch.toString('utf8', 0, Math.min(this.#scratchLength, KEPT_OF_TOO_LARGE_BYTES));
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#inMetadata = false;
    this.#isCutting = false;
    this.#isOverflowing = false;
    this.#release();
    return text;
  }

  /**
   * Reads on at `from`, which is the value's first byte or, after a call that gave -1, the next byte of it.
   * Gives the offset after the value, or -1 when it goes on beyond `to`. Throws `KUBE_FRAME_TOO_LARGE` for a value that
   * does not end within eight times the most bytes.
   */
  scan(chunk: Buffer, from: number, to: number): number {
    this.#keepFrom = this.#isCutting || this.#isOverflowing ? NOTHING : from;
    const end = this.#findEnd(chunk, from, to);
    if (this.#isOverflowing) this.#countSkipped(to - from);
    if (end >= 0) this.#finish(chunk, end);
    else if (this.#keepFrom !== NOTHING) this.#append(chunk, to);
    if (!this.#skipsTooLarge && (this.#isOverflowing || (end >= 0 && this.#isTooLarge))) throw tooLarge(this.#maxBytes);
    return end;
  }

  #findEnd(chunk: Buffer, from: number, to: number): number {
    let index = this.#inString ? this.#skipString(chunk, from, to) : from;
    let depth = this.#depth;
    if (depth === 0 && index > from && !this.#inString) return index;
    while (index < to) {
      const byteClass = CLASS[chunk[index++] ?? 0] ?? 0;
      if (byteClass === 0) continue;
      if (byteClass === STRING) index = this.#skipString(chunk, index, to);
      else {
        depth += byteClass;
        if (depth < this.#watchedDepth) {
          if (byteClass === OPEN) this.#onOpened(chunk, index, depth);
          else this.#onClosed(index, depth);
        }
      }
      if (depth === 0 && !this.#inString) {
        this.#depth = 0;
        return index;
      }
    }
    this.#depth = depth;
    return -1;
  }

  /** Gives the offset after the closing quote, or `to`, keeping in mind that the string goes on. */
  #skipString(chunk: Buffer, from: number, to: number): number {
    let index = this.#escaped ? from + 1 : from;
    this.#escaped = false;
    this.#inString = true;
    while (index < to) {
      const byte = chunk[index++];
      if (byte === QUOTE) {
        this.#inString = false;
        return index;
      }
      if (byte === BACKSLASH) index += 1;
    }
    this.#escaped = index > to;
    return to;
  }

  /** The bracket before `index` brought us down to `depth`. */
  #onOpened(chunk: Buffer, index: number, depth: number): void {
    if (this.#isCutting || this.#isOverflowing) return;
    if (depth === this.#metadataDepth + 1) this.#inMetadata = this.#isPrecededBy(METADATA, chunk, index);
    else if (depth === this.#metadataDepth + 2 && this.#inMetadata && chunk[index - 1] === OPENING_BRACKET) {
      if (!this.#isPrecededBy(MANAGED_FIELDS, chunk, index)) return;
      this.#append(chunk, index);
      if (this.#isOverflowing) return;
      this.#keepFrom = NOTHING;
      this.#isCutting = true;
    }
  }

  /** The bracket before `index` brought us back up to `depth`. */
  #onClosed(index: number, depth: number): void {
    if (!this.#isCutting || depth !== this.#metadataDepth + 1) return;
    this.#keepFrom = index - 1;
    this.#isCutting = false;
  }

  /**
   * Whether the opening bracket before `index` is preceded by this member name and the name by a comma or a brace: only
   * then its first quote is one that opens a string, not an escaped one inside a longer name.
   */
  #isPrecededBy(name: Buffer, chunk: Buffer, index: number): boolean {
    let offset = index - 2;
    for (let position = name.length - 1; position >= 0; position -= 1) {
      if (this.#byteAt(chunk, offset) !== name[position]) return false;
      offset -= 1;
    }
    const before = this.#byteAt(chunk, offset);
    return before === COMMA || before === OPENING_BRACE;
  }

  /** The value's byte at an offset of the chunk; before what is kept of the chunk lies the end of what was gathered. */
  #byteAt(chunk: Buffer, offset: number): number | undefined {
    return offset >= this.#keepFrom ? chunk[offset] : this.#scratch[this.#scratchLength - (this.#keepFrom - offset)];
  }

  #finish(chunk: Buffer, end: number): void {
    if (this.#scratchLength === 0 && end - this.#keepFrom <= this.#maxBytes) {
      this.#isTooLarge = false;
      this.#text = chunk.toString('utf8', this.#keepFrom, end);
      return;
    }
    if (this.#keepFrom !== NOTHING) this.#append(chunk, end);
    this.#isTooLarge = this.#isOverflowing;
    this.#isOverflowing = false;
    const kept = this.#isTooLarge ? Math.min(this.#scratchLength, KEPT_OF_TOO_LARGE_BYTES) : this.#scratchLength;
    this.#text = this.#scratch.toString('utf8', 0, kept);
    this.#release();
  }

  #countSkipped(bytes: number): void {
    this.#skippedBytes += bytes;
    if (this.#skippedBytes <= this.#maxBytes * ENDLESS_FACTOR) return;
    throw tooLarge(this.#maxBytes * ENDLESS_FACTOR);
  }

  #release(): void {
    this.#skippedBytes = 0;
    this.#scratchLength = 0;
    if (this.#scratch.length > RETAINED_SCRATCH_BYTES) this.#scratch = Buffer.allocUnsafeSlow(FIRST_SCRATCH_BYTES);
  }

  /** Gathers what is kept of the chunk up to `to`. */
  #append(chunk: Buffer, to: number): void {
    let end = to;
    if (this.#scratchLength + end - this.#keepFrom > this.#maxBytes) {
      this.#isOverflowing = true;
      const more = Math.max(0, Math.min(KEPT_OF_TOO_LARGE_BYTES, this.#maxBytes) - this.#scratchLength);
      end = Math.min(to, this.#keepFrom + more);
    }
    const needed = this.#scratchLength + end - this.#keepFrom;
    if (needed > this.#scratch.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, this.#scratch.length * 2), this.#maxBytes));
      this.#scratch.copy(larger, 0, 0, this.#scratchLength);
      this.#scratch = larger;
    }
    chunk.copy(this.#scratch, this.#scratchLength, this.#keepFrom, end);
    this.#scratchLength = needed;
    if (this.#isOverflowing) this.#keepFrom = NOTHING;
  }
}

function tooLarge(bytes: number): KubeError {
  return new KubeError('KUBE_FRAME_TOO_LARGE', `one object has more than ${bytes} bytes`);
}
