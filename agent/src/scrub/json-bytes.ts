/** Most bodies have a few KB. */
const FIRST_BYTES = 64 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Below it a byte is escaped in JSON. */
const SPACE = 0x20;
/** From it on a byte is part of a character of several bytes. */
const NOT_ASCII = 0x80;

/** JSON that is being written: bytes that grow, and that can be taken back to an earlier length. */
export class JsonBytes {
  /** How many are written. Set to an earlier value, what was written since is gone. */
  length = 0;
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);

  /** What is written; overwritten by what is written next. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** One byte of ASCII. */
  byte(code: number): void {
    if (this.length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.length] = code;
    this.length += 1;
  }

  /** ASCII as it is: punctuation, keys with their quotes, numbers. */
  raw(text: string): void {
    const { length } = text;
    if (this.length + length > this.#bytes.length) this.#grow(length);
    const bytes = this.#bytes;
    let at = this.length;
    for (let index = 0; index < length; index += 1) bytes[at++] = text.charCodeAt(index);
    this.length = at;
  }

  /** A value that was made JSON elsewhere, as bytes: what stands from `begin` on. */
  bytesFrom(json: Uint8Array, begin: number): void {
    const end = json.length;
    if (this.length + end - begin > this.#bytes.length) this.#grow(end - begin);
    const bytes = this.#bytes;
    let at = this.length;
    for (let index = begin; index < end; index += 1) bytes[at++] = json[index] ?? 0;
    this.length = at;
  }

  /** A value that was made JSON elsewhere. */
  json(text: string): void {
    if (this.length + text.length * 3 > this.#bytes.length) this.#grow(text.length * 3);
    this.length += this.#bytes.write(text, this.length);
  }

  /**
   * A text in quotes, from its bytes; false, and nothing is written, where it is not plain: it has characters beyond ASCII, or such as JSON
   * escapes.
   */
  plainText(source: Buffer, begin: number, end: number): boolean {
    if (this.length + end - begin + 2 > this.#bytes.length) this.#grow(end - begin + 2);
    const bytes = this.#bytes;
    let at = this.length;
    bytes[at++] = QUOTE;
    for (let index = begin; index < end; index += 1) {
      const code = source[index] ?? 0;
      if (code < SPACE || code >= NOT_ASCII || code === QUOTE || code === BACKSLASH) return false;
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.length = at;
    return true;
  }

  #grow(more: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.length + more));
    this.#bytes.copy(grown, 0, 0, this.length);
    this.#bytes = grown;
  }
}
