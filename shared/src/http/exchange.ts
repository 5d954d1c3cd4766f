import type { Readable } from 'node:stream';
import axios from 'axios';
import type { AgentSource } from './http-agents.ts';
import { type BoundedBody, readBody } from './read-body.ts';
import { wasSilent } from './was-silent.ts';

/** One request. */
export interface ExchangeRequest {
  /** Asked for every request, so that a renewed CA is followed. */
  readonly agents: Pick<AgentSource, 'current' | 'abandon'>;
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  /** They may hold a key: nothing of a request is ever in an error. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string | Uint8Array;
}

/** How an answer begins. */
export interface AnswerHead {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** An answer whose body is still on its way. It has to be read to its end or destroyed. */
export interface StreamedAnswer extends AnswerHead {
  readonly body: Readable;
}

/** How much of a body is read. */
export interface BodyLimits {
  /** With a status of 2xx. */
  readonly successBytes: number;
  readonly errorBytes: number;
}

/**
 * Sends a request over `node:http(s)` and reads the answer, as much as the limits allow. The only file that names axios, so that what
 * must hold for every request is said once: a key is not handed on by a redirect and is in no error; no body is inflated, or read
 * without a bound; the proxy is the one that the agents have. What runs on every node lives on it: it loads nothing else.
 *
 * After a request that was not answered in time the next one goes over a new connection. Any status is an answer, and what it means is decided by who asked. Throws what the network throws, in the words of Node; after an
 * abort that is not the signal's reason, see `withDeadline`.
 */
export async function exchange(
  request: ExchangeRequest,
  limits: BodyLimits,
  signal: AbortSignal,
): Promise<AnswerHead & BoundedBody> {
  const { status, headers, body } = await openExchange(request, signal);
  const isSuccess = status >= 200 && status <= 299;
  try {
    return { status, headers, ...(await readBody(body, isSuccess ? limits.successBytes : limits.errorBytes)) };
  } catch (error) {
    throw withoutRequest(error);
  }
}

/** The same for an answer that goes on: gives its head, and its body as it comes. The body is tied to the signal until it ends. */
export async function openExchange(request: ExchangeRequest, signal: AbortSignal): Promise<StreamedAnswer> {
  const { agents, method = 'GET', url, headers, body } = request;
  const pair = agents.current();
  try {
    const answer = await axios.request<Readable>({
      ...pair,
      adapter: 'http',
      method,
      url,
      // In the cluster compression costs more than it saves, and elsewhere these bodies are small.
      headers: { accept: '*/*', 'accept-encoding': 'identity', ...headers },
      ...(body === undefined ? {} : { data: body }),
      signal,
      // The body is read here, within bounds: axios' own limit would hide the status of an answer that exceeds it.
      responseType: 'stream',
      decompress: false,
      maxRedirects: 0,
      validateStatus: null,
    });
    const names = Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
    return { status: answer.status, headers: new Map(names), body: answer.data };
  } catch (error) {
    if (wasSilent(error, signal)) agents.abandon?.(pair);
    throw withoutRequest(error);
  }
}

/** axios' errors carry the whole request, the key in its headers included: what is kept as a cause may be printed. */
function withoutRequest(error: unknown): unknown {
  if (!axios.isAxiosError(error)) return error;
  return error.cause ?? Object.assign(new Error(error.message), { code: error.code });
}
