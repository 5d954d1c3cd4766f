import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/** What is waited for: `check` is asked until it gives something, or throws to give up at once. */
export interface Wait<T> {
  /** Completes the sentence "... after 60 s". */
  readonly failure: string;
  readonly timeoutMs: number;
  readonly check: () => Promise<T | undefined>;
}

/** Polls ten times a second and returns what `check` gave. Throws an Error that starts with `failure` when time is up. */
export async function waitUntil<T>(wait: Wait<T>): Promise<T> {
  const deadlineAt = Date.now() + wait.timeoutMs;
  for (;;) {
    const found = await wait.check();
    if (found !== undefined) return found;
    if (Date.now() > deadlineAt) throw new Error(`${wait.failure} after ${wait.timeoutMs / 1000} s`);
    await sleep(POLL_MS);
  }
}
