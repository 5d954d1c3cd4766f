import type { Clock } from '../async/clock.ts';
import { withDeadline } from '../async/deadline.ts';
import { CastaiError } from '../errors.ts';
import { exchange } from './exchange.ts';
import type { HttpAgents } from './http-agents.ts';
import { toNetworkFailure } from './network-error.ts';
import type { TheirClock } from './their-clock.ts';

/** What the platform is touched with. */
export interface TouchOptions {
  readonly agents: Pick<HttpAgents, 'current' | 'redact'>;
  readonly apiUrl: URL;
  readonly userAgent: string;
  readonly clock: Pick<Clock, 'now' | 'setTimer'>;
  readonly theirClock: Pick<TheirClock, 'asked'>;
}

const TOUCH_MS = 5_000;
/** An answer to HEAD has no body. */
const TOUCH_LIMITS = { successBytes: 1024, errorBytes: 1024 } as const;

/**
 * Sends something that means nothing, so that a connection is open when there is something to say, or that a doctor sees whether one can be made: the key is not sent, and any answer is as good as
 * another. Throws `PLATFORM_UNREACHABLE` when there is none, with what to do; rejects with the reason of the signal.
 */
export async function touchPlatform(options: TouchOptions, signal: AbortSignal): Promise<void> {
  const { agents, apiUrl, userAgent, clock, theirClock } = options;
  const request = { agents, method: 'HEAD', url: `${apiUrl.origin}/`, headers: { 'user-agent': userAgent } } as const;
  const overdue = (): Error => Object.assign(new Error(`no answer within ${TOUCH_MS / 1000} s`), { code: 'ETIMEDOUT' });
  const onDate = theirClock.asked();
  try {
    const touch = (limited: AbortSignal) => exchange(request, TOUCH_LIMITS, limited);
    const { headers } = await withDeadline({ ms: TOUCH_MS, clock, overdue }, touch, signal);
    onDate({ date: headers.get('date'), age: headers.get('age') });
  } catch (cause) {
    signal.throwIfAborted();
    const { detail, hint } = toNetworkFailure(cause, agents.redact);
    throw new CastaiError('PLATFORM_UNREACHABLE', detail, { cause, hint });
  }
}
