import { JsonScanner, type JsonScannerOptions } from './json-scanner.ts';
import { parseKubeJson } from './parse-kube-json.ts';

/** What of an array's element is not as it should be: more bytes than one may have, or neither object, array nor text. */
export type ElementFault = 'TOO_LARGE' | 'SCALAR';

/** How a document is cut. */
export interface ArrayCutterOptions extends Omit<JsonScannerOptions, 'maxBytes'> {
  /** The member whose array is cut. */
  readonly member: string;
  /** The most bytes of one element, and of every other member. */
  readonly maxItemBytes: number;
  /** The array begins; what stood before it is in `head`. */
  readonly onArray: () => void;
  /** One element: its text (the beginning of one that is too large, nothing of a scalar), and its place, from 1. */
  readonly onElement: (text: string, place: number, fault: ElementFault | undefined) => void;
  /** Makes the error for a document that is none, from what was expected. */
  readonly broken: (what: string) => Error;
}

/** What the next byte that is no white space has to be. */
type Expecting =
  | 'document'
  | 'firstKey'
  | 'key'
  | 'colon'
  | 'value'
  | 'scalar'
  | 'memberEnd'
  | 'firstItem'
  | 'item'
  | 'itemScalar'
  | 'itemEnd'
  | 'nothing';

/** `null`, `true` or a number: nothing longer stands outside of strings and brackets. */
const MAX_SCALAR_BYTES = 64;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/**
 * Cuts one array of a JSON object into its elements while the object's bytes arrive, so that a document needs no more memory than its
 * largest element. Members may come in any order; those around the array are parsed and kept in `head`. `null` is an empty array: that
 * is how Go writes a nil slice.
 *
 * Throws what `broken` makes for anything that is no such object, `KUBE_FRAME_TOO_LARGE`, and what the callbacks throw; after that it must
 * not be used again.
 */
export class ArrayCutter {
  readonly #options: ArrayCutterOptions;
  readonly #elements: JsonScanner;
  readonly #members: JsonScanner;
  readonly #head = new Map<string, unknown>();
  #expecting: Expecting = 'document';
  /** A key or a value is begun and goes on in the next chunk. */
  #isScanning = false;
  #key = '';
  #scalar = '';
  #hasArray = false;
  /** How many elements were begun. */
  #begun = 0;

  constructor(options: ArrayCutterOptions) {
    const { maxItemBytes: maxBytes, metadataDepth, skipsTooLarge } = options;
    this.#options = options;
    this.#elements = new JsonScanner({ maxBytes, metadataDepth, skipsTooLarge });
    this.#members = new JsonScanner({ maxBytes, metadataDepth: 0, skipsTooLarge: false });
  }

  /** The members around the array that were read so far. */
  get head(): ReadonlyMap<string, unknown> {
    return this.#head;
  }

  /** Whether the array was there, be it as `null`. */
  get hasArray(): boolean {
    return this.#hasArray;
  }

  /** Whether no element has begun yet. */
  get isEmpty(): boolean {
    return this.#begun === 0;
  }

