/** Troubles that every program has, and what they are made of. */
import type { Trouble } from './problem.ts';
import type { Said } from './said.ts';

/** Of a trouble of the program as a whole that reached for nothing: what remains to be said is cause, severity and why. */
export const PLAIN = { address: '', cure: '', runbook: '', subjects: [] } as const;

/**
 * Gives what the start still waits for, each time it is called; `reasons` are those of readiness. Once there was none the start is done, and
 * they are not asked for any more: what comes later is no matter of the start.
 */
export function startWaits(reasons: () => readonly string[]): () => readonly string[] {
  let hasStarted = false;
  return () => {
    const waitsFor = hasStarted ? [] : reasons();
    hasStarted = waitsFor.length === 0;
    return waitsFor;
  };
}

/** The start is not done; `undefined`: it waits for nothing. */
export function startTrouble(waitsFor: readonly string[]): Trouble | undefined {
  if (waitsFor.length === 0) return undefined;
  return { ...PLAIN, cause: 'starting', severity: 'degraded', why: waitsFor.join('; ') };
}

/** Files of certificates that cannot be used, by what they are for; `undefined`: there is none. */
export function trustTrouble(trust: ReadonlyMap<string, Said>): Trouble | undefined {
  const [first] = trust;
  if (first === undefined) return undefined;
  const [destination, { message, hint: cure }] = first;
  return {
    ...PLAIN,
    cause: 'trust',
    severity: 'degraded',
    why: `${destination}: ${message}`,
    cure,
    subjects: [...trust.keys()],
  };
}
