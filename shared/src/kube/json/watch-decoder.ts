import { type CastaiError, toCastaiError } from '../../errors.ts';
import { brokenWatch, type WatchEvent, WatchEvents, type WatchEventsOptions } from '../watch-events.ts';
import { JsonScanner } from './json-scanner.ts';
import { tryParseKubeJson } from './parse-kube-json.ts';
import { identifyUnreadable, type UnreadableReason } from './unreadable-object.ts';

/** Settings of a watch decoder. */
export interface WatchDecoderOptions extends WatchEventsOptions {
  /** Longest line, or frame, in bytes; 8 MiB unless told otherwise. */
  readonly maxLineBytes?: number;
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
  readonly #events: WatchEvents;
  /** A line is begun and goes on in the next chunk. */
  #isScanning = false;
  #fault: CastaiError | undefined;

  constructor(options: WatchDecoderOptions = {}) {
    this.#line = new JsonScanner({
      maxBytes: options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES,
      metadataDepth: 2,
      skipsTooLarge: options.onUnreadable !== undefined,
    });
    this.#events = new WatchEvents(options);
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
    if (this.#isScanning) this.#fault ??= brokenWatch('it ends in the middle of an event');
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
        if (byte !== OPENING_BRACE) throw brokenWatch('an event is not an object');
        this.#isScanning = true;
      }
      // Compact JSON holds no newline and inside strings it is escaped, so each one ends a line whatever stands before it.
      const newline = chunk.indexOf(NEWLINE, index);
      const end = this.#line.scan(chunk, index, newline < 0 ? chunk.length : newline);
      if (end < 0 && newline < 0) return;
      this.#isScanning = false;
      const event = end < 0 ? this.#leaveOut('NOT_JSON', this.#line.giveUp()) : this.#toEvent();
      index = end < 0 ? newline : end;
      if (event !== undefined) events.push(event);
    }
  }

  /** The event of a whole line; undefined when its object cannot be taken. */
  #toEvent(): WatchEvent | undefined {
    const { text, isTooLarge } = this.#line;
    if (isTooLarge) return this.#leaveOut('TOO_LARGE', text);
    const value = tryParseKubeJson(text);
    if (value === undefined) return this.#leaveOut('NOT_JSON', text);
    const event = this.#events.take(value);
    return typeof event === 'string' ? this.#leaveOut(event, text) : event;
  }

  #leaveOut(reason: UnreadableReason, text: string): WatchEvent | undefined {
    return this.#events.leaveOut(reason, identifyUnreadable(text, 1), DELETED.test(text));
  }
}

/** How an event says so in the compact form, which is what API servers write. */
const DELETED = /^\{"type":"DELETED",/u;
