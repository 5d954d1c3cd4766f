import type { Dispatcher } from 'undici';
import type { Clock } from '../async/clock.ts';
import type { Dispatchers } from '../http/dispatcher.ts';
import { assert } from '../errors.ts';
import { readBody } from '../http/read-body.ts';
import { requestOver } from '../http/request-over.ts';
import type { TheirClock } from '../http/their-clock.ts';
import { bodyChunks } from './body-chunks.ts';
import { bodyGathers, HOLDS_BACK } from './body-gathers.ts';
import { classifyAnswer } from './classify-kube.ts';
import { ACCEPT_OBJECTS, ACCEPT_PROTOBUF, bodyFormatOf } from './content-negotiation.ts';
import type { KubeCredentials } from './credentials.ts';
import { measured, type OnKubeAnswer } from './kube-answer.ts';
import { KubeError } from './kube-error.ts';
import { ListDecoder } from './json/list-decoder.ts';
import { type ListPage, StreamedPage } from './list-page.ts';
import { openEnvelope, readStatus } from './protobuf/envelope.ts';
import type { ObjectReader } from './protobuf/object-reader.ts';
import { ProtobufListDecoder } from './protobuf/protobuf-list-decoder.ts';
import { ProtobufWatchDecoder } from './protobuf/protobuf-watch-decoder.ts';
import { retryUnauthorized } from './retry-unauthorized.ts';
import type { OnUnreadable } from './json/unreadable-object.ts';
import { WatchDecoder } from './json/watch-decoder.ts';
import type { WatchEvent } from './watch-events.ts';

/** What the streams are made of. */
export interface KubeStreamOptions {
  readonly credentials: KubeCredentials;
  /** Asked for every request, so that a renewed CA is followed: a `DispatcherSource` of `credentials.connection`. */
  readonly dispatchers: Dispatchers;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs' | 'setTimer'>;
  /** `castai-agent/<version>`: what the cluster's audit log shows. */
  readonly userAgent: string;
  /** Told of every answer, and of every request that got none. */
  readonly onAnswer?: OnKubeAnswer;
  /** Told of the date of every answer. */
  readonly theirClock?: Pick<TheirClock, 'asked'>;
}

/** One page of a list. */
export interface ListRequest {
  /** Path of the collection: `/api/v1/pods`, `/apis/apps/v1/namespaces/shop/deployments`. */
  readonly path: string;
  /** Most items of the page. */
  readonly limit: number;
  /** Token of the page before; absent or empty for the first page. */
  readonly continueToken?: string | undefined;
  /** The first page shall not be older than this resourceVersion; it is of the newest one all the same. Later pages ignore it. */
  readonly notOlderThan?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Kind of its objects, where it is known: a list of others is somebody else's. */
  readonly kind?: string | undefined;
  /** How its objects are read if they come in protobuf, which is asked for then. Absent: JSON. */
  readonly reader?: ObjectReader | undefined;
  /** Told of each object that cannot be read and is left out. */
  readonly onUnreadable?: OnUnreadable;
}

/** One watch. */
export interface WatchRequest {
  /** Path of the collection. */
  readonly path: string;
  /** Events after this one are wanted. */
  readonly resourceVersion: string;
  /** After which the server ends the watch in good order. */
  readonly timeoutSeconds: number;
  /** Milliseconds without a byte after which the connection counts as dead. */
  readonly idleMs: number;
  /**
   * Longest time that an event may wait to be read together with those that follow, in milliseconds. Left out: each is read as it comes.
   */
  readonly gatherMs?: number | undefined;
  readonly fieldSelector?: string | undefined;
  /** As in a list. */
  readonly reader?: ObjectReader | undefined;
  /** Told of each event whose object cannot be read and is left out. */
  readonly onUnreadable?: OnUnreadable;
}

/** A page that is being written is never silent for long: the server has it in memory when it begins. */
const LIST_IDLE_MS = 60_000;

