import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

const POLL_MS = 50;
/** Generous: a loaded machine must not fail a test. What never comes true is the exception. */
const DEFAULT_TIMEOUT_MS = 60_000;
const SHOWN_CHARACTERS = 2_000;

/** A state that is expected to come about. */
export interface Expectation<T> {
  /** Completes "waited in vain until …". */
  readonly what: string;
  /** Looks at the present state. A rejection counts as "not yet", such as a server that does not listen yet. */
  readonly look: () => T | Promise<T>;
  readonly until: (value: T) => boolean;
  readonly timeoutMs?: number;
  /** Between two looks; longer where a look is work for what is measured. */
  readonly everyMs?: number;
}

/** Looks again and again until the state is there, and gives back what was seen then. Throws with the last thing seen. */
export async function eventually<T>(expectation: Expectation<T>): Promise<T> {
  const { what, look, until, timeoutMs = DEFAULT_TIMEOUT_MS, everyMs = POLL_MS } = expectation;
  const deadlineAt = performance.now() + timeoutMs;
  for (;;) {
    let failure: { readonly cause: unknown } | undefined;
    let value: T | undefined;
    try {
      value = await look();
    } catch (error) {
      failure = { cause: error };
    }
    if (failure === undefined && until(value as T)) return value as T;
    if (performance.now() >= deadlineAt) {
      const seen = show(failure === undefined ? value : failure.cause);
      throw new Error(`waited ${timeoutMs} ms in vain until ${what}; last seen: ${seen}`, failure);
    }
    await sleep(everyMs);
  }
}

function show(value: unknown): string {
  const text = inspect(value, { depth: 6, breakLength: 120 });
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)} …`;
}
