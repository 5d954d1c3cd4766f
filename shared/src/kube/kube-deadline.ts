import type { Clock } from '../async/clock.ts';
import type { Deadline } from '../async/deadline.ts';
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
