/**
 * Leader election as a pure machine, by client-go's rules: of the replicas that share a lease at most one leads, and when it is gone
 * another one does after the lease's duration. Its times are those of a `LeasePace`.
 *
 *     standby ─free─▶ acquiring ─written─▶ leading ─stop─▶ released
 *        ▲                │                   │
 *        └── was faster ──┴── lost: taken, deleted, not renewed in time
 *
 * - Others count the holder as gone when they have seen its lease unchanged for as long as stands in it, by their own clock. The leader
 *   counts itself as gone already `deadlineMs` after the start of its last successful renewal, which is earlier.
 * - Every write is on condition of the version that was read, so of two that want it one gets it.
 * - With the API server away nobody can take over, and the leader stops all the same: it cannot know that it is alone in this.
 *
 * A lease does not fence, as client-go says itself: a process that was frozen may act on a right that it has lost. Whoever it acts on
 * has to tell (the platform does by its epoch); the lease only makes it rare. Ways back to another request, and what paces them:
 *
 * | from | why | what is sent | paced by |
 * |---|---|---|---|
 * | standby | somebody else holds it | read | `rest`: `renewMs`, at the latest when it would expire |
 * | standby | no answer, or a conflict | read | `rest`: `RETRY_MS`; Retry-After as floor |
 * | standby | read, and it is free | write | its answer: a conflict rests before the next read |
 * | standby | gave the lease back | read | `rest`: `durationMs`, so that whoever waits is first |
 * | leading | time to renew | write, with the count that a doubt wants | `rest`: `renewMs` after the last renewal |
 * | leading | no answer | write | `rest`: `RETRY_MS` after it was sent; Retry-After as floor |
 * | leading | a renewal met another version | read, then write | their answers: a second conflict rests |
 * | leading | somebody doubts it (`challenged`) | read, then a write if the count of holders has to rise | whoever asks |
 */
import type { Step } from '../async/machine.ts';
import { unreachable } from '../errors.ts';
import { type LeaseRecord, type LeaseSighting, sightLease } from '../kube/lease-record.ts';
import { type LeasePace, RETRY_MS } from './lease-pace.ts';

/** Who this process is. */
export interface LeaseIdentity {
  /** Unique to this process: what it writes into the lease. */
  readonly holder: string;
  /** What holders of the same pod begin with, empty if unknown: its earlier containers, which are gone when this one runs. */
  readonly podPrefix: string;
}

/** Who takes part in the election, and at which pace. */
export interface LeaseParty extends LeaseIdentity {
  readonly pace: LeasePace;
}

/** Why a leader leads no more. */
export type LossReason = 'TAKEN' | 'DELETED' | 'NOT_RENEWED' | 'GIVEN_BACK';

/** Where this replica is. */
export type LeaseState =
  | { readonly phase: 'standby'; readonly isReading: boolean; readonly sighting: LeaseSighting | undefined }
  | { readonly phase: 'acquiring'; readonly sighting: LeaseSighting | undefined }
  | {
      readonly phase: 'leading';
      /** `rewriting`: with the version that was read after a conflict. */
      readonly doing: 'resting' | 'writing' | 'reading' | 'rewriting';
      readonly record: LeaseRecord;
      /** In the own monotonic milliseconds. */
      readonly deadlineAtMs: number;
      /** Somebody waits for a proof, with at least so many transitions. */
      readonly challenge: number | undefined;
    }
  | { readonly phase: 'released' };

/** What happens to it; times are the own monotonic milliseconds. */
export type LeaseInput =
  /** The rest is over. */
  | { readonly type: 'rested' }
  /** A read was answered, at `nowMs`; no record: there is no lease. */
  | { readonly type: 'found'; readonly record: LeaseRecord | undefined; readonly nowMs: number }
  /** A write that was sent at `sentAtMs` was taken: what takes long must not look fresher than it is. */
  | { readonly type: 'written'; readonly record: LeaseRecord; readonly sentAtMs: number }
  /** A write was not taken because the lease is not as it was read. */
  | { readonly type: 'conflict' }
  /** No usable answer, or a refusal. */
  | {
      readonly type: 'failed';
      readonly retryAfterMs: number;
      /** How long it took to fail. */
      readonly tookMs: number;
    }
  | { readonly type: 'deadline'; readonly nowMs: number }
  /** Somebody says that another one leads: prove that it does not, with at least so many transitions. */
  | { readonly type: 'challenged'; readonly transitions: number }
  /** This replica cannot do what it leads for. */
  | { readonly type: 'gaveUp' }
  | { readonly type: 'stop' };

