/**
 * One notice as a pure machine, from the first look that has it to the end of its last effect. What was done is not its concern:
 * its commands go to two outboxes that try until the machine dies.
 *
 * A notice is one event id. The same id with another status, another time or another list of machines is the same machine with
 * new data, so a notice is reported once and marked once however often it changes.
 *
 * | in phase | input | leads to | commands |
 * |---|---|---|---|
 * | new, seen | sighted, whose it is is unknown | seen | – |
 * | new, seen | sighted, another machine's or not acted on | seen | announce, once |
 * | new, seen | sighted, ours, its time has come | acted | report, mark, (evict) |
 * | new, seen | sighted, ours, far ahead | confirmed | report, wait |
 * | confirmed | sighted (started, or moved) or tick | acted when its time has come | mark, (evict) |
 * | acted | sighted with a new status | acted | announce when it starts |
 * | acted | sighted, was advice and is none any more | as if new | withdraw, report, mark in time |
 * | acted | drained, or sighted once it was | acted | (acknowledge), (retract) |
 * | acted | approved | acted | – |
 * | confirmed, acted | missing | leaving | (retract) |
 * | leaving | sighted | as before | (acknowledge) |
 * | leaving | missing again, long enough after | gone or cancelled | withdraw, unmark, forget |
 * | seen | missing | gone | forget |
 * | new, seen | restored | acted or confirmed | report and evict if that is still open; unmark where nobody marks any more |
 */
import { unreachable } from '@castai/shared/errors.ts';
import type { Notice, NoticeKind } from '../poll/notice.ts';
import type {
  AnnouncedStep,
  DecidePolicy,
  InterruptionCommand,
  InterruptionInput,
  InterruptionState,
  InterruptionStep,
} from './interruption-signals.ts';

/**
 * Two looks so far apart, or farther, must not have a notice before it counts as over. Undoing is never urgent, and a metadata
 * service that restarts may answer one look with an empty list. It takes two looks and not a timer, because a service that falls
 * silent after the first tells nothing.
 */
export const ABSENT_MS = 3000;

/** Where every notice starts. */
export const NEW: InterruptionState = { phase: 'new' };

/** Approving one of these ends the machine, or interrupts it, earlier; a preemption is never approved. */
const APPROVABLE: ReadonlySet<NoticeKind> = new Set(['terminate', 'redeploy', 'reboot']);

/** The machine. Total: an input that has no meaning in a state changes nothing. */
export function stepInterruption(
  policy: DecidePolicy,
  state: InterruptionState,
  input: InterruptionInput,
): InterruptionStep {
  switch (state.phase) {
    case 'new':
      if (input.type === 'restored') return restore(policy, input);
      return input.type === 'sighted' ? judge(policy, input, '') : to(state);
    case 'seen':
      if (input.type === 'missing') return to({ phase: 'gone', notice: state.notice }, { type: 'forget' });
      if (input.type === 'restored') return restore(policy, input);
      return input.type === 'sighted' ? judge(policy, input, state.why) : to(state);
    case 'confirmed':
      return stepConfirmed(policy, state, input);
    case 'acted':
      return stepActed(policy, state, input);
    case 'leaving':
      return stepLeaving(policy, state, input);
    case 'gone':
    case 'cancelled':
      return to(state);
    default:
      return unreachable(state);
  }
}

type Sighted = Extract<InterruptionInput, { type: 'sighted' }>;

function judge(policy: DecidePolicy, { notice, scope, nowMs }: Sighted, before: string): InterruptionStep {
  if (scope === 'unknown') return to({ phase: 'seen', notice, why: 'unidentified' });
  const why = scope === 'foreign' ? 'foreign' : 'ignored';
  if (scope === 'foreign' || !policy.actOn.has(notice.kind)) {
    return to({ phase: 'seen', notice, why }, ...(before === why ? [] : [announce(why)]));
  }
  return after([{ type: 'report' }, announce('confirmed')], markInTime(policy, notice, nowMs));
}

