/** What somebody may have to be told of a cluster: the words that sources, episodes and notifications share. */

/** How bad it is, the mildest first. */
export const SEVERITIES = ['warning', 'critical'] as const;

/** One of them. */
export type Severity = (typeof SEVERITIES)[number];

/**
 * What it is about. `connection`: the agent is silent; `agent`: it says itself that it cannot work; `continuity`: what was received is not
 * processed; `interruptions`: many machines are taken at once; `init-data`: what new nodes are made of is old; `daemon-sets`: nodes are without
 * a program of ours that should run on each of them; `controller`, `evictor`: that program does not run, or is not heard of, or says itself that
 * it cannot work; `drift`: nodes are to be renewed.
 */
export const TROUBLES = [
  'connection',
  'agent',
  'continuity',
  'interruptions',
  'init-data',
  'daemon-sets',
  'controller',
  'evictor',
  'drift',
] as const;

/** One of them. */
export type Trouble = (typeof TROUBLES)[number];

/** Trouble that is there now. Texts may hold anything, and be of any length: whoever sends them bounds them. */
export interface Condition {
  readonly severity: Severity;
  /** One sentence: what is wrong. */
  readonly summary: string;
  /** Why, in the words of whoever noticed; may be empty. */
  readonly reason: string;
  /** What to do; may be empty. */
  readonly cure: string;
}

/** What a look at one kind of trouble of one cluster gave. What is not known is neither there nor over. */
export type Observation =
  | { readonly type: 'holds'; readonly condition: Condition }
  | { readonly type: 'clear' }
  | { readonly type: 'unknown' };

/** Whether the first is worse than the second. */
export function isWorse(severity: Severity, than: Severity): boolean {
  return SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(than);
}
