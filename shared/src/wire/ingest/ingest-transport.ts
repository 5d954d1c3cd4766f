/**
 * The agent's side of the ingest protocol, and who promises what to whom beside what `transport.ts` says of every call.
 *
 * The procedure (`PROTOCOL.md` has it from both sides):
 *
 * 1. The session calls `open`. An `OpenResponse` brings the epoch, a number that only rises, and the resume points.
 * 2. It cuts a batch, numbers it and calls `prepare` once. From then on the bytes of that (epoch, seq) are fixed, and stand for its entries:
 *    where other content is to go out, `unpack` gives these back.
 * 3. It calls `send` with these bytes. One batch is in flight at a time; nothing here queues or runs side by side.
 * 4. An `Ack` means that the platform has the batch durably; the session may forget it. Anything else is a `Verdict`.
 *
 * The transport promises:
 * - a deadline that grows with the bytes sent, so that a large batch can be delivered over a slow line;
 * - that an ack echoes epoch, seq and entry count of what was sent.
 *
 * The caller promises:
 * - to send the same prepared bytes again after `UNAVAILABLE`, `NO_ANSWER` and `INTERFERENCE`, because the platform may
 *   have applied them already and tells a repetition by its seq;
 * - to prepare the same entries again after `UNSUPPORTED_ENCODING`, and other entries under the same seq only after `TOO_LARGE` or
 *   `REJECTED`, and only if every attempt so far was answered with that: it was not applied then. Where one was not, to open anew.
 */
import type { Outcome } from '../transport.ts';
import type { Ack, Batch, Entry, OpenRequest, OpenResponse } from './ingest-messages.ts';
import type { PackedBatch } from './pack-batch.ts';

/** A batch in the bytes that every attempt of its (epoch, seq) sends. */
export interface PreparedBatch extends PackedBatch {
  readonly epoch: number;
  readonly seq: number;
  /** What the ack has to echo. */
  readonly entryCount: number;
}

/** The agent's side of the ingest protocol. */
export interface IngestTransport {
  /** One attempt at starting a session. */
  open(clusterId: string, request: OpenRequest, signal: AbortSignal): Promise<Outcome<OpenResponse>>;
  /** Encodes and compresses a batch, once for all its attempts. `onPacked` is told of entries whose bodies are not read any more. */
  prepare(batch: Batch, onPacked?: (entries: readonly Entry[]) => void): Promise<PreparedBatch>;
  /** The entries of a batch again, all that the wire says of them. Rejects only because of a bug. */
  unpack(prepared: PreparedBatch): Promise<readonly Entry[]>;
  /** One attempt at handing over a batch. */
  send(clusterId: string, prepared: PreparedBatch, signal: AbortSignal): Promise<Outcome<Ack>>;
}