/** What has to be done, in order. A request takes the place of one that is under way. */
export type LeaseCommand =
  | { readonly type: 'read' }
  | {
      readonly type: 'write';
      readonly seen: LeaseRecord | undefined;
      readonly transitions: number;
      readonly isNewHolder: boolean;
    }
  /** Nothing for `usualMs` and up to `SPREAD_MS` more, but not longer than `atMostMs`; for `atLeastMs` in any case. */
  | { readonly type: 'rest'; readonly usualMs: number; readonly atLeastMs: number; readonly atMostMs: number }
  /** Renewed: the deadline is now this. */
  | { readonly type: 'guard'; readonly deadlineAtMs: number }
  | { readonly type: 'lead' }
  | { readonly type: 'prove' }
  | { readonly type: 'stepDown'; readonly reason: LossReason }
  /** Clear the holder, if it is us, so that another one need not wait. */
  | { readonly type: 'release' };

/** A step: where it is now, and what to do. */
export type LeaseStep = Step<LeaseState, LeaseCommand>;

/** Where every replica starts; a first `rested` sets it going. */
export const STANDBY: LeaseState = { phase: 'standby', isReading: false, sighting: undefined };

/** The machine. Total: an input that has no meaning in a state (a late answer) changes nothing. */
export function stepLease(state: LeaseState, input: LeaseInput, self: LeaseParty): LeaseStep {
  switch (state.phase) {
    case 'standby':
      return stepStandby(state, input, self);
    case 'acquiring':
      return stepAcquiring(state, input, self);
    case 'leading':
      return stepLeading(state, input, self);
    case 'released':
      return to(state);
    default:
      return unreachable(state);
  }
}

function stepStandby(state: In<'standby'>, input: LeaseInput, self: LeaseParty): LeaseStep {
  const { isReading, sighting } = state;
  if (input.type === 'stop') return to({ phase: 'released' });
  if (input.type === 'rested' && !isReading) return to({ ...state, isReading: true }, { type: 'read' });
  if (!isReading) return to(state);
  // What was seen before stays: the holder may have been silent all the while.
  if (input.type === 'failed') return stand(sighting, { atLeastMs: input.retryAfterMs });
  if (input.type !== 'found') return to(state);
  const { record, nowMs } = input;
  if (record === undefined) {
    const write = { type: 'write', seen: undefined, transitions: 0, isNewHolder: true } as const;
    return to({ phase: 'acquiring', sighting: undefined }, write);
  }
  const seen = sightLease(sighting, record, nowMs);
  const isOurs = record.holder === self.holder;
  const leftMs = seen.atMs + (record.durationMs ?? self.pace.durationMs) - nowMs;
  const isFree = record.holder === '' || isOurs || isPredecessor(record, self) || leftMs <= 0;
  if (!isFree) return stand(seen, { usualMs: self.pace.renewMs, atMostMs: leftMs });
  const transitions = record.transitions + (isOurs ? 0 : 1);
  return to({ phase: 'acquiring', sighting: seen }, { type: 'write', seen: record, transitions, isNewHolder: !isOurs });
}

function stepAcquiring({ sighting }: In<'acquiring'>, input: LeaseInput, { pace }: LeaseParty): LeaseStep {
  switch (input.type) {
    case 'written':
      return renewed(input, { pace, challenge: undefined }, { type: 'lead' });
    case 'conflict':
      return stand(sighting);
    case 'failed':
      // It may have been taken all the same; the next read tells.
      return stand(sighting, { atLeastMs: input.retryAfterMs });
    case 'stop':
      return to({ phase: 'released' }, { type: 'release' });
    case 'rested':
    case 'found':
    case 'deadline':
    case 'challenged':
    case 'gaveUp':
      return to({ phase: 'acquiring', sighting });
    default:
      return unreachable(input);
  }
}

