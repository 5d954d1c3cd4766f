import type { Clock } from '@castai/shared/async/clock.ts';

/** A wait that can be ended early: the one thing that both outboxes sleep on. */
export class Alarm {
  readonly #clock: Pick<Clock, 'setTimer'>;
  #ring: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'setTimer'>) {
    this.#clock = clock;
  }

  /** Ends the wait under way, if there is one. */
  ring(): void {
    this.#ring?.();
  }

  /** Waits for `ring`, at most so many milliseconds if they are given. Rejects with the signal's reason. */
  async wait(signal: AbortSignal, ms?: number): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const cancel = ms === undefined ? undefined : this.#clock.setTimer(ms, resolve);
    this.#ring = resolve;
    try {
      await promise;
    } finally {
      this.#ring = undefined;
      cancel?.();
      signal.removeEventListener('abort', onAbort);
    }
  }
}
