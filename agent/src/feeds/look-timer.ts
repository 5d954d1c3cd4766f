import type { Clock } from '@castai/shared/async/clock.ts';

/** When to look. */
export interface LookTimerOptions {
  readonly clock: Pick<Clock, 'setTimer'>;
  /** Between two looks for which nobody has a reason, in milliseconds. */
  readonly everyMs: number;
  /** Until a look for which there is a reason: many reasons in a row make one look. */
  readonly soonMs: number;
}

/** Paces looks at something that changes without notice: now and then, and sooner when there is a reason to. */
export class LookTimer {
  readonly #options: LookTimerOptions;
  #isHurried = false;
  #wakeUp: () => void = () => {};

  constructor(options: LookTimerOptions) {
    this.#options = options;
  }

  /** There is a reason to look: the wait under way, or else the next one, is short. */
  hurry(): void {
    if (this.#isHurried) return;
    this.#isHurried = true;
    this.#wakeUp();
  }

  /** Resolves when it is time to look, and as soon as the signal aborts. Leaves nothing behind. */
  async wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { clock, everyMs, soonMs } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const onAbort = (): void => resolve();
    let cancel = clock.setTimer(this.#isHurried ? soonMs : everyMs, resolve);
    this.#wakeUp = () => {
      cancel();
      cancel = clock.setTimer(soonMs, resolve);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    await promise;
    signal.removeEventListener('abort', onAbort);
    cancel();
    this.#wakeUp = () => {};
    this.#isHurried = false;
  }
}
