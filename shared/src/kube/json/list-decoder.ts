import { isListKind, type ListMetadata } from '../list-metadata.ts';
import { classifyStatus } from '../classify-kube.ts';
import { ArrayCutter, type ElementFault } from './array-cutter.ts';
import { KubeError } from '../kube-error.ts';
import { jsonItem, type KubeItem } from '../kube-item.ts';
import { isRecord, toKubeObject } from '../kube-object.ts';
import type { PageDecoder } from '../list-page.ts';
import { tryParseKubeJson } from './parse-kube-json.ts';
import { identifyUnreadable, type OnUnreadable, type UnreadableReason } from './unreadable-object.ts';

/** Settings of a list decoder. */
export interface ListDecoderOptions {
  /** Longest item in bytes; 8 MiB unless told otherwise. */
  readonly maxItemBytes?: number;
  /** Kind of its items, where it is known: a list that calls itself one of others is broken. */
  readonly kind?: string | undefined;
  /** Told of each item that cannot be taken; the others are given all the same. Without it such an item breaks the list. */
  readonly onUnreadable?: OnUnreadable | undefined;
}

/** A server's own limit for one object is 1.5 MB in etcd; JSON can be several times the stored protobuf. */
const DEFAULT_MAX_ITEM_BYTES = 8 * 1024 * 1024;

/**
 * Cuts a page of a List into its items while its bytes arrive; each item is parsed alone, so a page needs no more
 * memory than its largest item. The members may come in any order. Items are given without `metadata.managedFields`
 * (an empty array in its place). `items: null` is an empty list: that is how Go writes a nil slice.
 *
 * An item that cannot be taken, because it is too large, no JSON or no object, costs itself alone when `onUnreadable` is there to be
 * told. Throws `KUBE_STREAM_BROKEN` for anything that is not a List, and `KUBE_FRAME_TOO_LARGE`; after that it must not be used again.
 */
export class ListDecoder implements PageDecoder {
  readonly #cutter: ArrayCutter;
  readonly #onUnreadable: OnUnreadable | undefined;
  readonly #kind: string | undefined;
  #items: KubeItem[] = [];
  #metadata: ListMetadata | undefined;

  constructor(options: ListDecoderOptions = {}) {
    this.#onUnreadable = options.onUnreadable;
    this.#kind = options.kind;
    this.#cutter = new ArrayCutter({
      member: 'items',
      maxItemBytes: options.maxItemBytes ?? DEFAULT_MAX_ITEM_BYTES,
      metadataDepth: 1,
      skipsTooLarge: options.onUnreadable !== undefined,
      onArray: () => {
        this.#checkKind();
        if (this.#cutter.head.has('metadata')) this.#metadata = this.#readMetadata();
      },
      onElement: (text, place, fault) => this.#takeItem(text, place, fault),
      broken,
    });
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
    this.#items = [];
    this.#cutter.push(chunk);
    return this.#items;
  }

  /** To be called when the body has ended. Throws `KUBE_STREAM_BROKEN` if the list has not. */
  end(): ListMetadata {
    this.#cutter.end();
    // Some servers answer 200 and put the error into the body.
    if (!this.#cutter.hasArray)
      throw classifyStatus(Object.fromEntries(this.#cutter.head)) ?? broken('it is not a list');
    this.#checkKind();
    const metadata = (this.#metadata ??= this.#readMetadata());
    // Whoever else answers with nothing would say that nothing is there.
    if (this.#cutter.isEmpty && !isListKind(textOf(this.#cutter.head.get('kind'))))
      throw broken('it is empty, and of no kind of list');
    return metadata;
  }

  /** As far as the list says it; `List` is what some proxies call every one. */
  #checkKind(): void {
    const said = textOf(this.#cutter.head.get('kind'));
    if (this.#kind === undefined || !said.endsWith('List') || said === 'List' || said === `${this.#kind}List`) return;
    throw broken(`it is a ${said}, not a ${this.#kind}List`);
  }

  #takeItem(text: string, place: number, fault: ElementFault | undefined): void {
    if (fault !== undefined) return this.#leaveOut(fault === 'SCALAR' ? 'NOT_AN_OBJECT' : fault, text, place);
    const item = tryParseKubeJson(text);
    if (item === undefined) return this.#leaveOut('NOT_JSON', text, place);
    const object = toKubeObject(item);
    if (object === undefined) return this.#leaveOut('NOT_AN_OBJECT', text, place);
    this.#items.push(jsonItem(object));
  }

  #leaveOut(reason: UnreadableReason, text: string, place: number): void {
    if (this.#onUnreadable === undefined) throw broken(`an item cannot be read (${reason})`);
    const object = identifyUnreadable(text, 0);
    // Items of a list of a built-in kind do not say what they are: the list does.
    const kind = text === '' ? '' : object.kind || (this.#metadata?.kind ?? '').replace(/List$/u, '');
    this.#onUnreadable({ ...object, reason, kind, place: `item ${String(place)}` });
  }

  #readMetadata(): ListMetadata {
    const { head } = this.#cutter;
    const metadata = head.get('metadata');
    const { resourceVersion, continue: continueToken, remainingItemCount } = isRecord(metadata) ? metadata : {};
    return {
      kind: textOf(head.get('kind')),
      apiVersion: textOf(head.get('apiVersion')),
      resourceVersion: textOf(resourceVersion),
      continueToken: textOf(continueToken),
      remainingItemCount: typeof remainingItemCount === 'number' ? remainingItemCount : undefined,
    };
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function broken(what: string): KubeError {
  return new KubeError('KUBE_STREAM_BROKEN', `the API server sent a broken list: ${what}`);
}
