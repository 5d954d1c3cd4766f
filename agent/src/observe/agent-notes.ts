import type { Clock } from '@castai/shared/async/clock.ts';
import { type Problem, RecentProblems } from '@castai/shared/program/recent-problems.ts';
import type { Cause } from '@castai/shared/verdict/causes.ts';
import type { VerdictKeeper } from '@castai/shared/verdict/verdict-keeper.ts';
import { TroubleMemory } from './trouble-memory.ts';

/** What is said of something that happened and is no state. */
export interface Noted {
  readonly why: string;
  readonly cure: string;
  /** Name of the alert. */
  readonly runbook: string;
  /** What it is about: feeds, or uids of objects. */
  readonly subjects?: readonly string[];
}

/** What was met and heard lately, for whoever asks: the list on `/statusz`, and what the verdict is made of. */
export class AgentNotes {
  /** The words of servers, for the verdict. */
  readonly heard = new TroubleMemory();
  readonly #verdict: Pick<VerdictKeeper, 'note' | 'count'>;
  readonly #recent: RecentProblems;

  constructor(verdict: Pick<VerdictKeeper, 'note' | 'count'>, clock: Pick<Clock, 'now'>) {
    this.#verdict = verdict;
    this.#recent = new RecentProblems(clock);
  }

  /** What was met lately, harmless things as well, newest first. */
  get problems(): Problem[] {
    return this.#recent.list;
  }

  /** For the list of what was met lately. */
  met(what: string, hint = ''): void {
    this.#recent.note(what, hint);
  }

  /** An attempt failed for this cause: the verdict says how many did while the problem lasts. */
  failed(cause: Cause): void {
    this.#verdict.count(cause);
  }

  /** Something happened that the verdict speaks of for a while. */
  happened(cause: Cause, { why, cure, runbook, subjects = [] }: Noted): void {
    const page = `monitoring/runbooks/${runbook}.md`;
    this.#verdict.note({ cause, severity: 'degraded', why, address: '', cure, runbook: page, subjects });
  }
}
