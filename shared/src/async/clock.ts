import { assert } from '../errors.ts';

/** Time and timers as a dependency, so that tests move time instead of waiting for it. */
export interface Clock {
  /** Wall clock in milliseconds since the epoch: for timestamps that leave the process. It may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start, never going back: for measuring how long something took. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Calls `fire` once after `ms` unless the returned function was called before. The timer keeps the process alive. */
  setTimer(ms: number, fire: () => void): () => void;
}

/** Node fires a longer timer at once, with a warning: 24.8 days is as good as for ever here. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The real clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => sleepOn(systemClock, ms, signal),
  setTimer: (ms, fire) => {
    // Node takes it for 1 ms: a wait that nobody can compute would become a loop that asks a server without a pause.
    assert(!Number.isNaN(ms), 'a timer of NaN milliseconds');
    const timer = setTimeout(fire, Math.min(ms, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** The sleep of any clock in terms of its timers. Leaves no listener on the signal behind, however it ends. */
export function sleepOn(clock: Pick<Clock, 'setTimer'>, ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal.aborted) {
    reject(signal.reason);
    return promise;
  }
  const onAbort = (): void => {
    cancel();
    reject(signal.reason);
  };
  const cancel = clock.setTimer(ms, () => {
    signal.removeEventListener('abort', onAbort);
    resolve();
  });
  signal.addEventListener('abort', onAbort, { once: true });
  return promise;
}
