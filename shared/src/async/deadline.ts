import type { Clock } from './clock.ts';

/** How long a piece of work may take. */
export interface Deadline {
  readonly ms: number;
  readonly clock: Pick<Clock, 'setTimer'>;
  /** What the work is aborted with, and what is thrown, when time is up. */
  readonly overdue: () => Error;
}

/**
 * Does work that is over at the latest after a time: then the signal that it was given aborts, as it does with `signal`. Waits until
 * the work has let go. What it throws after an abort is not looked at, because libraries put the reason into words of their own:
 * rejects with the signal's reason, with that of the deadline, or with what the work threw by itself. Leaves neither timer nor
 * listener behind.
 *
 * Not `AbortSignal.any` and `AbortSignal.timeout`: time is the clock's, and signals that are derived from one that lives as long as the
 * process are kept by it until they are collected.
 */
export async function withDeadline<T>(
  { ms, clock, overdue }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const control = new AbortController();
  const stop = (): void => control.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const cancel = clock.setTimer(ms, () => {
    const reason = overdue();
    OVERDUE.add(reason);
    control.abort(reason);
  });
  try {
    return await work(control.signal);
  } catch (error) {
    throw control.signal.aborted ? control.signal.reason : error;
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
  }
}

const OVERDUE = new WeakSet<object>();

/** Whether work was ended because its time was up, that of a deadline around its own as well, and not because nobody wants it any more. */
export function isOverdue({ aborted, reason }: AbortSignal): boolean {
  return aborted && typeof reason === 'object' && reason !== null && OVERDUE.has(reason);
}