/** An answer that is no success is a few hundred bytes. */
const ERROR_IDLE_MS = 10_000;
const MAX_ERROR_BYTES = 64 * 1024;

type Query = Readonly<Record<string, string | number | undefined>>;

/**
 * Lists and watches of one API server, decoded as the bytes arrive. One request each and one attempt: what to do after a
 * failure, and when, is up to the caller. Only after a 401 the token is read anew and the request repeated, once.
 *
 * Everything that goes wrong is a `KubeError`; an abort is the signal's reason and ends the connection. Secrets are never
 * asked for: their path is `INTERNAL`, a bug of ours.
 */
export class KubeStream {
  readonly #options: KubeStreamOptions;
  /** What every path begins with; empty unless the API server is behind a proxy that serves several. */
  readonly #prefix: string;

  constructor(options: KubeStreamOptions) {
    this.#options = options;
    this.#prefix = options.credentials.server.pathname.replace(/\/+$/, '');
  }

  /** Asks for a page; resolves when its beginning is there. Its items must be iterated, or the signal aborted. */
  async listPage(request: ListRequest, signal: AbortSignal): Promise<ListPage> {
    const { path, kind, reader, onUnreadable } = request;
    const { body, isProtobuf } = await this.#open({ path, query: listQuery(request), reader }, signal);
    const decoder =
      isProtobuf && reader
        ? new ProtobufListDecoder(reader, { onUnreadable })
        : new ListDecoder({ kind, onUnreadable });
    const chunks = bodyChunks(body, { idleMs: LIST_IDLE_MS, clock: this.#options.clock }, signal);
    const page = new StreamedPage(chunks, decoder);
    await page.begin();
    return page;
  }

  /**
   * The events after a resourceVersion: what one chunk of bytes held at a time, never an empty array. Ends when the
   * server ends it in good order; everything else throws. The loop's body should be quick: a server gives up on a client
   * that does not read.
   */
  async *watch(request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchEvent[], void, void> {
    const { path, resourceVersion, timeoutSeconds, idleMs, gatherMs, fieldSelector, reader, onUnreadable } = request;
    const query = { watch: 1, allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds, fieldSelector };
    const holdsBack = gatherMs !== undefined;
    const { body, isProtobuf } = await this.#open({ path, query, reader, holdsBack }, signal);
    const options = { after: resourceVersion, onUnreadable };
    const decoder = isProtobuf && reader ? new ProtobufWatchDecoder(reader, options) : new WatchDecoder(options);
    const { clock } = this.#options;
    const chunks =
      gatherMs === undefined
        ? bodyChunks(body, { idleMs, clock }, signal)
        : bodyGathers(body, { idleMs, gatherMs, clock }, signal);
    for await (const chunk of chunks) {
      const events = decoder.push(chunk);
      if (events.length > 0) yield events;
      if (decoder.fault !== undefined) throw decoder.fault;
    }
    decoder.end();
    if (decoder.fault !== undefined) throw decoder.fault;
  }

  async #open({ path, query, reader, holdsBack }: Opening, signal: AbortSignal): Promise<OpenBody> {
    refuseSecrets(path);
    const target = `${this.#prefix}${path}?${toQueryString(query)}`;
    const accept = reader === undefined ? ACCEPT_OBJECTS : ACCEPT_PROTOBUF;
    const verb = 'watch' in query ? ('watch' as const) : ('list' as const);
    const { credentials, clock, onAnswer } = this.#options;
    return retryUnauthorized(
      credentials,
      async () => {
        const { response } = await measured({ verb, clock, onAnswer }, () =>
          this.#attempt({ target, accept, holdsBack }, signal),
        );
        return this.#accept(response, { path, readsBoth: reader !== undefined }, signal);
      },
      signal,
    );
  }

  async #attempt(
    { target, accept, holdsBack }: Attempt,
    signal: AbortSignal,
  ): Promise<{ status: number; response: Dispatcher.ResponseData }> {
    const { credentials, dispatchers, userAgent, theirClock } = this.#options;
    const authorization = await credentials.authorization();
    const onDate = theirClock?.asked();
    const response = await requestOver(dispatchers, {
      origin: credentials.server.origin,
      path: target,
      method: 'GET',
      headers: {
        accept,
        'user-agent': userAgent,
        ...(authorization === undefined ? {} : { authorization }),
      },
      signal,
      ...(holdsBack === true ? { highWaterMark: HOLDS_BACK } : {}),
    });
    onDate?.({ date: textOf(response.headers['date']), age: textOf(response.headers['age']) });
    return { status: response.statusCode, response };
  }

  async #accept(
    response: Dispatcher.ResponseData,
    { path, readsBoth }: { path: string; readsBoth: boolean },
    signal: AbortSignal,
  ): Promise<OpenBody> {
    const { statusCode: status, headers, body } = response;
    const contentType = textOf(headers['content-type']);
    const format = bodyFormatOf(contentType);
    if (status === 200 && (format === 'json' || (format === 'protobuf' && readsBoth)))
      return { body, isProtobuf: format === 'protobuf' };
    const { clock, dispatchers } = this.#options;
    const bytes = await readErrorBody(bodyChunks(body, { idleMs: ERROR_IDLE_MS, clock }, signal));
    if (status === 200)
      throw new KubeError('KUBE_STREAM_BROKEN', 'the API server answered 200 without JSON', { status });
    const retryAfter = textOf(headers['retry-after']);
    const told =
      format === 'protobuf' ? { contentType: ACCEPT_OBJECTS, body: statusAsJson(bytes) } : { contentType, body: bytes };
    throw classifyAnswer({ path, status, ...told, retryAfter, nowMs: clock.now(), redact: dispatchers.redact });
  }
}

