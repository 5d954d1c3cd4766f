import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Clock } from '../../async/clock.ts';
import type { Secret } from '../../config/secret.ts';
import { assert } from '../../errors.ts';
import type { Dispatchers } from '../../http/dispatcher.ts';
import { isPage } from '../../http/is-page.ts';
import { readBody } from '../../http/read-body.ts';
import { requestOver } from '../../http/request-over.ts';
import type { TheirClock } from '../../http/their-clock.ts';
import { urlUnder } from '../../http/url-under.ts';
import type { ApiKey } from '../api-key.ts';
import { attempt } from '../attempt.ts';
import { type Answer, classifyResponse, type SuccessBody } from '../classify-response.ts';
import { parseErrorBody } from '../error-body.ts';
import type { Outcome } from '../transport.ts';
import type { DeltaReceipt, DeltaRequest, DeltasTransport, DeltaStream, PreparedDelta } from './deltas-transport.ts';
import { Patience } from '../patience.ts';
import { GZIP_LEVEL, StreamedBody } from './streamed-body.ts';

/** What the client is made of. */
export interface DeltasClientOptions {
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

const gzipOnPool = promisify(gzip);
const MAX_ANSWER_BYTES = 64 * 1024;
/** The platform reads a request whole before it answers: this is what it has always been given, plus the time that the bytes need. */
const BASE_TIMEOUT_MS = 120_000;
/** So long nobody may take a byte of a stream. A kernel tells that there is room again when a third of its 4 MB is: 40 s at first. */
const STALL_MS = 120_000;
/** So much longer for each time that the line may be slower than that. */
const SLOWER_STALL_MS = 45_000;
/** For a stream as a whole: the longest that anybody could wait for a list. What stalls is ended long before. */
const STREAM_MS = 6 * 3_600_000;
/** The platform's words for a token that is not the one it gave out last, with whatever status. */
const TOKEN_REFUSED = 'invalid continuity token';
/** Once it is an accident; again and again it is two agents, each of which uses up the token of the other. */
const TOKEN_HINT =
  'the platform has lost its token, an answer was lost, or, if it comes again and again, another agent sends for this cluster: stop one of them';
const SNAPSHOT_HINT =
  'a full snapshot is one request and cannot be cut: raise the bound on the size of a request, at the platform or at the proxy before it';

/** The `agent-deltas` call over HTTP/1.1 (see `deltas-transport.ts` for who promises what). Holds no token. */
export class DeltasClient implements DeltasTransport {
  readonly #options: DeltasClientOptions;
  readonly #patience: Patience;

  constructor(options: DeltasClientOptions) {
    this.#options = options;
    this.#patience = new Patience(options.clock);
  }

  /** Compresses a delta, once for all its attempts. */
  async prepare(body: Uint8Array): Promise<PreparedDelta> {
    return { bytes: await gzipOnPool(body, { level: GZIP_LEVEL }), rawBytes: body.byteLength };
  }

  /** One attempt at handing over a delta. Rejects with the signal's reason only. */
  async send(to: DeltaRequest, prepared: PreparedDelta, signal: AbortSignal): Promise<Outcome<DeltaReceipt>> {
    const { apiKey, clock, dispatchers } = this.#options;
    const { redact } = dispatchers;
    const bytes = prepared.bytes.byteLength;
    const timeoutMs = this.#answerMs(bytes);
    return this.#patience.learn({ bytes, allowedMs: timeoutMs }, () =>
      attempt({ apiKey, clock, timeoutMs, redact, signal }, (key, attemptSignal) =>
        this.#exchange({ ...to, body: prepared.bytes }, key, attemptSignal),
      ),
    );
  }

  /** Begins a request whose body is written while other things go on. */
  stream(to: DeltaRequest, signal: AbortSignal): DeltaStream {
    const { apiKey, clock, dispatchers } = this.#options;
    const { redact } = dispatchers;
    const stalled = new AbortController();
    const stallMs = STALL_MS + (this.#patience.factor - 1) * SLOWER_STALL_MS;
    const body = new StreamedBody({
      clock,
      stallMs,
      answerMs: (bytes) => this.#answerMs(bytes),
      onStalled: () => {
        // Behind the end nothing is left to write: what any line would have carried by then is missing for another reason.
        if (body.readable.writableEnded) this.#patience.overdue(body.bytes, stallMs + this.#answerMs(body.bytes));
        else this.#patience.timedOut();
        stalled.abort(new DOMException('the platform neither reads nor answers', 'TimeoutError'));
      },
    });
    const work = async (key: Secret, attemptSignal: AbortSignal): Promise<Outcome<DeltaReceipt>> => {
      const end = (): void => stalled.abort(attemptSignal.reason);
      attemptSignal.addEventListener('abort', end, { once: true });
      try {
        return await this.#exchange({ ...to, body: body.readable }, key, stalled.signal);
      } finally {
        attemptSignal.removeEventListener('abort', end);
      }
    };
    const outcome = attempt({ apiKey, clock, timeoutMs: STREAM_MS, redact, signal }, work).finally(() =>
      body.destroy(),
    );
    return {
      outcome,
      get bytes() {
        return body.bytes;
      },
      write: (bytes) => body.write(bytes),
      keepAlive: () => body.keepAlive(),
      end: () => body.end(),
    };
  }

  /** How long an answer to so many bytes may take. */
  #answerMs(bytes: number): number {
    return BASE_TIMEOUT_MS + this.#patience.allowMs(bytes);
  }

