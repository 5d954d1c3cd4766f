import type { Readable } from 'node:stream';
import axios from 'axios';
import type { Clock } from '../async/clock.ts';
import type { Secret } from '../config/secret.ts';
import type { AgentPair } from '../http/http-agents.ts';
import type { ApiKey } from './api-key.ts';
import { attempt } from './attempt.ts';
import { classifyResponse, type SuccessBody } from './classify-response.ts';
import { parseErrorBody } from './error-body.ts';
import { readBody } from '../http/read-body.ts';
import { type JsonCall, textOf } from './json-call.ts';
import type { Outcome } from './transport.ts';

/** What the client is made of. */
export interface JsonClientOptions {
  /** Address of the platform; a path becomes the prefix of every call. */
  readonly baseUrl: URL;
  /** Gives the agents for each attempt, so that a renewed CA file is followed. */
  readonly agents: { current(): AgentPair };
  readonly apiKey: ApiKey;
  /** `castai-agent/<version>` or `castai-spot-handler/<version>`. */
  readonly userAgent: string;
  readonly clock: Pick<Clock, 'now' | 'setTimer'>;
  /** For a whole attempt, in milliseconds. Default 10,000: these calls are small and most have a next turn. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_SUCCESS_BYTES = 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;

/**
 * Makes the platform's JSON calls (see `transport.ts` for who promises what). Which calls there are is known to those who make them.
 * Rides on `node:http(s)` agents and axios, because programs that run on every node use it and do not load undici.
 */
export class JsonClient {
  readonly #options: JsonClientOptions;

  constructor(options: JsonClientOptions) {
    this.#options = options;
  }

  /** One attempt at a call. Rejects with the signal's reason only. */
  async call<T>(call: JsonCall<T>, signal: AbortSignal): Promise<Outcome<T>> {
    const { apiKey, clock, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    return attempt({ apiKey, clock, timeoutMs, signal }, (key, attemptSignal) =>
      this.#exchange(call, key, attemptSignal),
    );
  }

  async #exchange<T>(call: JsonCall<T>, key: Secret, signal: AbortSignal): Promise<Outcome<T>> {
    const { baseUrl, agents, userAgent, clock } = this.#options;
    const response = await axios.request<Readable>({
      ...agents.current(),
      adapter: 'http',
      method: call.method ?? 'POST',
      url: `${baseUrl.origin}${baseUrl.pathname.replace(/\/+$/, '')}${call.path}`,
      headers: {
        'X-Api-Key': key.reveal(),
        'User-Agent': userAgent,
        'Content-Type': 'application/json',
        Accept: 'application/json',
        'Accept-Encoding': 'identity',
        ...call.headers,
      },
      ...(call.body === undefined
        ? {}
        : { data: call.body instanceof Uint8Array ? call.body : JSON.stringify(call.body) }),
      signal,
      // The body is read here, within bounds: axios' own limit would hide the status of an answer that exceeds it.
      responseType: 'stream',
      decompress: false,
      maxRedirects: 0,
      // Every status is an answer; what it means is decided in one place.
      validateStatus: null,
    });
    const { status, headers } = response;
    const isSuccess = status >= 200 && status <= 299;
    const { bytes, truncated } = await readBody(response.data, isSuccess ? MAX_SUCCESS_BYTES : MAX_ERROR_BYTES);
    return classifyResponse({
      status,
      retryAfter: textOf(headers['retry-after']),
      location: textOf(headers['location']),
      success: isSuccess ? parseSuccess(call, bytes, truncated) : NO_SUCCESS,
      error: isSuccess || truncated ? undefined : parseErrorBody(bytes),
      nowMs: clock.now(),
    });
  }
}

const NO_SUCCESS = { valid: false, problem: '' } as const;

function parseSuccess<T>(call: JsonCall<T>, bytes: Uint8Array, truncated: boolean): SuccessBody<T> {
  if (truncated) return { valid: false, problem: `a body of more than ${MAX_SUCCESS_BYTES} bytes` };
  // Calls whose answer says nothing may be answered by 204 or with no body.
  if (bytes.byteLength === 0) return call.parse(new Map());
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value === 'object' && value !== null) return call.parse(new Map(Object.entries(value)));
  } catch {
    // V8's message quotes the body.
  }
  return { valid: false, problem: 'a body that is no JSON object' };
}
