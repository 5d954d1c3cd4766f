import { type CastaiError, toCastaiError } from '../../errors.ts';
import { classifyStatus } from '../classify-kube.ts';
import { JsonScanner } from './json-scanner.ts';
import { KubeError } from '../kube-error.ts';
import { jsonItem, type KubeItem } from '../kube-item.ts';
import { isRecord, toKubeObject } from '../kube-object.ts';
import { tryParseKubeJson } from './parse-kube-json.ts';
import { compareResourceVersions } from '../resource-version.ts';
import {
  identifyUnreadable,
  type OnUnreadable,
  type UnreadableObject,
  type UnreadableReason,
} from './unreadable-object.ts';

/** One thing that happened to a watched resource. */
export type WatchEvent =
  | (KubeItem & { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' })
  /** Nothing happened up to here; never forwarded downstream. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/** Settings of a watch decoder. */
export interface WatchDecoderOptions {
  /** Longest line in bytes; 8 MiB unless told otherwise. */
  readonly maxLineBytes?: number;
  /**
   * The resourceVersion that the watch began after: from then on versions must not fall. Left out when it begins with the
   * present state, which comes in any order.
   */
  readonly after?: string | undefined;
  /** Told of each event whose object cannot be taken; the others are given all the same. Without it such an event breaks the watch. */
  readonly onUnreadable?: OnUnreadable | undefined;
}

const DEFAULT_MAX_LINE_BYTES = 8 * 1024 * 1024;

const NEWLINE = 0x0a;
const OPENING_BRACE = 0x7b;
/** Between two events: white space, and the byte order mark that some proxies write. */
const IGNORED: ReadonlySet<number> = new Set([NEWLINE, 0x0d, 0x20, 0xef, 0xbb, 0xbf]);

/**
 * Turns the bytes of a JSON watch, one event per line, into events. Objects come without `metadata.managedFields` (an
 * empty array in its place).
 *
 * An event whose object cannot be taken (too large, no JSON, no object, no resourceVersion) is left out when `onUnreadable` is there to
 * be told: an event that comes again with each watch would hide everything behind it. That an object is gone needs no more than its
 * identity, so a DELETED that tells it is given all the same. Nothing else that is wrong is skipped: an ERROR with a Status
 * is the fault that the Status means; another ERROR, an unknown type, a line that is no JSON object or an event from before the last one
 * is `KUBE_STREAM_BROKEN`, as it would put an old state in place of a newer one.
 */
export class WatchDecoder {
  readonly #line: JsonScanner;
  readonly #onUnreadable: OnUnreadable | undefined;
  /** Version of the last event; undefined where versions tell no order. */
  #last: string | undefined;
  /** A line is begun and goes on in the next chunk. */
  #isScanning = false;
  #fault: CastaiError | undefined;

  constructor(options: WatchDecoderOptions = {}) {
    this.#line = new JsonScanner({
      maxBytes: options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES,
      metadataDepth: 2,
      skipsTooLarge: options.onUnreadable !== undefined,
    });
    this.#last = options.after;
    this.#onUnreadable = options.onUnreadable;
  }

  /** What ended the watch. To be looked at after each call, when the events before it are taken care of. */
  get fault(): CastaiError | undefined {
    return this.#fault;
  }

  /**
   * The events that this chunk completed, in order; may be empty. Never throws: the events before a fault are good, and
   * the last of them is where to resume. Nothing is read after a fault.
   */
  push(chunk: Buffer): WatchEvent[] {
    const events: WatchEvent[] = [];
    try {
      if (this.#fault === undefined) this.#read(chunk, events);
    } catch (error) {
      this.#fault = toCastaiError(error, 'INTERNAL');
    }
    return events;
  }

  /** To be called when the body has ended: an event that is begun and not complete is a fault. */
  end(): void {
    if (this.#isScanning) this.#fault ??= broken('it ends in the middle of an event');
  }

  #read(chunk: Buffer, events: WatchEvent[]): void {
    let index = 0;
    while (index < chunk.length) {
      const byte = chunk[index];
      if (!this.#isScanning) {
        if (IGNORED.has(byte ?? 0)) {
          index += 1;
          continue;
        }
        if (byte !== OPENING_BRACE) throw broken('an event is not an object');
        this.#isScanning = true;
      }
      // Compact JSON holds no newline and inside strings it is escaped, so each one ends a line whatever stands before it.
      const newline = chunk.indexOf(NEWLINE, index);
      const end = this.#line.scan(chunk, index, newline < 0 ? chunk.length : newline);
      if (end < 0 && newline < 0) return;
      this.#isScanning = false;
      const event = end < 0 ? this.#leaveOut('NOT_JSON', this.#line.giveUp()) : this.#toEvent();
      index = end < 0 ? newline : end;
      if (event === undefined) continue;
      this.#checkOrder(event);
      events.push(event);
    }
  }

  /** The event of a whole line; undefined when its object cannot be taken. */
  #toEvent(): WatchEvent | undefined {
    const { text, isTooLarge } = this.#line;
    if (isTooLarge) return this.#leaveOut('TOO_LARGE', text);
    const value = tryParseKubeJson(text);
    if (value === undefined) return this.#leaveOut('NOT_JSON', text);
    const event = toEvent(value);
    return typeof event === 'string' ? this.#leaveOut(event, text) : event;
  }

  /** What can be said all the same: that an object is gone, whose last state nobody needs. */
  #leaveOut(reason: UnreadableReason, text: string): WatchEvent | undefined {
    if (this.#onUnreadable === undefined) throw broken(`an event cannot be read (${reason})`);
    const object = identifyUnreadable(text, 1);
    const deletion = DELETED.test(text) ? deletionOf(object) : undefined;
    // Only its size is wrong with it: nothing is left out.
    if (reason === 'TOO_LARGE' && deletion !== undefined) return deletion;
    this.#onUnreadable({ ...object, reason, place: `after ${this.#last ?? ''}` });
    return deletion;
  }

  /** The same version twice is no harm: a repetition changes nothing. */
  #checkOrder(event: WatchEvent): void {
    if (this.#last === undefined) return;
    const version = versionOf(event);
    if (compareResourceVersions(version, this.#last) === 'older') throw broken('an event from before the last one');
    this.#last = version;
  }
}

/** How an event says so in the compact form, which is what API servers write. */
const DELETED = /^\{"type":"DELETED",/u;

/** The end of an object by its identity alone; undefined when that is not whole. */
function deletionOf({
  name,
  namespace,
  uid,
  resourceVersion,
}: Omit<UnreadableObject, 'reason' | 'place'>): WatchEvent | undefined {
  if (name === '' || uid === '' || resourceVersion === '') return undefined;
  const metadata = { name, uid, resourceVersion, ...(namespace === '' ? {} : { namespace }) };
  return { type: 'DELETED', ...jsonItem({ metadata }) };
}

function versionOf(event: WatchEvent): string {
  return event.type === 'BOOKMARK' ? event.resourceVersion : (event.metadata.resourceVersion ?? '');
}

/** What a line says, or why its object cannot be taken. Throws the fault that ends the watch. */
function toEvent(value: unknown): WatchEvent | UnreadableReason {
  const { type, object: said } = isRecord(value) ? value : {};
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED': {
      const object = toKubeObject(said);
      if (object === undefined) return 'NOT_AN_OBJECT';
      const { metadata } = object;
      return isUsable(metadata.resourceVersion) ? { type, encoding: 'JSON', metadata, object } : 'NO_VERSION';
    }
    case 'BOOKMARK':
      return { type, resourceVersion: bookmarkVersion(said) };
    case 'ERROR':
      throw classifyStatus(said) ?? broken('an error that is not a Status');
    default:
      // Some servers answer 200 and put the error in place of the events.
      throw classifyStatus(value) ?? broken('an event of unknown type');
  }
}

/** A bookmark is an object of the watched kind with nothing in it, not even a name. */
function bookmarkVersion(object: unknown): string {
  const metadata = isRecord(object) ? object['metadata'] : undefined;
  const resourceVersion = isRecord(metadata) ? metadata['resourceVersion'] : undefined;
  if (!isUsable(resourceVersion)) throw broken('a bookmark without a resourceVersion');
  return resourceVersion;
}

function isUsable(resourceVersion: unknown): resourceVersion is string {
  return typeof resourceVersion === 'string' && resourceVersion !== '';
}

function broken(what: string): KubeError {
  return new KubeError('KUBE_STREAM_BROKEN', `the API server sent a broken watch: ${what}`);
}
