import type { Clock } from '../../async/clock.ts';
import type { Secret } from '../../config/secret.ts';
import { assert } from '../../errors.ts';
import type { ApiKey } from '../api-key.ts';
import { attempt } from '../attempt.ts';
import { classifyResponse, type SuccessBody } from '../classify-response.ts';
import { compress } from './compression.ts';
import { DICTIONARY_HEADER, DICTIONARY_NAME } from './dictionary.ts';
import { parseErrorBody } from '../error-body.ts';
import type { Ack, Batch, Entry, OpenRequest, OpenResponse } from './ingest-messages.ts';
import { decodeAck, decodeOpenResponse, encodeOpenRequest, INGEST_CONTENT_TYPE } from './ingest-wire.ts';
import { packBatch, unpackBatch } from './pack-batch.ts';
import type { Dispatchers } from '../../http/dispatcher.ts';
import { isPage } from '../../http/is-page.ts';
import { readBody } from '../../http/read-body.ts';
import { requestOver } from '../../http/request-over.ts';
import { Patience } from '../patience.ts';
import type { TheirClock } from '../../http/their-clock.ts';
import type { ContentEncoding, Outcome } from '../transport.ts';
import type { IngestTransport, PreparedBatch } from './ingest-transport.ts';

/** What the ingest client is made of. */
export interface IngestClientOptions {
  /** Address of the platform; a path becomes the prefix of every call. */
  readonly baseUrl: URL;
  /** Gives the dispatcher for each attempt, so that a renewed CA file is followed. */
  readonly dispatchers: Dispatchers;
  readonly apiKey: ApiKey;
  /** `castai-agent/<version>`. */
  readonly userAgent: string;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs' | 'setTimer'>;
  /** Told of the date of every answer. */
  readonly theirClock?: Pick<TheirClock, 'asked'>;
}

/** An ack is tens of bytes; with directives and rejections for a whole batch still well below. */
const MAX_SUCCESS_BYTES = 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;

/** An attempt may take this long plus the time that its body needs (`Patience`). */
const BASE_TIMEOUT_MS = 30_000;

/** The ingest protocol over HTTP/1.1 (see `ingest-transport.ts` for who promises what). Holds no batch and no session. */
export class IngestClient implements IngestTransport {
  readonly #options: IngestClientOptions;
  readonly #patience: Patience;
  /** Falls back to gzip for good once zstd was refused: the box in between will not change its mind batch by batch. */
  #encoding: Exclude<ContentEncoding, 'dcz'> = 'zstd';
  /** Whether small batches go by the dictionary: when the last open's answer named it, and until it was refused once. */
  #dictionary: 'unknown' | 'known' | 'refused' = 'unknown';

  constructor(options: IngestClientOptions) {
    this.#options = options;
    this.#patience = new Patience(options.clock);
  }

  /** One attempt at starting a session. Rejects with the signal's reason only. */
  async open(clusterId: string, openRequest: OpenRequest, signal: AbortSignal): Promise<Outcome<OpenResponse>> {
    const encoding = this.#encoding;
    const bytes = await compress(encoding, encodeOpenRequest(openRequest));
    const path = pathOf(clusterId, 'open');
    return this.#call({ path, bytes, encoding, isOpen: true, check: checkOpenResponse }, signal);
  }

  /** Encodes and compresses a batch with the compression that is in use now. */
  async prepare(batch: Batch, onPacked?: (entries: readonly Entry[]) => void): Promise<PreparedBatch> {
    const { epoch, seq, entries } = batch;
    // Both count from 1; a 0 is what protobuf makes of a field that nobody has set, here and at the other end.
    assert(epoch >= 1 && seq >= 1, `a batch ${seq} of epoch ${epoch}`);
    const encoding = this.#encoding === 'zstd' && this.#dictionary === 'known' ? 'dcz' : this.#encoding;
    const packed = await packBatch(batch, { encoding, ...(onPacked === undefined ? {} : { onPacked }) });
    return { epoch, seq, entryCount: entries.length, ...packed };
  }

  /** The entries of a batch again. */
  unpack(prepared: PreparedBatch): Promise<readonly Entry[]> {
    return unpackBatch(prepared);
  }

  /** One attempt at handing over a batch. Rejects with the signal's reason only. */
  async send(clusterId: string, prepared: PreparedBatch, signal: AbortSignal): Promise<Outcome<Ack>> {
    const { bytes, encoding } = prepared;
    const check = (body: Uint8Array): SuccessBody<Ack> => checkAck(prepared, body);
    return this.#call({ path: pathOf(clusterId, 'batches'), bytes, encoding, check }, signal);
  }

