/**
 * What is wrong with a program over time, by cause; pure. Looks at the facts tell what is wrong now, notes tell what has happened; out
 * of both come the problems, and the verdict is that of the gravest.
 *
 *     none ─look─▶ suspected ─10 s─▶ present ─not in a look─▶ leaving ─5 s─▶ ended
 *      │              │                 ▲  ▲                     │
 *      │            gone: none          │  └──── back again ─────┘
 *      └─note─▶ noted ──in a look───────┘
 *                 └─ nothing like it for 5 min ─▶ ended
 *
 * Ways back:
 *
 * | from | trigger | what changes | what paces it |
 * |---|---|---|---|
 * | suspected → none | a look without it | nothing is told: a blip is no problem | looks |
 * | leaving → present | a look with it | one more is counted, nothing is told: what flaps is one problem | looks |
 * | leaving → noted | a note | as above | whoever notes |
 * | present → leaving → ended → suspected | it came back after `CALM_MS` | a problem of its own | `CALM_MS` + `HOLD_MS` between two lines of the log |
 * | noted → ended → noted | it came back after `QUIET_MS` | a problem of its own | `QUIET_MS` between two lines of the log |
 */
import type { Step } from '../async/machine.ts';
import { CAUSES, type Cause } from './causes.ts';
import type { Trouble } from './problem.ts';

/** So long something has to be wrong before it is said: retries, a restart of a server and a lease that changes hands take less. */
export const HOLD_MS = 10_000;
/** So long it has to be right again: what comes back before is the same problem. */
export const CALM_MS = 5_000;
/** What happens rather than lasts is a problem for so long after it was seen last. */
export const QUIET_MS = 300_000;
/** As many problems that have ended are remembered. */
export const MOST_ENDED = 20;
/** As many parts are named in a problem; the rest is in its count. */
export const MOST_SUBJECTS = 100;

