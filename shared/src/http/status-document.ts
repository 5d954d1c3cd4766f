import type { Problem } from '../verdict/problem.ts';
import type { Verdict } from '../verdict/verdict.ts';

/** One value of a status page. */
export type StatusValue = string | number | boolean | null;

/** A record shows as names and values, an array of records as a table; how names and values are put into words is in `status-words.ts`. */
export interface StatusSection {
  readonly title: string;
  readonly rows: readonly Readonly<Record<string, StatusValue>>[] | Readonly<Record<string, StatusValue>>;
}

/** What a program tells about itself; shown as a page or as JSON. */
export interface StatusDocument {
  readonly program: string;
  readonly version: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Whether it works; absent for a program that gives no verdict. */
  readonly verdict?: Verdict;
  /** What is wrong, and what lately was: those that are present first. */
  readonly problems?: readonly Problem[];
  readonly sections: readonly StatusSection[];
}
