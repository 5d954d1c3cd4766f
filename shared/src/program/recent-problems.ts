import type { Clock } from '../async/clock.ts';

/** What went wrong lately, for `/statusz`: one line per kind of problem. */
export interface Problem {
  /** When it was seen last, ISO 8601. */
  readonly at: string;
  readonly what: string;
  /** How often it was seen. */
  readonly count: number;
  /** What an operator can do; empty when there is nothing. */
  readonly hint: string;
}

/** As many kinds of problems as are kept. */
const KEPT = 20;

/** The latest problems of a program, bounded: those that were not seen for longest are forgotten first. */
export class RecentProblems {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #problems = new Map<string, Problem>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** The latest problems, newest first. */
  get list(): Problem[] {
    return [...this.#problems.values()].toReversed();
  }

  /** Takes a problem; what tells problems apart is their text. */
  note(what: string, hint = ''): void {
    const count = (this.#problems.get(what)?.count ?? 0) + 1;
    this.#problems.delete(what);
    this.#problems.set(what, { at: new Date(this.#clock.now()).toISOString(), what, count, hint });
    const [oldest] = this.#problems.keys();
    if (this.#problems.size > KEPT && oldest !== undefined) this.#problems.delete(oldest);
  }
}