interface Opening {
  readonly path: string;
  readonly query: Query;
  readonly reader: ObjectReader | undefined;
  /** Whether its body has to stop the connection when it is paused. */
  readonly holdsBack?: boolean | undefined;
}

interface Attempt extends Pick<Opening, 'holdsBack'> {
  readonly target: string;
  readonly accept: string;
}

interface OpenBody {
  readonly body: Dispatcher.ResponseData['body'];
  readonly isProtobuf: boolean;
}

/** Nothing that cannot be read says more than the status does. */
function statusAsJson(bytes: Uint8Array): Uint8Array {
  try {
    return Buffer.from(JSON.stringify(readStatus(openEnvelope(Buffer.from(bytes)).raw)));
  } catch {
    return Buffer.alloc(0);
  }
}

/** The status says enough when the body that explains it does not arrive. */
async function readErrorBody(chunks: AsyncIterable<Buffer>): Promise<Uint8Array> {
  try {
    return (await readBody(chunks, MAX_ERROR_BYTES)).bytes;
  } catch {
    return Buffer.alloc(0);
  }
}

function listQuery(request: Omit<ListRequest, 'path' | 'onUnreadable'>): Query {
  const { limit, continueToken = '', notOlderThan = '', fieldSelector } = request;
  // A token and a resourceVersion together are refused, or worse, with "0", answered with everything at once.
  if (continueToken !== '') return { limit, continue: continueToken, fieldSelector };
  if (notOlderThan === '') return { limit, fieldSelector };
  // Without the match a resourceVersion with a limit would mean exactly that version.
  return { limit, resourceVersion: notOlderThan, resourceVersionMatch: 'NotOlderThan', fieldSelector };
}

function toQueryString(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.append(name, String(value));
  }
  return parameters.toString();
}

/** The payload of a Secret must not even be in our memory, whatever a table of feeds says. */
function refuseSecrets(path: string): void {
  assert(!/^\/apis?\/.*?\/secrets(?:\/|$)/.test(withoutNamespace(path)), `Secrets are never read: ${path}`);
}

/** A namespace may have any name, "secrets" too. */
function withoutNamespace(path: string): string {
  return decodeURIComponent(path).replace(/\/namespaces\/[^/]+/, '');
}

/** A header that comes twice counts by its first. */
function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
