import type { Clock } from '../async/clock.ts';
import type { Deadline } from '../async/deadline.ts';
import type { Hedge } from '../async/hedged.ts';
import { KubeError } from './kube-error.ts';

/**
 * The time in which the API server has to answer where its client's own patience is too long: a connection whose other end has vanished
 * must not cost a machine the seconds that it has left. Past it a request throws `KUBE_UNREACHABLE`. In milliseconds.
 */
export function kubeDeadline(ms: number, clock: Pick<Clock, 'setTimer'>): Deadline {
  const overdue = (): KubeError =>
    new KubeError('KUBE_UNREACHABLE', `the API server gave no answer within ${ms / 1000} s`);
  return { ms, clock, overdue };
}

/** From one attempt to the next one beside it. */
const AGAIN_MS = 2000;
/** Admission webhooks may take 30 s and do; past this, a machine that is about to go has nothing to gain from waiting. */
const PATIENCE_MS = 20_000;

/**
 * The same for what must come about although every answer takes seconds, as in a mass interruption: an attempt goes on, and others
 * begin beside it over other connections. `onLate` is told what is to be said of an attempt that has no answer yet.
 */
export function kubeHedge(clock: Pick<Clock, 'setTimer'>, onLate: (error: KubeError) => void): Hedge {
  const late = (): KubeError =>
    new KubeError('KUBE_UNREACHABLE', `the API server gave no answer within ${AGAIN_MS / 1000} s; it is waited for`);
  return {
    ...kubeDeadline(PATIENCE_MS, clock),
    againMs: AGAIN_MS,
    isAnswer: (error) => !(error instanceof KubeError) || error.code !== 'KUBE_UNREACHABLE',
    onLate: () => onLate(late()),
  };
}
