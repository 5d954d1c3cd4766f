/** What every doctor asks of the API server first, and what it says of one that does not answer. */
import type { Clock } from '../async/clock.ts';
import { withDeadline } from '../async/deadline.ts';
import { failed, type Finding } from '../command/finding.ts';
import { CastaiError } from '../errors.ts';
import { UNREACHABLE_CURE } from './unreachable.ts';

/** An answer of a few hundred bytes: an API server that takes longer, in milliseconds, is not there for whoever waits for a report. */
const ANSWER_MS = 10_000;

/** Asks for something small. Throws `KUBE_UNREACHABLE` where nothing comes within ten seconds, and what `ask` throws. */
export async function askInTime<T>(
  clock: Pick<Clock, 'setTimer'>,
  ask: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const overdue = (): CastaiError =>
    new CastaiError('KUBE_UNREACHABLE', `it does not answer within ${String(ANSWER_MS / 1_000)} s`, {
      hint: 'the address accepts connections and nobody answers: look at the API server, and at what stands between it and this pod',
    });
  return withDeadline({ ms: ANSWER_MS, clock, overdue }, ask, signal);
}

/** The finding about an API server that did not give what it was asked for first; `address`: where it was looked for. */
export function serverFailed(error: unknown, address: string | undefined): Finding {
  const isAway = error instanceof CastaiError && error.code === 'KUBE_UNREACHABLE' && error.hint === undefined;
  const finding = failed('api-server', error, address);
  return isAway ? { ...finding, cure: UNREACHABLE_CURE } : finding;
}