  async #call<T>(call: Call<T>, signal: AbortSignal): Promise<Outcome<T>> {
    const { apiKey, clock, dispatchers } = this.#options;
    const { redact } = dispatchers;
    const bytes = call.bytes.byteLength;
    const timeoutMs = BASE_TIMEOUT_MS + this.#patience.allowMs(bytes);
    const outcome = await this.#patience.learn({ bytes, allowedMs: timeoutMs }, () =>
      attempt({ apiKey, clock, timeoutMs, redact, signal }, (key, attemptSignal) =>
        this.#exchange(call, key, attemptSignal),
      ),
    );
    if (!outcome.ok && outcome.verdict.kind === 'UNSUPPORTED_ENCODING') this.#moveOn(call.encoding);
    return outcome;
  }

  /** Whatever is in use by now: an encoding that was refused is not used again. */
  #moveOn(refused: ContentEncoding): void {
    if (refused === 'dcz') this.#dictionary = 'refused';
    else if (refused === 'zstd') this.#encoding = 'gzip';
  }

  async #exchange<T>(call: Call<T>, key: Secret, signal: AbortSignal): Promise<Outcome<T>> {
    const { baseUrl, dispatchers, userAgent, clock, theirClock } = this.#options;
    const onDate = theirClock?.asked();
    const { origin, pathname: path } = urlOf(baseUrl, call.path);
    const { statusCode, headers, body } = await requestOver(dispatchers, {
      origin,
      path,
      method: 'POST',
      headers: {
        'x-api-key': key.reveal(),
        'user-agent': userAgent,
        'content-type': INGEST_CONTENT_TYPE,
        'content-encoding': call.encoding,
        accept: INGEST_CONTENT_TYPE,
      },
      // Bytes, not a stream: the length is known and every attempt can send them again.
      body: call.bytes,
      signal,
      // undici counts the upload into this one, so that a slow uplink would be taken for a silent platform.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    onDate?.({ date: firstOf(headers['date']), age: firstOf(headers['age']) });
    const isSuccess = statusCode >= 200 && statusCode <= 299;
    if (isSuccess && this.#dictionary !== 'refused' && call.isOpen === true) {
      this.#dictionary = firstOf(headers[DICTIONARY_HEADER])?.trim() === DICTIONARY_NAME ? 'known' : 'unknown';
    }
    const { bytes, truncated } = await readBody(body, isSuccess ? MAX_SUCCESS_BYTES : MAX_ERROR_BYTES);
    return classifyResponse({
      status: statusCode,
      retryAfter: firstOf(headers['retry-after']),
      location: firstOf(headers['location']),
      success: isSuccess
        ? checkSuccess({ call, type: firstOf(headers['content-type']), bytes, truncated })
        : NO_SUCCESS,
      error: isSuccess || truncated ? undefined : parseErrorBody(bytes, dispatchers.redact),
      encoding: call.encoding,
      isPage: isPage(firstOf(headers['content-type'])),
      nowMs: clock.now(),
    });
  }
}

/** One call, the same for every attempt at it. */
interface Call<T> {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly encoding: ContentEncoding;
  /** Its answer tells which dictionary the platform knows. */
  readonly isOpen?: true;
  /** Decodes a success body and makes sure that the platform answered this very request. May throw. */
  readonly check: (body: Uint8Array) => SuccessBody<T>;
}

interface ReceivedSuccess<T> {
  readonly call: Call<T>;
  readonly type: string | undefined;
  readonly bytes: Uint8Array;
  readonly truncated: boolean;
}

const NO_SUCCESS = { valid: false, problem: '' } as const;

function checkSuccess<T>({ call, type, bytes, truncated }: ReceivedSuccess<T>): SuccessBody<T> {
  if (truncated) return { valid: false, problem: `a body of more than ${MAX_SUCCESS_BYTES} bytes` };
  // Protobuf takes many bytes that are none; the type keeps a login page from being read as one.
  if (type?.split(';', 1)[0]?.trim().toLowerCase() !== INGEST_CONTENT_TYPE) {
    return { valid: false, problem: 'a body that is not of the ingest protocol' };
  }
  try {
    return call.check(bytes);
  } catch {
    // The decoder's words are about byte offsets: nothing that helps to find who answered.
    return { valid: false, problem: 'a body that cannot be decoded' };
  }
}

/** An open response echoes nothing, but a real one has an epoch, and epochs start at 1. */
function checkOpenResponse(body: Uint8Array): SuccessBody<OpenResponse> {
  const value = decodeOpenResponse(body);
  return value.epoch >= 1 ? { valid: true, value } : { valid: false, problem: 'an open response without an epoch' };
}

/** The ack must echo epoch, seq and entry count: a box that answers 200 to everything, or an old answer, cannot. */
function checkAck(prepared: PreparedBatch, body: Uint8Array): SuccessBody<Ack> {
  const ack = decodeAck(body);
  const { epoch, seq, entryCount } = prepared;
  if (ack.epoch === epoch && ack.receivedSeq === seq && ack.entryCount === entryCount) {
    return { valid: true, value: ack };
  }
  const got = `epoch ${ack.epoch}, seq ${ack.receivedSeq}, ${ack.entryCount} entries`;
  const problem = `an ack of ${got} for epoch ${epoch}, seq ${seq}, ${entryCount} entries`;
  return { valid: false, problem, ackMismatch: true };
}

function pathOf(clusterId: string, call: 'open' | 'batches'): string {
  assert(clusterId !== '', `${call} of a cluster that is not registered`);
  return `/v2/clusters/${encodeURIComponent(clusterId)}/ingest/${call}`;
}

function urlOf(baseUrl: URL, path: string): URL {
  return new URL(`${baseUrl.pathname.replace(/\/+$/, '')}${path}`, baseUrl);
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
