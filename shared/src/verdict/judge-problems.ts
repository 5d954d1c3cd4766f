import { CAUSES } from './causes.ts';
import type { Problem } from './problem.ts';
import type { Course, EndedProblem, Instant, VerdictMachineState } from './verdict-state.ts';
import type { Verdict } from './verdict.ts';

/** The verdict: that of the gravest problem that is present, and of several the one whose cause stands first. */
export function judge(state: VerdictMachineState): Verdict {
  const [first, ...others] = presentIn(state);
  if (first === undefined) {
    const since = isoOf(state.rightSince);
    return { state: 'ok', since, cause: '', why: '', address: '', cure: '', runbook: '', others: 0 };
  }
  const { severity, cause, why, address, cure, runbook } = first.trouble;
  const since = isoOf(first.since);
  // A start that is not done is no problem of its own, and none is shown below.
  const problems = others.filter(({ trouble }) => trouble.cause !== 'starting');
  return { state: severity, since, cause, why, address, cure, runbook, others: problems.length };
}

/** All problems: those that are present, the gravest first, then those that have ended, the newest first. */
export function problemsIn(state: VerdictMachineState, now: Instant): Problem[] {
  const present = presentIn(state).filter(({ trouble }) => trouble.cause !== 'starting');
  return [
    ...present.map(({ trouble, since }) => ({
      ...trouble,
      since: isoOf(since),
      durationMs: Math.round(now.monotonicMs - since.monotonicMs),
      count: state.counts.get(trouble.cause) ?? 1,
    })),
    ...state.ended.map(endedProblem),
  ];
}

/** A problem that is over, as it is shown. */
export function endedProblem({ trouble, since, gone, count }: EndedProblem): Problem {
  const durationMs = Math.round(gone.monotonicMs - since.monotonicMs);
  return { ...trouble, since: isoOf(since), endedAt: isoOf(gone), durationMs, count };
}

function presentIn({ courses }: VerdictMachineState): Course[] {
  const present = CAUSES.map((cause) => courses.get(cause)).filter(
    (course): course is Course => course !== undefined && course.is !== 'suspected',
  );
  const weight = ({ trouble }: Course): number => (trouble.severity === 'blocked' ? 0 : 1);
  return present.toSorted((one, other) => weight(one) - weight(other));
}

const isoOf = ({ wallMs }: Instant): string => new Date(wallMs).toISOString();
