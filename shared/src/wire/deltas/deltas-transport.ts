/**
 * The agent's side of the public API's `agent-deltas` call, and who promises what to whom beside what `transport.ts` says of every call.
 *
 * The procedure: one request holds the whole state of the cluster (`fullSnapshot`), and every later one what has changed since. The
 * answer to each brings a continuity token, which the next one has to carry; the platform answers another one with the text
 * `invalid continuity token`, which is the verdict `UNKNOWN_EPOCH` here. A full snapshot is taken with any token.
 *
 * The transport promises:
 * - that a request which was not written to its end can never be read as a whole one: neither its gzip nor its JSON is complete;
 * - that bytes which nobody takes end an attempt, and slow ones do not.
 *
 * The caller promises to send a delta again only with the same token: what was applied is answered with `UNKNOWN_EPOCH` then.
 */
import type { Outcome } from '../transport.ts';

/** An accepted request. */
export interface DeltaReceipt {
  /** For the next request; empty where the platform gives none. */
  readonly token: string;
}

/** A delta in the bytes that every attempt at it sends. */
export interface PreparedDelta {
  /** The compressed body. */
  readonly bytes: Uint8Array;
  /** Size before compression, in bytes. */
  readonly rawBytes: number;
}

/** A request whose body is still being written. */
export interface DeltaStream {
  /** What came of it. Rejects with the signal's reason only. It may be known long before the end is written. */
  readonly outcome: Promise<Outcome<DeltaReceipt>>;
  /** Compressed bytes so far. */
  readonly bytes: number;
  /** Writes on. Resolves when there is room for more, or when the request is over. */
  write(bytes: Uint8Array): Promise<void>;
  /** Says a sign of life that means nothing: a space of JSON. */
  keepAlive(): void;
  /** Nothing follows. */
  end(): void;
}

/** The agent's side of the call. */
export interface DeltasTransport {
  /** Compresses a delta, once for all its attempts. */
  prepare(body: Uint8Array): Promise<PreparedDelta>;
  /** One attempt at handing over a delta. */
  send(request: DeltaRequest, prepared: PreparedDelta, signal: AbortSignal): Promise<Outcome<DeltaReceipt>>;
  /** Begins a request whose body is written while other things go on. */
  stream(request: DeltaRequest, signal: AbortSignal): DeltaStream;
}

/** To whom it goes, and after what. */
export interface DeltaRequest {
  readonly clusterId: string;
  /** That of the last accepted request; empty: none is known. */
  readonly token: string;
}
