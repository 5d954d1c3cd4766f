import type { Clock } from '@castai/shared/async/clock.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';

/**
 * Gives a request to the API server less time than its client does: a connection whose other end has vanished must not cost
 * the seconds that are left. Throws `KUBE_UNREACHABLE` when time is up, else what the work throws.
 */
export async function within<T>(
  limit: { readonly ms: number; readonly clock: Pick<Clock, 'setTimer'> },
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const control = new AbortController();
  const stop = (): void => control.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const cancel = limit.clock.setTimer(limit.ms, () =>
    control.abort(new KubeError('KUBE_UNREACHABLE', `the API server gave no answer within ${limit.ms / 1000} s`)),
  );
  try {
    return await work(control.signal);
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
  }
}
