import { assert } from '../errors.ts';
import type { Clock } from './clock.ts';

/**
 * A wait that others can end or shorten: what a loop sleeps on while there is nothing to do, or until its next turn.
 *
 * A wake-up is not remembered: it is about the wait under way. Whoever waits looks right before, in the same turn, whether there is
 * something to do; were it remembered, what comes during an attempt would void the pause after it.
 */
export class WakeUp {
  readonly #clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  #shorten: ((inMs: number) => void) | undefined;

  constructor(clock: Pick<Clock, 'monotonicMs' | 'setTimer'>) {
    this.#clock = clock;
  }

  /** Ends the wait under way, if there is one, now or in so many milliseconds. What would end it sooner anyway still does. */
  wake(inMs = 0): void {
    this.#shorten?.(inMs);
  }

  /** Waits to be woken up, at most so many milliseconds if they are given. Rejects with the signal's reason. One at a time. */
  async wait(signal: AbortSignal, ms = Infinity): Promise<void> {
    signal.throwIfAborted();
    assert(this.#shorten === undefined, 'two wait for one wake-up');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => reject(signal.reason);
    let dueAtMs = Infinity;
    let cancel = (): void => {};
    const end = (inMs: number): void => {
      const atMs = this.#clock.monotonicMs() + inMs;
      if (atMs >= dueAtMs) return;
      dueAtMs = atMs;
      cancel();
      cancel = this.#clock.setTimer(inMs, resolve);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#shorten = (inMs) => (inMs > 0 ? end(inMs) : resolve());
    end(ms);
    try {
      await promise;
    } finally {
      this.#shorten = undefined;
      cancel();
      signal.removeEventListener('abort', onAbort);
    }
  }
}
