import type { Logger } from '../log/logger.ts';
import { CAUSE_WORDS } from '../verdict/cause-words.ts';
import type { Cause } from '../verdict/causes.ts';
import { describeDuration } from '../verdict/describe-duration.ts';
import { describeTrouble } from '../verdict/describe-trouble.ts';
import type { Problem, Trouble } from '../verdict/problem.ts';
import type { VerdictObserver } from '../verdict/verdict-keeper.ts';
import type { Verdict } from '../verdict/verdict.ts';

/** Where it is said, and what a program adds to it. */
export interface VerdictLogOptions {
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** What there is to say of amounts when something ends, such as `204 changes had waited`; empty: nothing. */
  readonly amounts: (ended: Problem) => string;
}

/** These are told where they are found, at once and by themselves. */
const TOLD_ELSEWHERE: ReadonlySet<Cause> = new Set(['trust']);

/**
 * Says of each problem that it has begun and that it is over, one line each: with the check of the doctor and the page of the alert that
 * go with it, what to do, how long it took and what that meant. That a start is done is one line as well.
 */
export class VerdictLog implements VerdictObserver {
  readonly #options: VerdictLogOptions;

  constructor(options: VerdictLogOptions) {
    this.#options = options;
  }

  onProblemBegan(trouble: Trouble): void {
    const { cause, severity, runbook, subjects } = trouble;
    if (cause === 'starting' || TOLD_ELSEWHERE.has(cause)) return;
    this.#options.logger.warn(`${severity}: ${describeTrouble(trouble)}`, {
      check: cause,
      ...(runbook === '' ? {} : { runbook }),
      ...(subjects.length === 0 ? {} : { count: subjects.length }),
    });
  }

  onProblemEnded(problem: Problem, { state, cause: left }: Verdict): void {
    const { cause, durationMs, count } = problem;
    if (TOLD_ELSEWHERE.has(cause)) return;
    const amounts = this.#options.amounts(problem);
    const parts = [
      `after ${describeDuration(durationMs)}`,
      ...(count > 1 && cause !== 'starting' ? [`${String(count)} times`] : []),
      ...(amounts === '' ? [] : [amounts]),
    ];
    const rest = state === 'ok' ? '' : `; still ${state}: ${left}`;
    this.#options.logger.info(`${CAUSE_WORDS[cause].ended} ${parts.join(', ')}${rest}`, { check: cause, durationMs });
  }
}