function stepLeading(state: In<'leading'>, input: LeaseInput, self: LeaseParty): LeaseStep {
  const { doing, record, deadlineAtMs, challenge } = state;
  switch (input.type) {
    case 'rested':
      // What answered a doubt may have been lost: the next renewal answers it as well.
      return doing === 'resting' ? renew(state, 'writing', Math.max(record.transitions, challenge ?? 0)) : to(state);
    case 'written':
      return doing === 'writing' || doing === 'rewriting' ? renewed(input, { pace: self.pace, challenge }) : to(state);
    case 'conflict':
      if (doing === 'writing') return to({ ...state, doing: 'reading' }, { type: 'read' });
      return doing === 'rewriting' ? to({ ...state, doing: 'resting' }, rest()) : to(state);
    case 'found':
      return doing === 'reading' ? recheck(state, input, self) : to(state);
    case 'failed':
      if (doing === 'resting') return to(state);
      // Its pause counts from when it was sent, as client-go's: of one that was not answered nothing is left, and the next may be in time.
      return to(
        { ...state, doing: 'resting' },
        rest({ usualMs: Math.max(0, RETRY_MS - input.tookMs), atLeastMs: input.retryAfterMs }),
      );
    case 'deadline':
      if (input.nowMs < deadlineAtMs) return to(state);
      return lose(undefined, 'NOT_RENEWED');
    case 'challenged':
      // A renewal that is under way began before the doubt and proves nothing.
      return to(
        { ...state, doing: 'reading', challenge: Math.max(challenge ?? 0, input.transitions) },
        { type: 'read' },
      );
    case 'gaveUp':
      return to(
        { phase: 'standby', isReading: false, sighting: undefined },
        { type: 'stepDown', reason: 'GIVEN_BACK' },
        { type: 'release' },
        rest({ atLeastMs: self.pace.durationMs }),
      );
    case 'stop':
      return to({ phase: 'released' }, { type: 'release' });
    default:
      return unreachable(input);
  }
}

/** A fresh look at the lease of a leader. */
function recheck(state: In<'leading'>, { record, nowMs }: Of<'found'>, self: LeaseParty): LeaseStep {
  if (record === undefined) return lose(undefined, 'DELETED');
  if (record.holder !== self.holder) return lose(sightLease(undefined, record, nowMs), 'TAKEN');
  const { challenge } = state;
  // The lease was set back (an etcd restored from a backup, a person): holder we are, only the count is one that others have seen passed.
  const transitions = Math.max(record.transitions, challenge ?? 0);
  if (challenge === undefined || transitions > record.transitions) {
    return renew({ ...state, record }, 'rewriting', transitions);
  }
  return to({ ...state, record, doing: 'resting', challenge: undefined }, { type: 'prove' }, rest());
}

function renew(state: In<'leading'>, doing: 'writing' | 'rewriting', transitions: number): LeaseStep {
  const write = { type: 'write', seen: state.record, transitions, isNewHolder: false } as const;
  return to({ ...state, doing }, write);
}

function renewed(
  { record, sentAtMs }: Of<'written'>,
  { pace, challenge }: Pick<LeaseParty, 'pace'> & Pick<In<'leading'>, 'challenge'>,
  ...first: readonly LeaseCommand[]
): LeaseStep {
  const deadlineAtMs = sentAtMs + pace.deadlineMs;
  const guard = { type: 'guard', deadlineAtMs } as const;
  // What was stored counts, not what was asked for.
  const isProven = challenge !== undefined && record.transitions >= challenge;
  const proof: LeaseCommand[] = isProven ? [{ type: 'prove' }] : [];
  const state = {
    phase: 'leading',
    doing: 'resting',
    record,
    deadlineAtMs,
    challenge: isProven ? undefined : challenge,
  } as const;
  return to(state, guard, ...first, ...proof, rest({ usualMs: pace.renewMs }));
}

function lose(sighting: LeaseSighting | undefined, reason: LossReason): LeaseStep {
  return to({ phase: 'standby', isReading: false, sighting }, { type: 'stepDown', reason }, rest());
}

function stand(sighting: LeaseSighting | undefined, bounds: Bounds = {}): LeaseStep {
  return to({ phase: 'standby', isReading: false, sighting }, rest(bounds));
}

function rest({ usualMs = RETRY_MS, atLeastMs = 0, atMostMs = Infinity }: Bounds = {}): LeaseCommand {
  return { type: 'rest', usualMs, atLeastMs, atMostMs };
}

/**
 * The kubelet starts a container of a pod only when the one before it has ended: nobody to wait for after a crash. Of a pod that was
 * deleted by force an old one may still run somewhere; the count of holders rises, and the platform fences it.
 */
function isPredecessor({ holder }: LeaseRecord, { podPrefix }: LeaseIdentity): boolean {
  return podPrefix !== '' && holder.startsWith(podPrefix);
}

interface Bounds {
  readonly usualMs?: number;
  readonly atLeastMs?: number;
  readonly atMostMs?: number;
}
type In<P extends LeaseState['phase']> = Extract<LeaseState, { phase: P }>;
type Of<T extends LeaseInput['type']> = Extract<LeaseInput, { type: T }>;

function to(state: LeaseState, ...commands: LeaseCommand[]): LeaseStep {
  return { state, commands };
}
