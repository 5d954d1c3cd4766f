import { classifyStatus } from '../classify-kube.ts';
import type { ListDecoderOptions } from '../json/list-decoder.ts';
import type { ListMetadata } from '../list-metadata.ts';
import { LOOKED_AT_CHARACTERS, type UnreadableReason } from '../json/unreadable-object.ts';
import { KubeError } from '../kube-error.ts';
import { type KubeItem, protobufItem } from '../kube-item.ts';
import { toKubeObject } from '../kube-object.ts';
import type { PageDecoder } from '../list-page.ts';
import { ByteQueue } from './byte-queue.ts';
import { MAGIC, RAW, readStatus, readTypeMeta, TYPE_META } from './envelope.ts';
import { identifyMessage } from './identify-message.ts';
import { messageReader, type ObjectReader } from './object-reader.ts';
import { WIRE } from './wire-cursor.ts';

/** Etcd's limit for one object is 1.5 MB, which is its size on the wire. */
const DEFAULT_MAX_ITEM_BYTES = 8 * 1024 * 1024;
/** Everything of a page that is no item. */
const MAX_HEAD_BYTES = 64 * 1024;
/** A tag and a length have at most five bytes each. */
const HEADER_BYTES = 10;

const LIST_META = (1 << 3) | WIRE.bytes;
const ITEM = (2 << 3) | WIRE.bytes;

/** Where in a page the next bytes belong. `item`: one that is too large, of which `left` bytes are passed by. */
type Place = 'magic' | 'envelope' | 'list' | 'item' | 'status';

/**
 * Cuts a page of a List in Kubernetes' protobuf into its items while its bytes arrive: each is read alone, so that a page needs no more
 * memory than its largest item. What it promises is what `ListDecoder` promises for JSON.
 */
export class ProtobufListDecoder implements PageDecoder {
  readonly #reader: ObjectReader;
  readonly #options: ListDecoderOptions;
  readonly #queue = new ByteQueue();
  /** The header that was read last: there is one for each item. */
  readonly #read: Header = { tag: 0, length: 0, size: 0 };
  #place: Place = 'magic';
  /** Bytes of the list that are still to come; of the item, where one is passed by. */
  #left = { list: 0, item: 0 };
  #isStatus = false;
  #items: KubeItem[] = [];
  #count = 0;
  #metadata: ListMetadata | undefined;

  constructor(reader: ObjectReader, options: ListDecoderOptions = {}) {
    this.#reader = reader;
    this.#options = options;
  }

  get metadata(): ListMetadata | undefined {
    return this.#metadata;
  }

