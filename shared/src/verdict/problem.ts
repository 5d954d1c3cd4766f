import type { Cause } from './causes.ts';
import type { VerdictState } from './verdict.ts';

/** How grave a problem is: what the verdict is while it is present. */
export type Severity = Exclude<VerdictState, 'ok'>;

/** Something that is wrong, as a look at the facts tells it. */
export interface Trouble {
  readonly cause: Cause;
  readonly severity: Severity;
  /** One line, in the words of the server where it has any. Holds no secret. */
  readonly why: string;
  /** What was tried to reach; empty where nothing was. */
  readonly address: string;
  /** What to do about it; empty when nothing is to be done. */
  readonly cure: string;
  /** Path in this repository of the page of the alert that goes with it; empty when there is none. */
  readonly runbook: string;
  /** Which parts are concerned, such as the names of feeds; empty when it is the program as a whole. */
  readonly subjects: readonly string[];
}

/** A trouble over time: one row for each cause, however many feeds or attempts it concerns. JSON as it stands. */
export interface Problem extends Trouble {
  /** When it began, ISO 8601. */
  readonly since: string;
  /** When it ended, ISO 8601; absent while it is present. */
  readonly endedAt?: string;
  /** How long it has been present, in milliseconds. */
  readonly durationMs: number;
  /** How often it came up: attempts that failed, objects that were refused, returns after a short pause. */
  readonly count: number;
}
