import type { Clock } from './clock.ts';
import { type Deadline, withDeadline } from './deadline.ts';

/** How one piece of work is tried by several attempts. */
export interface Hedge extends Deadline {
  readonly clock: Pick<Clock, 'setTimer'>;
  /** From the begin of one attempt to the begin of the next one beside it, in milliseconds. */
  readonly againMs: number;
  /** Whether an attempt that failed was answered: then it decides. What only got lost leaves it to those that still run. */
  readonly isAnswer: (error: unknown) => boolean;
  /** Told each time that one more attempt begins because no other was answered yet. */
  readonly onLate: () => void;
}

/**
 * Does work whose answer may be late: instead of being cut off and begun anew, which is never heard where every answer takes longer, an
 * attempt goes on while others begin beside it, each over a connection of its own. The first answer counts, and ends the others. Only for
 * work of which a second attempt changes nothing more, because it is on condition of what the first one changes, or says the same again. A
 * question that is asked for ever is for `overlapping.ts`.
 *
 * Rejects with the signal's reason, with that of the deadline, or with what an attempt failed with.
 */
export async function hedged<T>(
  hedge: Hedge,
  attempt: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  return withDeadline(hedge, (limited) => raceAttempts(hedge, attempt, limited), signal);
}

async function raceAttempts<T>(
  { clock, againMs, isAnswer, onLate }: Hedge,
  attempt: (signal: AbortSignal) => Promise<T>,
  limited: AbortSignal,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const control = new AbortController();
  const stop = (): void => {
    control.abort(limited.reason);
    reject(limited.reason);
  };
  limited.addEventListener('abort', stop, { once: true });
  let running = 0;
  let cancel = (): void => {};
  const begin = (): void => {
    running += 1;
    attempt(control.signal).then(resolve, (error: unknown) => {
      running -= 1;
      if (running === 0 || isAnswer(error)) reject(error);
    });
    cancel = clock.setTimer(againMs, () => {
      onLate();
      begin();
    });
  };
  begin();
  try {
    return await promise;
  } finally {
    cancel();
    limited.removeEventListener('abort', stop);
    control.abort(new Error('another attempt was answered'));
  }
}
