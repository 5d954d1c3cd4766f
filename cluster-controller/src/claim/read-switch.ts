import type { Clock } from '@castai/shared/async/clock.ts';
import type { KillSwitch } from './kill-switch.ts';

/** Who is told whether the switch can be read. */
export interface SwitchObserver {
  /** Whether somebody has stopped new actions cannot be read: nothing is begun. */
  onSwitchFailed(error: unknown): void;
  /** It was read, or nobody waits for it any more. */
  onSwitchRead(): void;
}

/** What it needs. */
export interface SwitchReaderOptions {
  readonly killSwitch: Pick<KillSwitch, 'isPaused'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly observer: SwitchObserver;
}

/** What was read of the switch counts for so long: a thousand actions that end one after another are not a thousand reads of it. */
const FRESH_MS = 1000;

/** Whether new actions are stopped, as far as was last read. */
export class SwitchReader {
  readonly #options: SwitchReaderOptions;
  #isPaused = false;
  #readAtMs = -Infinity;

  constructor(options: SwitchReaderOptions) {
    this.#options = options;
  }

  /** Somebody has stopped new actions, as far as was last read. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Reads it, unless that was done just now. Who cannot know whether it was stopped must not begin. Rejects with the reason of the signal alone. */
  async read(signal: AbortSignal): Promise<void> {
    const { killSwitch, clock, observer } = this.#options;
    if (clock.monotonicMs() - this.#readAtMs < FRESH_MS) return;
    try {
      this.#isPaused = await killSwitch.isPaused(signal);
      observer.onSwitchRead();
    } catch (error) {
      signal.throwIfAborted();
      this.#isPaused = true;
      observer.onSwitchFailed(error);
    } finally {
      this.#readAtMs = clock.monotonicMs();
    }
  }
}
