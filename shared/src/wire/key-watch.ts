import type { Clock } from '../async/clock.ts';
import type { ApiKey } from './api-key.ts';

/** What a watch needs. */
export interface KeyWatchOptions {
  readonly apiKey: Pick<ApiKey, 'takeReplacement'>;
  readonly clock: Pick<Clock, 'sleep'>;
  /** A key that the platform refused was replaced: whoever waits because of the refusal tries at once. */
  readonly onReplaced: () => void;
}

/** One `stat` of a file in this time. */
const LOOK_EVERY_MS = 3_000;

/**
 * Looks at the key's file whether or not anything is sent. Whoever was refused waits for up to ten minutes and looks at the file only then;
 * an operator who has put the right key there would wait as long for the proof. And who sends once a month would be told on that day that
 * the file went away.
 */
export class KeyWatch {
  readonly #options: KeyWatchOptions;

  constructor(options: KeyWatchOptions) {
    this.#options = options;
  }

  /** Runs until the signal; rejects with its reason. */
  async run(signal: AbortSignal): Promise<void> {
    const { apiKey, clock, onReplaced } = this.#options;
    for (;;) {
      await clock.sleep(LOOK_EVERY_MS, signal);
      if (apiKey.takeReplacement()) onReplaced();
    }
  }
}
