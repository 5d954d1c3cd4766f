import { spread } from '@castai/shared/async/spread.ts';
import type { Timing } from '@castai/shared/async/timing.ts';

/** What is kept warm, and how. */
export interface KeepWarmOptions extends Timing<'sleep'> {
  /** Sends something that means nothing. */
  readonly touch: (signal: AbortSignal) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  /** Somebody answered. */
  readonly onOpen: () => void;
}

/** Idle connections live for 58 s here (`connect/connections.ts`). */
const PERIOD_MS = 45_000;
/** By up to so much of it shorter or longer. */
const JITTER = 1 / 9;

/**
 * Keeps a connection open for the one request that matters: a cold one costs two or three round trips, of perhaps ten seconds
 * that a machine has left. It also finds a connection that died without a word, before a report does.
 */
export async function keepWarm(options: KeepWarmOptions, signal: AbortSignal): Promise<void> {
  const { touch, clock, random, onFailure, onOpen } = options;
  for (;;) {
    try {
      await touch(signal);
      onOpen();
    } catch (error) {
      signal.throwIfAborted();
      onFailure(error);
    }
    await clock.sleep(spread(PERIOD_MS, JITTER, random), signal);
  }
}