/** A moment by both clocks: the one that people know may jump, and how long something took is told by the other. */
export interface Instant {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** Where a cause is. */
export type Course =
  | { readonly is: 'suspected'; readonly trouble: Trouble; readonly since: Instant }
  | { readonly is: 'present'; readonly trouble: Trouble; readonly since: Instant }
  | { readonly is: 'noted'; readonly trouble: Trouble; readonly since: Instant; readonly last: Instant }
  | { readonly is: 'leaving'; readonly trouble: Trouble; readonly since: Instant; readonly gone: Instant };

/** A problem that is over. */
export interface EndedProblem {
  readonly trouble: Trouble;
  readonly since: Instant;
  readonly gone: Instant;
  readonly count: number;
}

/** All that is wrong, and lately was. */
export interface VerdictMachineState {
  readonly courses: ReadonlyMap<Cause, Course>;
  /** How often a cause came up since it is no more none. */
  readonly counts: ReadonlyMap<Cause, number>;
  /** Newest first. */
  readonly ended: readonly EndedProblem[];
  /** When the last problem ended; before that, the start. */
  readonly rightSince: Instant;
}

/** What happens to it. */
export type VerdictInput =
  /** All that is wrong now; of several of one cause the first counts. */
  | { readonly type: 'look'; readonly at: Instant; readonly troubles: readonly Trouble[] }
  /** Something has happened that is no state, such as an object that was given up. */
  | { readonly type: 'note'; readonly at: Instant; readonly trouble: Trouble }
  /** One more attempt has failed for this cause: it is counted, and judged by the next look. */
  | { readonly type: 'count'; readonly cause: Cause };

/** What is to be told. */
export type VerdictCommand =
  | { readonly type: 'began'; readonly trouble: Trouble }
  | { readonly type: 'ended'; readonly problem: EndedProblem };

/** Nothing is wrong. */
export function nothingWrong(at: Instant): VerdictMachineState {
  return { courses: new Map(), counts: new Map(), ended: [], rightSince: at };
}

/** Decides. */
export function stepVerdict(
  state: VerdictMachineState,
  input: VerdictInput,
): Step<VerdictMachineState, VerdictCommand> {
  switch (input.type) {
    case 'look': {
      const wrong = new Map(input.troubles.toReversed().map((trouble) => [trouble.cause, trouble]));
      let stepped: Step<VerdictMachineState, VerdictCommand> = { state, commands: [] };
      for (const cause of CAUSES) {
        const trouble = wrong.get(cause);
        const next =
          trouble === undefined ? missed(stepped.state, cause, input.at) : found(stepped.state, trouble, input.at);
        stepped = { state: next.state, commands: [...stepped.commands, ...next.commands] };
      }
      return stepped;
    }
    case 'note':
      return noted(state, input.trouble, input.at);
    case 'count':
      return { state: counted(state, input.cause), commands: [] };
  }
}

/** Nobody waits for ten seconds to hear that a program that has just begun is not done. */
const AT_ONCE: ReadonlySet<Cause> = new Set(['starting']);

type Stepped = Step<VerdictMachineState, VerdictCommand>;

/** A look has it. */
function found(state: VerdictMachineState, given: Trouble, at: Instant): Stepped {
  const trouble = bounded(given);
  const course = state.courses.get(trouble.cause);
  const holdMs = AT_ONCE.has(trouble.cause) ? 0 : HOLD_MS;
  switch (course?.is) {
    case undefined:
      return holdMs === 0
        ? begin(state, { is: 'present', trouble, since: at })
        : put(state, { is: 'suspected', trouble, since: at });
    case 'suspected':
      return at.monotonicMs - course.since.monotonicMs < holdMs
        ? put(state, { is: 'suspected', trouble, since: course.since })
        : begin(state, { is: 'present', trouble, since: course.since });
    case 'leaving':
      return put(counted(state, trouble.cause), { is: 'present', trouble, since: course.since });
    case 'present':
    case 'noted':
      return put(state, { is: 'present', trouble, since: course.since });
  }
}

/** A look does not have it. */
function missed(state: VerdictMachineState, cause: Cause, at: Instant): Stepped {
  const course = state.courses.get(cause);
  switch (course?.is) {
    case undefined:
    case 'suspected':
      return { state: without(state, cause), commands: [] };
    case 'present':
      return AT_ONCE.has(cause)
        ? end(state, { trouble: course.trouble, since: course.since, gone: at })
        : put(state, { is: 'leaving', trouble: course.trouble, since: course.since, gone: at });
    case 'leaving':
      return at.monotonicMs - course.gone.monotonicMs < CALM_MS ? stay(state) : end(state, course);
    case 'noted':
      return at.monotonicMs - course.last.monotonicMs < QUIET_MS
        ? stay(state)
        : end(state, { ...course, gone: course.last });
  }
}

/** It has happened. */
function noted(state: VerdictMachineState, given: Trouble, at: Instant): Stepped {
  const course = state.courses.get(given.cause);
  const known = course === undefined ? [] : course.trouble.subjects;
  const trouble = bounded({ ...given, subjects: [...new Set([...known, ...given.subjects])] });
  const next = counted(state, trouble.cause);
  switch (course?.is) {
    case undefined:
      return begin(next, { is: 'noted', trouble, since: at, last: at });
    case 'suspected':
      return begin(next, { is: 'noted', trouble, since: course.since, last: at });
    case 'present':
      return put(next, { ...course, trouble });
    case 'noted':
    case 'leaving':
      return put(next, { is: 'noted', trouble, since: course.since, last: at });
  }
}

const stay = (state: VerdictMachineState): Stepped => ({ state, commands: [] });

function put(state: VerdictMachineState, course: Course): Stepped {
  const courses = new Map(state.courses).set(course.trouble.cause, course);
  return { state: { ...state, courses }, commands: [] };
}

function begin(state: VerdictMachineState, course: Course): Stepped {
  const { trouble } = course;
  const next = state.counts.has(trouble.cause) ? state : counted(state, trouble.cause);
  return { state: put(next, course).state, commands: [{ type: 'began', trouble }] };
}

function end(state: VerdictMachineState, { trouble, since, gone }: Omit<EndedProblem, 'count'>): Stepped {
  const problem = { trouble, since, gone, count: state.counts.get(trouble.cause) ?? 1 };
  // That it has started is said once and is no problem to look back at.
  const ended = trouble.cause === 'starting' ? state.ended : [problem, ...state.ended].slice(0, MOST_ENDED);
  return {
    state: { ...without(state, trouble.cause), ended, rightSince: gone },
    commands: [{ type: 'ended', problem }],
  };
}

function without(state: VerdictMachineState, cause: Cause): VerdictMachineState {
  if (!state.courses.has(cause) && !state.counts.has(cause)) return state;
  const [courses, counts] = [new Map(state.courses), new Map(state.counts)];
  courses.delete(cause);
  counts.delete(cause);
  return { ...state, courses, counts };
}

function counted(state: VerdictMachineState, cause: Cause): VerdictMachineState {
  return { ...state, counts: new Map(state.counts).set(cause, (state.counts.get(cause) ?? 0) + 1) };
}

/** Names come from a cluster, which may have any number of them. */
function bounded(trouble: Trouble): Trouble {
  return trouble.subjects.length <= MOST_SUBJECTS
    ? trouble
    : { ...trouble, subjects: trouble.subjects.slice(0, MOST_SUBJECTS) };
}