/** Marks now, later or never. The report goes first only in this list: both leave in the same turn of the event loop. */
function markInTime(policy: DecidePolicy, notice: Notice, nowMs: number): InterruptionStep {
  if (!marks(policy, notice)) return to({ phase: 'acted', notice, isMarked: false, approval: 'none' });
  const markAtMs = timeToMark(policy, notice);
  if (markAtMs > nowMs) return to({ phase: 'confirmed', notice, markAtMs }, { type: 'wait', untilMs: markAtMs });
  const evict: InterruptionCommand[] = policy.evicts ? [{ type: 'evict' }] : [];
  return to({ phase: 'acted', notice, isMarked: true, approval: 'none' }, { type: 'mark' }, ...evict);
}

/** An advisory is passed on, no more: whether the machine ever goes is open. */
function marks(policy: DecidePolicy, { kind }: Notice): boolean {
  return policy.marks && !isAdvice({ kind });
}

function isAdvice({ kind }: Pick<Notice, 'kind'>): boolean {
  return kind === 'rebalance';
}

function timeToMark(policy: DecidePolicy, { kind, isStarted, startsAtMs }: Notice): number {
  // A preemption is announced seconds ahead and comes when it comes: its time is not waited for.
  if (isStarted || startsAtMs === undefined || kind === 'preempt') return Number.NEGATIVE_INFINITY;
  return startsAtMs - policy.markAheadMs;
}

type Of<Phase extends InterruptionState['phase']> = Extract<InterruptionState, { phase: Phase }>;

function stepConfirmed(policy: DecidePolicy, state: Of<'confirmed'>, input: InterruptionInput): InterruptionStep {
  switch (input.type) {
    case 'sighted': {
      const notice = latest(state.notice, input);
      const isSameTime = timeToMark(policy, notice) === state.markAtMs && state.markAtMs > input.nowMs;
      // Looks come every second: a wait that stands is not set again.
      return isSameTime ? to({ ...state, notice }) : markInTime(policy, notice, input.nowMs);
    }
    case 'tick':
      return markInTime(policy, state.notice, input.nowMs);
    case 'missing':
      return leave({ notice: state.notice, isMarked: false, isWaiting: true, approval: 'none' }, input);
    case 'restored':
    case 'drained':
    case 'approved':
      return to(state);
    default:
      return unreachable(input);
  }
}

function stepActed(policy: DecidePolicy, state: Of<'acted'>, input: InterruptionInput): InterruptionStep {
  const { notice, isMarked, approval } = state;
  switch (input.type) {
    case 'sighted': {
      if (isAdvice(notice) && !isAdvice(input.notice)) return escalate(policy, state, input);
      const isBegin = input.notice.isStarted && !notice.isStarted;
      return after(
        isBegin ? [announce('started')] : [],
        approveIfDue(policy, { ...state, notice: latest(notice, input) }),
      );
    }
    case 'missing': {
      // It may only have been left out of one answer; an approval of what is not listed tells nobody anything.
      const retract: InterruptionCommand[] = approval === 'asked' ? [{ type: 'retract' }] : [];
      const left = { notice, isMarked, isWaiting: false, approval: approval === 'asked' ? 'due' : approval } as const;
      return after(retract, leave(left, input));
    }
    case 'drained':
      return approveIfDue(policy, { ...state, approval: approval === 'none' ? 'due' : approval });
    case 'approved':
      return to({ ...state, approval: 'given' });
    case 'tick':
    case 'restored':
      return to(state);
    default:
      return unreachable(input);
  }
}

/** What was advice has become certain: the platform was told of the advice only, and nothing was marked. */
function escalate(policy: DecidePolicy, state: Of<'acted' | 'leaving'>, input: Sighted): InterruptionStep {
  const { notice, isMarked, approval } = state;
  if (!policy.actOn.has(input.notice.kind)) return to({ phase: 'acted', notice, isMarked, approval });
  const report: InterruptionCommand[] = [{ type: 'withdraw' }, { type: 'report' }, announce('confirmed')];
  return after(report, markInTime(policy, input.notice, input.nowMs));
}

/**
 * A notice of ours as it stands now. What was certain does not become advice again, or it would be told anew with each change; and while
 * it is not known to name this machine nobody approves it, however few it names.
 */
function latest(before: Notice, { notice, scope }: Sighted): Notice {
  const { resources: _resources, ...rest } = notice;
  return { ...(scope === 'own' ? notice : rest), kind: isAdvice(notice) ? before.kind : notice.kind };
}

