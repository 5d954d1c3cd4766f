import type { Cause } from './causes.ts';

/**
 * How a program is. `ok`: it does its work, or stands by to do it. `degraded`: it does it in part, or has not finished its start.
 * `blocked`: while this lasts nothing of use comes of it; whether that ends by itself or needs somebody is what the cure says.
 */
export type VerdictState = 'ok' | 'degraded' | 'blocked';

/**
 * The one answer to "is it working?", which `/readyz?verbose`, the head of `/statusz`, the log, `status`, the platform and its page all
 * show. It is that of the gravest problem that is present. JSON as it stands; no field holds a secret.
 */
export interface Verdict {
  readonly state: VerdictState;
  /** Since when it has been so, ISO 8601: when the problem began, or the last one ended. */
  readonly since: string;
  /** Empty when it is ok. */
  readonly cause: Cause | '';
  /** One line, in the words of the server where it has any; empty when it is ok. */
  readonly why: string;
  /** What was tried to reach, as `https://10.0.0.1:443`; empty where nothing was. */
  readonly address: string;
  /** What to do about it; empty when nothing is to be done. */
  readonly cure: string;
  /** Path in this repository of the page of the alert that goes with it; empty when there is none. */
  readonly runbook: string;
  /** How many problems are present besides. */
  readonly others: number;
}
