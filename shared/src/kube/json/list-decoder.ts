import { classifyStatus } from '../classify-kube.ts';
import { JsonScanner } from './json-scanner.ts';
import { KubeError } from '../kube-error.ts';
import { jsonItem, type KubeItem } from '../kube-item.ts';
import { isRecord, toKubeObject } from '../kube-object.ts';
import { parseKubeJson, tryParseKubeJson } from './parse-kube-json.ts';
import { identifyUnreadable, type OnUnreadable, type UnreadableReason } from './unreadable-object.ts';

/** Settings of a list decoder. */
export interface ListDecoderOptions {
  /** Longest item in bytes; 8 MiB unless told otherwise. */
  readonly maxItemBytes?: number;
  /** Told of each item that cannot be taken; the others are given all the same. Without it such an item breaks the list. */
  readonly onUnreadable?: OnUnreadable | undefined;
}

/** What a page says about itself. */
export interface ListMetadata {
  /** `PodList`; empty if the page does not say. */
  readonly kind: string;
  /** Group and version of the list and of items that do not say; empty if the page does not say either. */
  readonly apiVersion: string;
  /** The same on every page of one list: the point to watch from. Empty for virtual resources. */
  readonly resourceVersion: string;
  /** Empty on the last page. */
  readonly continueToken: string;
  /** The server's estimate; absent with selectors and on the last page. */
  readonly remainingItemCount: number | undefined;
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

/** A server's own limit for one object is 1.5 MB in etcd; JSON can be several times the stored protobuf. */
const DEFAULT_MAX_ITEM_BYTES = 8 * 1024 * 1024;
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
 * Cuts a page of a List into its items while its bytes arrive; each item is parsed alone, so a page needs no more
 * memory than its largest item. The members may come in any order. Items are given without `metadata.managedFields`
 * (an empty array in its place). `items: null` is an empty list: that is how Go writes a nil slice.
 *
 * An item that cannot be taken, because it is too large, no JSON or no object, costs itself alone when `onUnreadable` is there to be
 * told. Throws `KUBE_STREAM_BROKEN` for anything that is not a List, and `KUBE_FRAME_TOO_LARGE`; after that it must not be used again.
 */
export class ListDecoder {
  readonly #items: JsonScanner;
  readonly #members: JsonScanner;
  readonly #onUnreadable: OnUnreadable | undefined;
  readonly #head = new Map<string, unknown>();
  #expecting: Expecting = 'document';
  /** A key or a value is begun and goes on in the next chunk. */
  #isScanning = false;
  #key = '';
  #scalar = '';
  #hasItems = false;
  /** How many items were begun. */
  #begun = 0;
  #metadata: ListMetadata | undefined;

  constructor(options: ListDecoderOptions = {}) {
    const maxBytes = options.maxItemBytes ?? DEFAULT_MAX_ITEM_BYTES;
    this.#items = new JsonScanner({ maxBytes, metadataDepth: 1, skipsTooLarge: options.onUnreadable !== undefined });
    this.#members = new JsonScanner({ maxBytes, metadataDepth: 0, skipsTooLarge: false });
    this.#onUnreadable = options.onUnreadable;
  }

  /**
   * The list's own data, as soon as it is known: at the first item on real servers, which write it first (`kind` and
   * `apiVersion` are then known as well); at the latest after `end`.
   */
  get metadata(): ListMetadata | undefined {
    return this.#metadata;
  }

