import type { Secret } from '../config/secret.ts';
import type { Clock } from '../async/clock.ts';
import { withDeadline } from '../async/deadline.ts';
import type { Redact } from '../log/known-secrets.ts';
import type { ApiKey } from './api-key.ts';
import { classifyFailure } from './classify-response.ts';
import { toNetworkFailure } from '../http/network-error.ts';
import type { Outcome } from './transport.ts';

/** What one attempt at a call needs besides the call itself. */
export interface AttemptOptions {
  readonly apiKey: ApiKey;
  readonly clock: Pick<Clock, 'setTimer'>;
  /** For the whole attempt: connecting, sending, and reading the answer to its end. */
  readonly timeoutMs: number;
  /** Takes secrets out of what the network says. */
  readonly redact: Redact | undefined;
  /** Ends the attempt; then, and only then, the returned promise rejects, with the signal's reason. */
  readonly signal: AbortSignal;
}

/** Sends one request with this key and says what the answer means. Throws what the network throws. */
export type Exchange<T> = (key: Secret, signal: AbortSignal) => Promise<Outcome<T>>;

/** Makes one attempt under a deadline: failures become outcomes, a refused key is read again. */
export async function attempt<T>(options: AttemptOptions, exchange: Exchange<T>): Promise<Outcome<T>> {
  const { apiKey, clock, timeoutMs, redact, signal } = options;
  const deadline = { ms: timeoutMs, clock, overdue: () => timeoutAfter(timeoutMs) };
  const work = async (attemptSignal: AbortSignal): Promise<Outcome<T>> => {
    const key = apiKey.current();
    const outcome = await exchange(key, attemptSignal);
    return outcome.ok || outcome.verdict.kind !== 'UNAUTHORIZED' ? outcome : explainRefusal(apiKey, key, outcome);
  };
  try {
    return await withDeadline(deadline, work, signal);
  } catch (error) {
    signal.throwIfAborted();
    return classifyFailure(toNetworkFailure(error, redact));
  }
}

function explainRefusal<T>(apiKey: ApiKey, used: Secret, outcome: Extract<Outcome<T>, { ok: false }>): Outcome<T> {
  const { verdict } = outcome;
  if (verdict.kind !== 'UNAUTHORIZED') return outcome;
  const keyChanged = apiKey.reload(used);
  const { problem } = apiKey;
  if (problem === undefined) return { ok: false, verdict: { ...verdict, keyChanged } };
  const { hint = verdict.hint } = problem;
  const detail = `${verdict.detail}; ${problem.message}`;
  return { ok: false, verdict: { ...verdict, keyChanged, detail, ...(hint === undefined ? {} : { hint }) } };
}

function timeoutAfter(timeoutMs: number): DOMException {
  return new DOMException(`no complete answer within ${Math.round(timeoutMs / 1000)} s`, 'TimeoutError');
}
