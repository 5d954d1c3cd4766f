import type { Clock } from '@castai/shared/async/clock.ts';

/** What is kept warm, and how. */
export interface KeepWarmOptions {
  /** Sends something that means nothing. */
  readonly touch: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onFailure: (error: unknown) => void;
}

/** Idle connections live for 58 s here (`connect/connections.ts`). */
const PERIOD_MS = { min: 40_000, spread: 10_000 };

/**
 * Keeps a connection open for the one request that matters: a cold one costs two or three round trips, of perhaps ten seconds
 * that a machine has left. It also finds a connection that died without a word, before a report does.
 */
export async function keepWarm(options: KeepWarmOptions, signal: AbortSignal): Promise<void> {
  const { touch, clock, random, onFailure } = options;
  for (;;) {
    try {
      await touch(signal);
    } catch (error) {
      signal.throwIfAborted();
      onFailure(error);
    }
    await clock.sleep(PERIOD_MS.min + random() * PERIOD_MS.spread, signal);
  }
}