  /** Reads on. */
  push(chunk: Buffer): void {
    let index = 0;
    while (index < chunk.length) {
      if (this.#expecting === 'item' || this.#expecting === 'firstItem') index = this.#readElement(chunk, index);
      else if (this.#expecting === 'itemScalar') index = this.#skipScalar(chunk, index);
      else index = this.#readMember(chunk, index);
    }
  }

  /** To be called when the body has ended. Throws if the document has not. */
  end(): void {
    if (this.#expecting === 'nothing') return;
    throw this.#broken(`the page ends in the middle (${this.#expecting} expected)`);
  }

  /** Reads one byte between elements or as much of an element as there is; gives the offset after it. */
  #readElement(chunk: Buffer, from: number): number {
    if (!this.#isScanning) {
      const byte = chunk[from];
      if (isWhiteSpace(byte)) return from + 1;
      if (byte === CLOSING_BRACKET && this.#expecting === 'firstItem') return this.#expect('memberEnd', from);
      if (byte === COMMA || byte === CLOSING_BRACKET) throw this.#broken('an item is missing');
      this.#begun += 1;
      if (byte !== OPENING_BRACE && byte !== OPENING_BRACKET && byte !== QUOTE) {
        this.#expecting = 'itemScalar';
        return from;
      }
      this.#isScanning = true;
    }
    const end = this.#elements.scan(chunk, from, chunk.length);
    if (end < 0) return chunk.length;
    this.#isScanning = false;
    this.#expecting = 'itemEnd';
    this.#options.onElement(this.#elements.text, this.#begun, this.#elements.isTooLarge ? 'TOO_LARGE' : undefined);
    return end;
  }

  /** `null`, `true` or a number where an object should be. What ends it is left to be read again. */
  #skipScalar(chunk: Buffer, from: number): number {
    const byte = chunk[from];
    if (byte !== COMMA && byte !== CLOSING_BRACKET && !isWhiteSpace(byte)) return from + 1;
    this.#expecting = 'itemEnd';
    this.#options.onElement('', this.#begun, 'SCALAR');
    return from;
  }

  /** Reads one byte or one scanned value of everything around the elements; gives the offset after it. */
  #readMember(chunk: Buffer, from: number): number {
    if (this.#isScanning) return this.#scanMember(chunk, from);
    const byte = chunk[from] ?? 0;
    if (this.#expecting === 'scalar') return this.#readScalar(byte, from);
    if (isWhiteSpace(byte)) return from + 1;
    switch (this.#expecting) {
      case 'document':
        // A byte order mark in front of JSON is not allowed (RFC 8259, section 8.1) and may be ignored.
        if (byte === 0xef || byte === 0xbb || byte === 0xbf) return from + 1;
        return this.#require(byte, OPENING_BRACE, () => this.#expect('firstKey', from));
      case 'firstKey':
        if (byte === CLOSING_BRACE) return this.#expect('nothing', from);
        return this.#require(byte, QUOTE, () => this.#scanMember(chunk, from));
      case 'key':
        return this.#require(byte, QUOTE, () => this.#scanMember(chunk, from));
      case 'colon':
        return this.#require(byte, COLON, () => this.#expect('value', from));
      case 'value':
        return this.#beginValue(chunk, from);
      case 'memberEnd':
        if (byte === COMMA) return this.#expect('key', from);
        return this.#require(byte, CLOSING_BRACE, () => this.#expect('nothing', from));
      case 'itemEnd':
        if (byte === COMMA) return this.#expect('item', from);
        return this.#require(byte, CLOSING_BRACKET, () => this.#expect('memberEnd', from));
      default:
        throw this.#broken('something follows the list');
    }
  }

  #beginValue(chunk: Buffer, from: number): number {
    const byte = chunk[from];
    if (this.#key === this.#options.member) {
      this.#hasArray = true;
      if (byte === OPENING_BRACKET) {
        this.#options.onArray();
        return this.#expect('firstItem', from);
      }
    }
    if (byte === QUOTE || byte === OPENING_BRACE || byte === OPENING_BRACKET) return this.#scanMember(chunk, from);
    this.#expecting = 'scalar';
    return from;
  }

  /** Keys and values around the array are scanned whole; an array's member that is no array shows itself by having content. */
  #scanMember(chunk: Buffer, from: number): number {
    this.#isScanning = true;
    const end = this.#members.scan(chunk, from, chunk.length);
    if (end < 0) return chunk.length;
    this.#isScanning = false;
    const value = parseKubeJson(this.#members.text);
    if (this.#expecting === 'value') this.#setMember(value);
    else {
      this.#key = typeof value === 'string' ? value : '';
      this.#expecting = 'colon';
    }
    return end;
  }

  /** Collects a number, `true`, `false` or `null`; what ends it is left to be read again. */
  #readScalar(byte: number, from: number): number {
    if (byte !== COMMA && byte !== CLOSING_BRACE && !isWhiteSpace(byte)) {
      this.#scalar += String.fromCharCode(byte);
      if (this.#scalar.length > MAX_SCALAR_BYTES) {
        throw this.#broken('a member is neither string, number, object nor array');
      }
      return from + 1;
    }
    const value = parseKubeJson(this.#scalar);
    this.#scalar = '';
    this.#setMember(value);
    return from;
  }

  #setMember(value: unknown): void {
    const { member } = this.#options;
    if (this.#key === member && value !== null) throw this.#broken(`\`${member}\` is not an array`);
    this.#head.set(this.#key, value);
    this.#expecting = 'memberEnd';
  }

  #expect(next: Expecting, from: number): number {
    this.#expecting = next;
    return from + 1;
  }

  #require(byte: number, wanted: number, then: () => number): number {
    if (byte !== wanted) throw this.#broken(`${this.#expecting} expected`);
    return then();
  }

  #broken(what: string): Error {
    return this.#options.broken(what);
  }
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
