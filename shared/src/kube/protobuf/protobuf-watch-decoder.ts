import { type CastaiError, toCastaiError } from '../../errors.ts';
import type { WatchDecoderOptions } from '../json/watch-decoder.ts';
import { LOOKED_AT_CHARACTERS, type UnreadableReason } from '../json/unreadable-object.ts';
import { KubeError } from '../kube-error.ts';
import type { ProtobufObject } from '../kube-item.ts';
import { brokenWatch, type WatchEvent, WatchEvents } from '../watch-events.ts';
import { ByteQueue } from './byte-queue.ts';
import { openEnvelope, readStatus, TYPE_META } from './envelope.ts';
import { identifyMessage } from './identify-message.ts';
import type { ObjectReader } from './object-reader.ts';
import { WIRE, WireCursor } from './wire-cursor.ts';

const DEFAULT_MAX_FRAME_BYTES = 8 * 1024 * 1024;
/**
 * No API server takes an object of as much. Unlike a line of JSON a frame has no end by which the next one is found: passing such a length by
 * would lose every event behind it until the watch ends.
 */
const MOST_BYTES = 64 * 1024 * 1024;
const LENGTH_BYTES = 4;

/** Fields of the WatchEvent around each object, and of the RawExtension in it. */
const TYPE = (1 << 3) | WIRE.bytes;
const OBJECT = (2 << 3) | WIRE.bytes;
const RAW = (1 << 3) | WIRE.bytes;

/**
 * Turns the bytes of a watch in Kubernetes' protobuf into events: frames of a length of four bytes and a WatchEvent, without the beginning
 * that other messages have; the object in it has that. What it promises is what `WatchDecoder` promises for JSON.
 */
export class ProtobufWatchDecoder {
  readonly #reader: ObjectReader;
  readonly #events: WatchEvents;
  readonly #maxFrameBytes: number;
  readonly #skipsTooLarge: boolean;
  readonly #queue = new ByteQueue();
  /** Bytes of a frame that is too large, still to be passed by. */
  #passing = 0;
  #fault: CastaiError | undefined;

  constructor(reader: ObjectReader, options: WatchDecoderOptions = {}) {
    this.#reader = reader;
    this.#events = new WatchEvents(options);
    this.#maxFrameBytes = options.maxLineBytes ?? DEFAULT_MAX_FRAME_BYTES;
    this.#skipsTooLarge = options.onUnreadable !== undefined;
  }

  /** What ended the watch. To be looked at after each call, when the events before it are taken care of. */
  get fault(): CastaiError | undefined {
    return this.#fault;
  }