/** Hands the approval to its outbox, or takes it from there, as the event stands now. */
function approveIfDue(policy: DecidePolicy, state: Of<'acted'>): InterruptionStep {
  const may = mayApprove(policy, state.notice);
  if (state.approval === 'due' && may) return to({ ...state, approval: 'asked' }, { type: 'acknowledge' });
  if (state.approval === 'asked' && !may) return to({ ...state, approval: 'due' }, { type: 'retract' });
  return to(state);
}

/** An approval is valid for every machine that the event names, so it is given only where that is this one alone. */
function mayApprove(policy: DecidePolicy, { kind, isStarted, resources }: Notice): boolean {
  return policy.acknowledges && APPROVABLE.has(kind) && !isStarted && resources?.length === 1;
}

type Missing = Extract<InterruptionInput, { type: 'missing' }>;

function leave(
  left: Omit<Of<'leaving'>, 'phase' | 'sinceMs' | 'leftAtMs'>,
  { nowMs, monotonicMs }: Missing,
): InterruptionStep {
  return to({ phase: 'leaving', ...left, sinceMs: monotonicMs, leftAtMs: nowMs });
}

function stepLeaving(policy: DecidePolicy, state: Of<'leaving'>, input: InterruptionInput): InterruptionStep {
  const { notice, isMarked, isWaiting, sinceMs, leftAtMs, approval } = state;
  switch (input.type) {
    case 'sighted':
      if (isWaiting) return markInTime(policy, latest(notice, input), input.nowMs);
      if (isAdvice(notice) && !isAdvice(input.notice)) return escalate(policy, state, input);
      return approveIfDue(policy, { phase: 'acted', notice: latest(notice, input), isMarked, approval });
    case 'missing':
      if (input.monotonicMs - sinceMs < ABSENT_MS) return to(state);
      return end(notice, isMarked, leftAtMs);
    case 'drained':
      return to({ ...state, approval: approval === 'none' ? 'due' : approval });
    case 'approved':
      return to({ ...state, approval: 'given' });
    case 'tick':
    case 'restored':
      return to(state);
    default:
      return unreachable(input);
  }
}

function end(notice: Notice, isMarked: boolean, atMs: number): InterruptionStep {
  const isOver = notice.isStarted || (notice.startsAtMs !== undefined && notice.startsAtMs <= atMs);
  const phase = isOver ? 'gone' : 'cancelled';
  const unmark: InterruptionCommand[] = isMarked ? [UNMARK] : [];
  return to({ phase, notice }, { type: 'withdraw' }, ...unmark, announce(phase), { type: 'forget' });
}

type Restored = Extract<InterruptionInput, { type: 'restored' }>;

function restore(policy: DecidePolicy, restored: Restored): InterruptionStep {
  const { notice, isReported, isMarked, isDrained, isApproved, nowMs } = restored;
  const report: InterruptionCommand[] = isReported ? [] : [{ type: 'report' }];
  // A process that ends among its evictions, as for want of memory, leaves the rest to the next one.
  const evict: InterruptionCommand[] = policy.evicts && !isDrained ? [{ type: 'evict' }] : [];
  // What it has to name to be approved comes with the next look that has it.
  if (isMarked && !policy.marks) {
    // Nobody wants marks any more: it is known what was told, and the node is given back.
    return to({ phase: 'acted', notice, isMarked: false, approval: 'none' }, ...report, announce('restored'), UNMARK);
  }
  const approval = isApproved ? 'given' : isDrained ? 'due' : 'none';
  const { state, commands } = isMarked
    ? // The mark is handed over again so that the outbox knows its reason; on the node it changes nothing.
      to({ phase: 'acted', notice, isMarked, approval }, { type: 'mark' }, ...evict)
    : markInTime(policy, notice, nowMs);
  return to(state, ...report, announce('restored'), ...commands);
}

const UNMARK: InterruptionCommand = { type: 'unmark' };

function announce(step: AnnouncedStep): InterruptionCommand {
  return { type: 'announce', step };
}

function after(commands: readonly InterruptionCommand[], step: InterruptionStep): InterruptionStep {
  return { state: step.state, commands: [...commands, ...step.commands] };
}

function to(state: InterruptionState, ...commands: readonly InterruptionCommand[]): InterruptionStep {
  return { state, commands };
}
