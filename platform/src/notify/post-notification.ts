/** One attempt to hand a notification over. */
import type { Clock } from '@castai/shared/async/clock.ts';
import { withDeadline } from '@castai/shared/async/deadline.ts';
import { openExchange } from '@castai/shared/http/exchange.ts';
import { toNetworkFailure } from '@castai/shared/http/network-error.ts';
import { readBody } from '@castai/shared/http/read-body.ts';
import { parseRetryAfter } from '@castai/shared/http/retry-after.ts';
import { KnownSecrets, type Redact } from '@castai/shared/log/known-secrets.ts';
import { type DeliveryOutcome, outcomeOf } from './delivery-outcome.ts';
import type { Networks } from './forbidden-address.ts';
import { agentsFor, safeAddresses, UnsafeAddress } from './safe-address.ts';
import type { Resolve } from './system-resolver.ts';

/** Where it goes, and what. */
export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  /** Networks that are allowed although they are private. */
  readonly allowed: Networks;
  /** Certificate authorities in place of the system's, PEM. */
  readonly ca: string | undefined;
}

/** What it needs. */
export interface PostDependencies {
  readonly clock: Pick<Clock, 'now' | 'setTimer'>;
  readonly resolve: Resolve;
}

/** Read so that the answer is over, and not kept: what an endpoint answers is nobody's business who sees the page. */
const ANSWER_BYTES = 4096;

/**
 * Makes the attempt. The status is what counts: a body that stalls or breaks behind it would have what was taken sent again. Rejects only with the signal's
 * reason: everything else is an outcome.
 */
export async function postNotification(
  post: Post,
  { clock, resolve }: PostDependencies,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  const { url, headers, body, timeoutMs, allowed, ca } = post;
  const overdue = (): Error => new Error(`no answer within ${timeoutMs / 1000} s`);
  let heard: DeliveryOutcome | undefined;
  const work = async (limited: AbortSignal): Promise<DeliveryOutcome> => {
    const addresses = await unlessAborted(safeAddresses(url, allowed, resolve), limited);
    const agents = agentsFor(addresses, ca);
    const answer = await openExchange(
      {
        agents: { current: () => agents },
        method: 'POST',
        url: url.href,
        headers: { 'user-agent': 'castai-platform', ...headers, 'content-type': 'application/json' },
        // As bytes: the client library reads a text that is called JSON, and what was signed is what has to arrive.
        body: Buffer.from(body),
      },
      limited,
    );
    heard = outcomeOf(answer.status, parseRetryAfter(answer.headers.get('retry-after'), clock.now()));
    await readBody(answer.body, ANSWER_BYTES);
    return heard;
  };
  try {
    return await withDeadline({ ms: timeoutMs, clock, overdue }, work, signal);
  } catch (error) {
    if (heard !== undefined) return heard;
    if (signal.aborted) throw signal.reason;
    return {
      is: 'failed',
      why: error instanceof UnsafeAddress ? error.message : toNetworkFailure(error, redactOf(post)).detail,
    };
  }
}

/** Takes out what only the endpoint knows: its headers, and the rest of its address, which is a key where hooks are named by it. */
function redactOf({ url, headers }: Post): Redact {
  const known = [...Object.values(headers), url.password, `${url.pathname}${url.search}`].map((secret) => {
    // One each: of a kind only the newest few are known.
    const secrets = new KnownSecrets();
    secrets.add('platform key', secret);
    return secrets;
  });
  return (text) => known.reduce((rest, { redact }) => redact(rest), text);
}

/** A look-up cannot be called off: it is left alone. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