  /** The items that this chunk completed, in order. */
  push(chunk: Buffer): KubeItem[] {
    const items: KubeItem[] = [];
    let index = 0;
    while (index < chunk.length) {
      if (this.#expecting === 'item' || this.#expecting === 'firstItem') index = this.#readItem(chunk, index, items);
      else if (this.#expecting === 'itemScalar') index = this.#skipScalarItem(chunk, index);
      else index = this.#readMember(chunk, index);
    }
    return items;
  }

  /** To be called when the body has ended. Throws `KUBE_STREAM_BROKEN` if the list has not. */
  end(): ListMetadata {
    if (this.#expecting !== 'nothing') throw broken(`the page ends in the middle (${this.#expecting} expected)`);
    // Some servers answer 200 and put the error into the body.
    if (!this.#hasItems) throw classifyStatus(Object.fromEntries(this.#head)) ?? broken('it is not a list');
    return (this.#metadata ??= this.#readMetadata());
  }

  /** Reads one byte between items or as much of an item as there is; gives the offset after it. */
  #readItem(chunk: Buffer, from: number, items: KubeItem[]): number {
    if (!this.#isScanning) {
      const byte = chunk[from];
      if (isWhiteSpace(byte)) return from + 1;
      if (byte === CLOSING_BRACKET && this.#expecting === 'firstItem') return this.#expect('memberEnd', from);
      if (byte === COMMA || byte === CLOSING_BRACKET) throw broken('an item is missing');
      this.#begun += 1;
      if (byte !== OPENING_BRACE && byte !== OPENING_BRACKET && byte !== QUOTE) {
        this.#expecting = 'itemScalar';
        return from;
      }
      this.#isScanning = true;
    }
    const end = this.#items.scan(chunk, from, chunk.length);
    if (end < 0) return chunk.length;
    this.#isScanning = false;
    this.#expecting = 'itemEnd';
    this.#takeItem(items);
    return end;
  }

  #takeItem(items: KubeItem[]): void {
    if (this.#items.isTooLarge) return this.#leaveOut('TOO_LARGE');
    const item = tryParseKubeJson(this.#items.text);
    if (item === undefined) return this.#leaveOut('NOT_JSON');
    const object = toKubeObject(item);
    if (object === undefined) return this.#leaveOut('NOT_AN_OBJECT');
    items.push(jsonItem(object));
  }

  #leaveOut(reason: UnreadableReason): void {
    if (this.#onUnreadable === undefined) throw broken(`an item cannot be read (${reason})`);
    const object = identifyUnreadable(this.#items.text, 0);
    // Items of a list of a built-in kind do not say what they are: the list does.
    const kind = object.kind || (this.#metadata?.kind ?? '').replace(/List$/u, '');
    this.#onUnreadable({ ...object, reason, kind, place: this.#place });
  }

  get #place(): string {
    return `item ${String(this.#begun)}`;
  }

  /** `null`, `true` or a number where an object should be. What ends it is left to be read again. */
  #skipScalarItem(chunk: Buffer, from: number): number {
    const byte = chunk[from];
    if (byte !== COMMA && byte !== CLOSING_BRACKET && !isWhiteSpace(byte)) return from + 1;
    this.#expecting = 'itemEnd';
    if (this.#onUnreadable === undefined) throw broken('an item is not an object');
    this.#onUnreadable({ ...identifyUnreadable('', 0), reason: 'NOT_AN_OBJECT', place: this.#place });
    return from;
  }

  /** Reads one byte or one scanned value of everything around the items; gives the offset after it. */
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
        throw broken('something follows the list');
    }
  }

  #beginValue(chunk: Buffer, from: number): number {
    const byte = chunk[from];
    if (this.#key === 'items') {
      this.#hasItems = true;
      if (byte === OPENING_BRACKET) {
        if (this.#head.has('metadata')) this.#metadata = this.#readMetadata();
        return this.#expect('firstItem', from);
      }
    }
    if (byte === QUOTE || byte === OPENING_BRACE || byte === OPENING_BRACKET) return this.#scanMember(chunk, from);
    this.#expecting = 'scalar';
    return from;
  }

  /** Keys and values around the items are scanned whole; an `items` that is no array shows itself by having content. */
  #scanMember(chunk: Buffer, from: number): number {
    this.#isScanning = true;
    const end = this.#members.scan(chunk, from, chunk.length);
    if (end < 0) return chunk.length;
    this.#isScanning = false;
    const value = parseKubeJson(this.#members.text);
    if (this.#expecting === 'value') this.#setMember(value);
    else {
      this.#key = textOf(value);
      this.#expecting = 'colon';
    }
    return end;
  }

  /** Collects a number, `true`, `false` or `null`; what ends it is left to be read again. */
  #readScalar(byte: number, from: number): number {
    if (byte !== COMMA && byte !== CLOSING_BRACE && !isWhiteSpace(byte)) {
      this.#scalar += String.fromCharCode(byte);
      if (this.#scalar.length > MAX_SCALAR_BYTES) throw broken('a member is neither string, number, object nor array');
      return from + 1;
    }
    const value = parseKubeJson(this.#scalar);
    this.#scalar = '';
    this.#setMember(value);
    return from;
  }

  #setMember(value: unknown): void {
    if (this.#key === 'items' && value !== null) throw broken('`items` is not an array');
    this.#head.set(this.#key, value);
    this.#expecting = 'memberEnd';
  }

  #expect(next: Expecting, from: number): number {
    this.#expecting = next;
    return from + 1;
  }

  #require(byte: number, wanted: number, then: () => number): number {
    if (byte !== wanted) throw broken(`${this.#expecting} expected`);
    return then();
  }

  #readMetadata(): ListMetadata {
    const metadata = this.#head.get('metadata');
    const { resourceVersion, continue: continueToken, remainingItemCount } = isRecord(metadata) ? metadata : {};
    return {
      kind: textOf(this.#head.get('kind')),
      apiVersion: textOf(this.#head.get('apiVersion')),
      resourceVersion: textOf(resourceVersion),
      continueToken: textOf(continueToken),
      remainingItemCount: typeof remainingItemCount === 'number' ? remainingItemCount : undefined,
    };
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function broken(what: string): KubeError {
  return new KubeError('KUBE_STREAM_BROKEN', `the API server sent a broken list: ${what}`);
}