  async #exchange(call: Call, key: Secret, signal: AbortSignal): Promise<Outcome<DeltaReceipt>> {
    const { baseUrl, dispatchers, userAgent, clock, theirClock } = this.#options;
    const { clusterId, token, body } = call;
    assert(clusterId !== '', 'deltas of a cluster that is not registered');
    const { origin, pathname } = new URL(urlUnder(baseUrl, pathOf(clusterId)));
    const onDate = theirClock?.asked();
    const answer = await requestOver(dispatchers, {
      origin,
      path: pathname,
      method: 'POST',
      headers: {
        'x-api-key': key.reveal(),
        'user-agent': userAgent,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'continuity-token': token,
        accept: 'application/json',
      },
      body,
      signal,
      // undici counts the upload into these; who waits has a deadline.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const { statusCode: status, headers } = answer;
    onDate?.({ date: firstOf(headers['date']), age: firstOf(headers['age']) });
    const { bytes, truncated } = await readBody(answer.body, MAX_ANSWER_BYTES);
    const isSuccess = status >= 200 && status <= 299;
    const isForPeople = isPage(firstOf(headers['content-type']));
    const received = { bytes, truncated, isPage: isForPeople, next: firstOf(headers['continuity-token']), token };
    return refineRefusal(
      classifyResponse({
        status,
        retryAfter: firstOf(headers['retry-after']),
        location: firstOf(headers['location']),
        success: isSuccess ? checkReceipt(received) : NO_SUCCESS,
        error: isSuccess ? undefined : parseErrorBody(bytes, dispatchers.redact),
        encoding: 'gzip',
        isPage: isForPeople,
        nowMs: clock.now(),
      } satisfies Answer<DeltaReceipt>),
      { bytes, isStream: !(body instanceof Uint8Array) },
    );
  }
}

interface Call extends DeltaRequest {
  readonly body: Uint8Array | Readable;
}

interface Received {
  readonly bytes: Uint8Array;
  readonly truncated: boolean;
  /** It says that it is one. */
  readonly isPage: boolean;
  readonly next: string | undefined;
  readonly token: string;
}

const NO_SUCCESS = { valid: false, problem: '' } as const;

/**
 * The body of a success means nothing, but a page in its place means that somebody else has answered. So does whatever is no JSON without
 * a token, and a missing token once the platform has given one: taken for a success, it would lose the items.
 */
function checkReceipt({ bytes, truncated, isPage: isForPeople, next, token }: Received): SuccessBody<DeltaReceipt> {
  // Nobody but the platform gives out tokens: the word beside one is free, as long as it is no page that repeats the headers it got.
  const isTaken = next !== undefined && next !== '' && !isForPeople && !looksLikePage(bytes);
  if (!isTaken && (truncated || !isJsonOrNothing(bytes))) return { valid: false, problem: 'a body that is no JSON' };
  if (next === undefined && token !== '') return { valid: false, problem: 'an answer without a continuity token' };
  return { valid: true, value: { token: next ?? '' } };
}

function looksLikePage(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(0, 1024)).trimStart().startsWith('<');
}

function isJsonOrNothing(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes).trim();
  if (text === '') return true;
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

/**
 * What this API says in its own way: the refusal of a token comes with any status, as text or JSON; a cluster that the platform does not
 * know any more is a 404 without a code that says so, but in the words of the platform and not of any web server.
 */
function refineRefusal(
  outcome: Outcome<DeltaReceipt>,
  { bytes, isStream }: { readonly bytes: Uint8Array; readonly isStream: boolean },
): Outcome<DeltaReceipt> {
  if (outcome.ok) return outcome;
  const { verdict } = outcome;
  const { status, retryAfterMs, detail } = verdict;
  if (verdict.kind === 'TOO_LARGE' && isStream) return { ok: false, verdict: { ...verdict, hint: SNAPSHOT_HINT } };
  if (status === 404 && parseErrorBody(bytes) !== undefined) {
    return { ok: false, verdict: { kind: 'UNKNOWN_CLUSTER', status, detail } };
  }
  if (!new TextDecoder().decode(bytes).includes(TOKEN_REFUSED)) return outcome;
  return {
    ok: false,
    verdict: {
      kind: 'UNKNOWN_EPOCH',
      detail: `HTTP ${status ?? 0}: ${TOKEN_REFUSED}`,
      hint: TOKEN_HINT,
      ...(status === undefined ? {} : { status }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  };
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}

function pathOf(clusterId: string): string {
  return `/v1/kubernetes/clusters/${encodeURIComponent(clusterId)}/agent-deltas`;
}
