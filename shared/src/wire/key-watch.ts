import type { Clock } from '../async/clock.ts';
import type { ApiKey } from './api-key.ts';

/** What a watch needs. */
export interface KeyWatchOptions {
  readonly apiKey: Pick<ApiKey, 'takeReplacement'>;
  readonly clock: Pick<Clock, 'sleep'>;
  /** A key that the platform refused was replaced: whoever waits because of the refusal tries at once. */
  readonly onReplaced: () => void;
}

/** One `stat` of a file in this time, and only after a refusal. */
const LOOK_EVERY_MS = 3_000;

/**
 * Looks at the key's file while the platform refuses the key. Whoever was refused waits for up to ten minutes and looks at the file
 * only then; an operator who has put the right key there would wait as long for the proof.
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
