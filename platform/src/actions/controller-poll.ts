/** What a poll of the cluster controller says besides what it asks for. */

/** States of a verdict. */
const STATES = ['ok', 'degraded', 'blocked'] as const;

/** A poll. */
export interface ControllerPoll {
  readonly atMs: number;
  /** What it says of itself; `undefined`: nothing, as the existing controllers. */
  readonly verdict: { readonly state: (typeof STATES)[number]; readonly cause: string } | undefined;
}

/** Reads `X-Castai-Verdict`: a state and, unless that is `ok`, a cause, as `blocked api-server`. What is neither says nothing. Pure. */
export function parseControllerVerdict(header: unknown): ControllerPoll['verdict'] {
  const [word = '', cause = '', more] = (typeof header === 'string' ? header : '').split(' ');
  const state = STATES.find((known) => known === word);
  // Causes are words of a closed set that grows: their form is what is checked.
  if (state === undefined || more !== undefined || !/^(?:[a-z][a-z-]{0,39})?$/.test(cause)) return undefined;
  return (cause === '') === (state === 'ok') ? { state, cause } : undefined;
}
