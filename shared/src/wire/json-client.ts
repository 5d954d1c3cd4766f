import type { Clock } from '../async/clock.ts';
import type { Secret } from '../config/secret.ts';
import { exchange } from '../http/exchange.ts';
import type { AgentSource } from '../http/http-agents.ts';
import type { TheirClock } from '../http/their-clock.ts';
import { urlUnder } from '../http/url-under.ts';
import type { ApiKey } from './api-key.ts';
import type { PodToken } from './pod-token.ts';
import { attempt } from './attempt.ts';
import { classifyResponse, type SuccessBody } from './classify-response.ts';
import { parseErrorBody } from './error-body.ts';
import type { JsonCall } from './json-call.ts';
import type { Outcome } from './transport.ts';

/** What the client is made of. */
export interface JsonClientOptions {
  /** Address of the platform; a path becomes the prefix of every call. */
  readonly baseUrl: URL;
  /** Gives the agents for each attempt, so that a renewed CA file is followed. */
  readonly agents: AgentSource;
  readonly apiKey: ApiKey;
  /** Goes with every call, where there is one: says which pod on which node sends. */
  readonly podToken?: Pick<PodToken, 'current'>;
  /** `castai-agent/<version>` or `castai-spot-handler/<version>`. */
  readonly userAgent: string;
  readonly clock: Pick<Clock, 'now' | 'setTimer'>;
  /** Told of the date of every answer. */
  readonly theirClock?: Pick<TheirClock, 'asked'>;
  /** For a whole attempt, in milliseconds. Default 10,000: these calls are small and most have a next turn. */
  readonly timeoutMs?: number;
  /** How large a success may be. Default 1 MiB. */
  readonly mostBytes?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MOST_BYTES = 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;

/**
 * Makes the platform's JSON calls (see `transport.ts` for who promises what). Which calls there are is known to those who make them.
 * Rides on `node:http(s)` agents (`exchange.ts`), because programs that run on every node use it and do not load undici.
 */
export class JsonClient {
  readonly #options: JsonClientOptions;

  constructor(options: JsonClientOptions) {
    this.#options = options;
  }

  /** One attempt at a call. Rejects with the signal's reason only. */
  async call<T>(call: JsonCall<T>, signal: AbortSignal): Promise<Outcome<T>> {
    const { apiKey, clock, timeoutMs = DEFAULT_TIMEOUT_MS, agents } = this.#options;
    const { redact } = agents;
    return attempt({ apiKey, clock, timeoutMs, redact, signal }, (key, attemptSignal) =>
      this.#exchange(call, key, attemptSignal),
    );
  }

  async #exchange<T>(call: JsonCall<T>, key: Secret, signal: AbortSignal): Promise<Outcome<T>> {
    const { baseUrl, agents, userAgent, clock, theirClock, podToken, mostBytes = DEFAULT_MOST_BYTES } = this.#options;
    const { body } = call;
    const token = podToken?.current();
    const onDate = theirClock?.asked();
    const answer = await exchange(
      {
        agents,
        method: call.method ?? 'POST',
        url: urlUnder(baseUrl, call.path),
        headers: {
          'X-Api-Key': key.reveal(),
          ...(token === undefined ? {} : { 'Pod-Token': token.reveal() }),
          'User-Agent': userAgent,
          'Content-Type': 'application/json',
          Accept: 'application/json',
          ...call.headers,
        },
        ...(body === undefined ? {} : { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
      },
      { successBytes: mostBytes, errorBytes: MAX_ERROR_BYTES },
      signal,
    );
    const { status, headers, bytes, truncated } = answer;
    onDate?.({ date: headers.get('date'), age: headers.get('age') });
    const isSuccess = status >= 200 && status <= 299;
    return classifyResponse({
      status,
      retryAfter: headers.get('retry-after'),
      location: headers.get('location'),
      success: isSuccess ? (truncated ? tooLarge(mostBytes) : parseSuccess(call, bytes)) : NO_SUCCESS,
      error: isSuccess || truncated ? undefined : parseErrorBody(bytes, agents.redact),
      nowMs: clock.now(),
    });
  }
}

const NO_SUCCESS = { valid: false, problem: '' } as const;

function tooLarge(mostBytes: number): SuccessBody<never> {
  return { valid: false, problem: `a body of more than ${mostBytes} bytes` };
}

function parseSuccess<T>(call: JsonCall<T>, bytes: Uint8Array): SuccessBody<T> {
  // Calls whose answer says nothing may be answered by 204 or with no body.
  if (bytes.byteLength === 0) return call.parse(new Map());
  try {
    const { read = JSON.parse } = call;
    const value: unknown = read(new TextDecoder().decode(bytes));
    if (typeof value === 'object' && value !== null) return call.parse(new Map(Object.entries(value)));
  } catch {
    // V8's message quotes the body.
  }
  return { valid: false, problem: 'a body that is no JSON object' };
}