  push(chunk: Buffer): KubeItem[] {
    this.#items = [];
    this.#queue.push(chunk);
    while (this.#step());
    return this.#items;
  }

  end(): ListMetadata {
    const isWhole = this.#place === 'envelope' && this.#queue.length === 0;
    if (!isWhole || this.#metadata === undefined) throw broken('it ends before its end');
    return this.#metadata;
  }

  /** One piece further; false when more bytes are needed for it. */
  #step(): boolean {
    switch (this.#place) {
      case 'magic':
        return this.#readMagic();
      case 'envelope':
        return this.#readEnvelope();
      case 'list':
        return this.#readPart();
      case 'item':
        return this.#passBy();
      case 'status':
        return this.#readStatus();
    }
  }

  #readMagic(): boolean {
    if (this.#queue.length < MAGIC.length) return false;
    if (!this.#queue.take(MAGIC.length).equals(MAGIC)) throw broken('it does not begin as Kubernetes begins them');
    this.#place = 'envelope';
    return true;
  }

  #readEnvelope(): boolean {
    const header = this.#header();
    if (header === undefined) return false;
    const { tag, length, size } = header;
    if (tag === RAW) {
      // An error is waited for as a whole, a list is not.
      if (this.#isStatus && length > MAX_HEAD_BYTES) throw broken('its error is too long');
      this.#queue.drop(size);
      this.#left.list = length;
      this.#place = this.#isStatus ? 'status' : 'list';
      return true;
    }
    const body = this.#whole(header);
    if (body === undefined) return false;
    if (tag === TYPE_META) this.#takeType(body);
    return true;
  }

  #takeType(body: Buffer): void {
    const { apiVersion, kind } = readTypeMeta(body);
    this.#isStatus = kind === 'Status';
    const { apiVersion: wanted, kind: item } = this.#reader;
    if (this.#isStatus || (kind === `${item}List` && apiVersion === wanted)) return;
    throw broken(`it is a ${kind} of ${apiVersion}, not a ${item}List of ${wanted}`);
  }

  /** Some servers answer 200 and put the error into the body. */
  #readStatus(): boolean {
    if (this.#queue.length < this.#left.list) return false;
    throw classifyStatus(readStatus(this.#queue.take(this.#left.list))) ?? broken('it is not a list');
  }

  #readPart(): boolean {
    if (this.#left.list === 0) {
      this.#place = 'envelope';
      return this.#queue.length > 0;
    }
    const header = this.#header();
    if (header === undefined) return false;
    const { tag, length, size } = header;
    if (size + length > this.#left.list) throw broken('an item is longer than its list');
    if (tag === ITEM && length > (this.#options.maxItemBytes ?? DEFAULT_MAX_ITEM_BYTES))
      return this.#beginPassing(header);
    const body = this.#whole(header);
    if (body === undefined) return false;
    this.#left.list -= size + length;
    if (tag === ITEM) this.#takeItem(body);
    else if (tag === LIST_META) this.#metadata = this.#readMetadata(body);
    return true;
  }

  #takeItem(body: Buffer): void {
    this.#count += 1;
    try {
      const object = toKubeObject(this.#reader.read(body));
      if (object === undefined) this.#leaveOut('NOT_AN_OBJECT', body);
      else this.#items.push(protobufItem(object, { message: this.#reader.message, bytes: body }));
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      this.#leaveOut('NOT_PROTOBUF', body);
    }
  }

  #beginPassing({ size, length }: Header): boolean {
    if (this.#options.onUnreadable === undefined) {
      throw new KubeError('KUBE_FRAME_TOO_LARGE', `an item of the list has ${length} bytes`);
    }
    const looked = Math.min(length, LOOKED_AT_CHARACTERS);
    if (this.#queue.length < size + looked) return false;
    this.#queue.drop(size);
    this.#count += 1;
    this.#leaveOut('TOO_LARGE', this.#queue.peek(looked));
    this.#left = { list: this.#left.list - size - length, item: length };
    this.#place = 'item';
    return true;
  }

  #passBy(): boolean {
    const now = Math.min(this.#left.item, this.#queue.length);
    this.#queue.drop(now);
    this.#left.item -= now;
    if (this.#left.item > 0) return false;
    this.#place = 'list';
    return true;
  }

  #leaveOut(reason: UnreadableReason, begin: Buffer): void {
    const { onUnreadable } = this.#options;
    if (onUnreadable === undefined) throw broken(`an item cannot be read (${reason})`);
    const { kind } = this.#reader;
    onUnreadable({ ...identifyMessage(begin), reason, kind, place: `item ${String(this.#count - 1)}` });
  }

  #readMetadata(body: Buffer): ListMetadata {
    const { resourceVersion, continue: continueToken, remainingItemCount } = readListMeta(body);
    const { apiVersion, kind } = this.#reader;
    return {
      kind: `${kind}List`,
      apiVersion,
      resourceVersion: textOf(resourceVersion),
      continueToken: textOf(continueToken),
      remainingItemCount: typeof remainingItemCount === 'number' ? remainingItemCount : undefined,
    };
  }

  /** Tag and length of the next field, which the next call overwrites; undefined: they are not there yet. */
  #header(): Readonly<Header> | undefined {
    const queue = this.#queue;
    const { value: tag, end: tagEnd } = queue.varint(0);
    const { value: length, end: size } = tagEnd < 0 ? NO_NUMBER : queue.varint(tagEnd);
    if (size < 0) {
      if (queue.length >= HEADER_BYTES) throw broken('a field has no length');
      return undefined;
    }
    if ((tag & 7) !== WIRE.bytes || tag >>> 3 === 0) throw broken('a part of it is of an unknown type');
    this.#read.tag = tag;
    this.#read.length = length;
    this.#read.size = size;
    return this.#read;
  }

  /** The field in whole; undefined: it is not there yet. */
  #whole({ tag, length, size }: Header): Buffer | undefined {
    if (tag !== ITEM && length > MAX_HEAD_BYTES) throw broken('its head is too long');
    if (this.#queue.length < size + length) return undefined;
    this.#queue.drop(size);
    return this.#queue.take(length);
  }
}

interface Header {
  tag: number;
  length: number;
  /** Bytes of tag and length. */
  size: number;
}

const NO_NUMBER = { value: 0, end: -1 };

const readListMeta = messageReader('meta.v1.ListMeta', 'all', () => {});
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function broken(what: string): KubeError {
  return new KubeError('KUBE_STREAM_BROKEN', `the API server sent a broken list in protobuf: ${what}`);
}