  /** The events that this chunk completed, in order; may be empty. Never throws, and reads nothing after a fault. */
  push(chunk: Buffer): WatchEvent[] {
    const events: WatchEvent[] = [];
    try {
      if (this.#fault === undefined) {
        this.#queue.push(chunk);
        while (this.#step(events));
      }
    } catch (error) {
      this.#fault = toCastaiError(error, 'INTERNAL');
    }
    return events;
  }

  /** To be called when the body has ended: an event that is begun and not complete is a fault. */
  end(): void {
    if (this.#queue.length > 0 || this.#passing > 0) this.#fault ??= brokenWatch('it ends in the middle of an event');
  }

  /** One frame further; false when more bytes are needed for it. */
  #step(events: WatchEvent[]): boolean {
    if (this.#passing > 0) {
      this.#passing -= this.#queue.take(Math.min(this.#passing, this.#queue.length)).length;
      return this.#passing === 0;
    }
    if (this.#queue.length < LENGTH_BYTES) return false;
    const length = this.#queue.peek(LENGTH_BYTES).readUInt32BE();
    if (length > MOST_BYTES) throw brokenWatch('the length of an event is none');
    const isTooLarge = length > this.#maxFrameBytes;
    if (isTooLarge && !this.#skipsTooLarge) {
      throw new KubeError('KUBE_FRAME_TOO_LARGE', `an event of the watch has ${String(length)} bytes`);
    }
    const needed = isTooLarge ? Math.min(length, LOOKED_AT_CHARACTERS) : length;
    if (this.#queue.length < LENGTH_BYTES + needed) return false;
    this.#queue.take(LENGTH_BYTES);
    const frame = this.#queue.take(needed);
    this.#passing = length - needed;
    const event = isTooLarge ? this.#passBy(openFrame(frame)) : this.#toEvent(frame);
    if (event !== undefined) events.push(event);
    return true;
  }

  /** What is of no type is no event: its length is not to be believed. */
  #passBy(frame: Frame): WatchEvent | undefined {
    if (frame.type === '') throw brokenWatch('what has the length of a large event is none');
    return this.#leaveOut('TOO_LARGE', frame);
  }

  #toEvent(bytes: Buffer): WatchEvent | undefined {
    const frame = openFrame(bytes);
    if (!frame.isWhole) return this.#leaveOut('NOT_PROTOBUF', frame);
    const read = this.#read(frame.object);
    if (read === undefined) return this.#leaveOut('NOT_PROTOBUF', frame);
    const event = this.#events.take({ type: frame.type, object: read.object }, read.protobuf);
    return typeof event === 'string' ? this.#leaveOut(event, frame) : event;
  }

  /** The object of an event as JSON has it; undefined: it cannot be read. */
  #read(bytes: Buffer): Read | undefined {
    try {
      const { apiVersion, kind, raw } = openEnvelope(bytes);
      if (kind === 'Status') return { object: readStatus(raw), protobuf: undefined };
      if (kind !== this.#reader.kind || apiVersion !== this.#reader.apiVersion) return undefined;
      const { message } = this.#reader;
      return { object: Object.assign(this.#reader.read(raw), { apiVersion, kind }), protobuf: { message, bytes: raw } };
    } catch (error) {
      if (error instanceof KubeError) return undefined;
      throw error;
    }
  }

  #leaveOut(reason: UnreadableReason, { type, object }: Frame): WatchEvent | undefined {
    const identity = { ...identifyMessage(beginOfRaw(object)), kind: this.#reader.kind };
    return this.#events.leaveOut(reason, identity, type === 'DELETED');
  }
}

interface Read {
  readonly object: Record<string, unknown>;
  readonly protobuf: ProtobufObject | undefined;
}

interface Frame {
  readonly type: string;
  /** The object in its envelope, or its beginning. */
  readonly object: Buffer;
  readonly isWhole: boolean;
}

/** What a frame holds, as far as its bytes go. */
function openFrame(bytes: Buffer): Frame {
  const cursor = new WireCursor();
  cursor.open(bytes);
  let [type, object] = ['', bytes.subarray(0, 0)];
  try {
    while (cursor.at < bytes.length) {
      const tag = cursor.uint32();
      if (tag === TYPE) type = cursor.text();
      else if (tag === OBJECT) {
        const end = cursor.uint32() + cursor.at;
        if (cursor.uint32() !== RAW) return { type, object, isWhole: false };
        const rawEnd = cursor.uint32() + cursor.at;
        object = bytes.subarray(cursor.at, rawEnd);
        if (rawEnd > bytes.length || end !== rawEnd) return { type, object, isWhole: false };
        cursor.at = rawEnd;
      } else cursor.skipOther(tag, 2);
    }
    return { type, object, isWhole: true };
  } catch {
    return { type, object, isWhole: false };
  }
}

/** Where the message itself begins in an envelope of which the end may be missing. */
function beginOfRaw(envelope: Buffer): Buffer {
  const cursor = new WireCursor();
  cursor.open(envelope, LENGTH_BYTES);
  try {
    while (cursor.at < envelope.length) {
      const tag = cursor.uint32();
      if (tag === TYPE_META) cursor.skip(WIRE.bytes);
      else {
        cursor.uint32();
        return envelope.subarray(cursor.at);
      }
    }
  } catch {
    // Nothing can be told then.
  }
  return envelope.subarray(0, 0);
}
