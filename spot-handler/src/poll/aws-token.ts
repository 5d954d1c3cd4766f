import type { Clock } from '@castai/shared/async/clock.ts';
import { classifyImds, type Unknown, unknown } from './classify-imds.ts';
import type { ImdsClient } from './imds-client.ts';
import { PATIENCE_MS } from './patient-look.ts';

/** A session token, or why there is none. */
export type TokenResult =
  | { readonly isKnown: true; readonly value: string }
  | { readonly isKnown: false; readonly unknown: Unknown };

/** Six hours, the longest that there is. */
const TTL_SECONDS = 21_600;
/** What a header can carry. Anything else, such as an error page, would fail each look for as long as it is kept. */
const TOKEN = /^[\x21-\x7e]{1,2000}$/;
/** Part of its life after which a token is replaced without having been refused. */
const RENEW_AFTER = 0.8;

const HOP_LIMIT_HINT =
  "the answer to PUT has not arrived yet. If it never does, the usual cause is the instance's hop limit " +
  '(HttpPutResponseHopLimit) of 1 while this pod is not on the host network; set hostNetwork: true, or raise the limit to 2';

/** The session token of IMDSv2: asked for once, kept, replaced before it ends or when it is refused. */
export class AwsToken {
  readonly #client: Pick<ImdsClient, 'send'>;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #value = '';
  #renewAtMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<TokenResult> | undefined;

  constructor({
    client,
    clock,
  }: {
    readonly client: Pick<ImdsClient, 'send'>;
    readonly clock: Pick<Clock, 'monotonicMs'>;
  }) {
    this.#client = client;
    this.#clock = clock;
  }

  /** A token to use now. Throws only the signal's reason. */
  async get(signal: AbortSignal): Promise<TokenResult> {
    if (this.#value !== '' && this.#clock.monotonicMs() < this.#renewAtMs) return { isKnown: true, value: this.#value };
    // Looks that begin together share one request: a token costs as much as a look.
    this.#asking ??= this.#ask(signal).finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  /** Why nothing can be asked while a token is waited for; undefined when there is one. */
  awaited(detail: string): Unknown | undefined {
    return this.#value === '' ? explain(unknown('timeout', detail)) : undefined;
  }

  /** A token was refused: the next is asked for at once. Only if it is still the one in use. */
  forget(value: string): void {
    if (value === this.#value) this.#value = '';
  }

  async #ask(signal: AbortSignal): Promise<TokenResult> {
    const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': String(TTL_SECONDS) };
    const request = { method: 'PUT', path: '/latest/api/token', headers, timeoutMs: PATIENCE_MS } as const;
    const answer = await this.#client.send(request, signal);
    const verdict = classifyImds(answer);
    const value = verdict.is === 'body' ? verdict.text.trim() : '';
    // While the service does not give a new one, the old one is good for longer than we use it.
    if (!TOKEN.test(value) && this.#value !== '') return { isKnown: true, value: this.#value };
    if (verdict.is === 'unknown') return { isKnown: false, unknown: explain(verdict.unknown) };
    if (verdict.is === 'absent') return { isKnown: false, unknown: unknown('not_found', 'HTTP 404 for a token') };
    if (!TOKEN.test(value))
      return { isKnown: false, unknown: unknown('unexpected', 'what was given for a token is none') };
    this.#value = value;
    const ttlSeconds = answer.isAnswered
      ? Number(answer.headers.get('x-aws-ec2-metadata-token-ttl-seconds'))
      : Number.NaN;
    const lifeMs = (ttlSeconds > 0 ? ttlSeconds : TTL_SECONDS) * 1000;
    this.#renewAtMs = this.#clock.monotonicMs() + lifeMs * RENEW_AFTER;
    return { isKnown: true, value: this.#value };
  }
}

function explain(nothing: Unknown): Unknown {
  const detail = `no session token: ${nothing.detail}`;
  if (nothing.reason === 'timeout') return { ...nothing, detail, hint: HOP_LIMIT_HINT };
  if (nothing.reason !== 'forbidden') return { ...nothing, detail };
  return { ...nothing, detail, hint: 'the metadata service is switched off for this instance (HttpEndpoint)' };
}
