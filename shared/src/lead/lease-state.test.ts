import type { LeaseRecord } from '../kube/lease-record.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QUICK_PACE, QUIET_PACE } from './lease-pace.ts';
import {
  type LeaseCommand,
  type LeaseInput,
  type LeaseParty,
  type LeaseState,
  type LeaseStep,
  STANDBY,
  stepLease,
} from './lease-state.ts';

const self: LeaseParty = { holder: 'pod-a_1', podPrefix: 'pod-a_', pace: QUICK_PACE };
const quiet: LeaseParty = { ...self, pace: QUIET_PACE };
const { durationMs: DURATION_MS, deadlineMs: DEADLINE_MS } = QUICK_PACE;
const lease = (holder: string, more: Partial<LeaseRecord> = {}): LeaseRecord => ({
  uid: 'lease',
  resourceVersion: '7',
  holder,
  transitions: 3,
  ...more,
});
const ours = lease(self.holder);
const theirs = lease('pod-b_1');
const found = (record: LeaseRecord | undefined, nowMs = 0): LeaseInput => ({ type: 'found', record, nowMs });
const written = (record = ours, sentAtMs = 0): LeaseInput => ({ type: 'written', record, sentAtMs });

type Place =
  | 'waiting'
  | 'reading'
  | 'acquiring'
  | 'resting'
  | 'renewing'
  | 'checking'
  | 'rewriting'
  | 'challenged'
  | 'released';
const leading = { phase: 'leading', record: ours, deadlineAtMs: DEADLINE_MS, challenge: undefined } as const;
const places: Record<Place, LeaseState> = {
  waiting: STANDBY,
  reading: { phase: 'standby', isReading: true, sighting: undefined },
  acquiring: { phase: 'acquiring', sighting: undefined },
  resting: { ...leading, doing: 'resting' },
  renewing: { ...leading, doing: 'writing' },
  checking: { ...leading, doing: 'reading' },
  rewriting: { ...leading, doing: 'rewriting' },
  challenged: { ...leading, doing: 'reading', challenge: 0 },
  released: { phase: 'released' },
};
type Event =
  | 'rested'
  | 'found none'
  | 'found free'
  | 'found ours'
  | 'found theirs'
  | 'written'
  | 'conflict'
  | 'failed'
  | 'deadline'
  | 'challenged'
  | 'gave up'
  | 'stop';
const events: Record<Event, LeaseInput> = {
  rested: { type: 'rested' },
  'found none': found(undefined),
  'found free': found(lease('')),
  'found ours': found(ours),
  'found theirs': found(theirs),
  written: written(),
  conflict: { type: 'conflict' },
  failed: { type: 'failed', retryAfterMs: 0, tookMs: 0 },
  deadline: { type: 'deadline', nowMs: DEADLINE_MS },
  challenged: { type: 'challenged', transitions: 0 },
  'gave up': { type: 'gaveUp' },
  stop: { type: 'stop' },
};
const doing = ({ state }: LeaseStep): string => {
  if (state.phase === 'standby') return state.isReading ? 'reading' : 'waiting';
  if (state.phase !== 'leading') return state.phase;
  if (state.challenge !== undefined) return 'challenged';
  return { resting: 'resting', writing: 'renewing', reading: 'checking', rewriting: 'rewriting' }[state.doing];
};
const short = (step: LeaseStep): string => [doing(step), ...step.commands.map(({ type }) => type)].join(' ');

/** Every place with every event; `-` is "nothing changes, nothing is done". */
const table: Record<Place, Record<Event, string>> = {
  waiting: {
    rested: 'reading read',
    'found none': '-',
    'found free': '-',
    'found ours': '-',
    'found theirs': '-',
    written: '-',
    conflict: '-',
    failed: '-',
    deadline: '-',
    challenged: '-',
    'gave up': '-',
    stop: 'released',
  },
  reading: {
    rested: '-',
    'found none': 'acquiring write',
    'found free': 'acquiring write',
    'found ours': 'acquiring write',
    'found theirs': 'waiting rest',
    written: '-',
    conflict: '-',
    failed: 'waiting rest',
    deadline: '-',
    challenged: '-',
    'gave up': '-',
    stop: 'released',
  },
  acquiring: {
    rested: '-',
    'found none': '-',
    'found free': '-',
    'found ours': '-',
    'found theirs': '-',
    written: 'resting guard lead rest',
    conflict: 'waiting rest',
    failed: 'waiting rest',
    deadline: '-',
    challenged: '-',
    'gave up': '-',
    stop: 'released release',
  },
  resting: {
    rested: 'renewing write',
    'found none': '-',
    'found free': '-',
    'found ours': '-',
    'found theirs': '-',
    written: '-',
    conflict: '-',
    failed: '-',
    deadline: 'waiting stepDown rest',
    challenged: 'challenged read',
    'gave up': 'waiting stepDown release rest',
    stop: 'released release',
  },
  renewing: {
    rested: '-',
    'found none': '-',
    'found free': '-',
    'found ours': '-',
    'found theirs': '-',
    written: 'resting guard rest',
    conflict: 'checking read',
    failed: 'resting rest',
    deadline: 'waiting stepDown rest',
    challenged: 'challenged read',
    'gave up': 'waiting stepDown release rest',
    stop: 'released release',
  },
  checking: {
    rested: '-',
    'found none': 'waiting stepDown rest',
    'found free': 'waiting stepDown rest',
    'found ours': 'rewriting write',
    'found theirs': 'waiting stepDown rest',
    written: '-',
    conflict: '-',
    failed: 'resting rest',
    deadline: 'waiting stepDown rest',
    challenged: 'challenged read',
    'gave up': 'waiting stepDown release rest',
    stop: 'released release',
  },
  rewriting: {
    rested: '-',
    'found none': '-',
    'found free': '-',
    'found ours': '-',
    'found theirs': '-',
    written: 'resting guard rest',
    conflict: 'resting rest',
    failed: 'resting rest',
    deadline: 'waiting stepDown rest',
    challenged: 'challenged read',
    'gave up': 'waiting stepDown release rest',
    stop: 'released release',
  },
  challenged: {
    rested: '-',
    'found none': 'waiting stepDown rest',
    'found free': 'waiting stepDown rest',
    'found ours': 'resting prove rest',
    'found theirs': 'waiting stepDown rest',
    written: '-',
    conflict: '-',
    failed: 'challenged rest',
    deadline: 'waiting stepDown rest',
    challenged: 'challenged read',
    'gave up': 'waiting stepDown release rest',
    stop: 'released release',
  },
  released: {
    rested: '-',
    'found none': '-',
    'found free': '-',
    'found ours': '-',
    'found theirs': '-',
    written: '-',
    conflict: '-',
    failed: '-',
    deadline: '-',
    challenged: '-',
    'gave up': '-',
    stop: '-',
  },
};

/** Runs inputs from a state and gives the last step. */
function walk(from: LeaseState, ...inputs: LeaseInput[]): LeaseStep {
  let step: LeaseStep = { state: from, commands: [] };
  for (const input of inputs) step = stepLease(step.state, input, self);
  return step;
}
const rested: LeaseInput = { type: 'rested' };
const write = ({ commands }: LeaseStep): LeaseCommand | undefined => commands.find(({ type }) => type === 'write');

describe('lease machine', () => {
  for (const [place, row] of Object.entries(table)) {
    it(`does what its table says: ${place}`, () => {
      const state = places[place as Place];
      const actual = Object.fromEntries(
        Object.entries(events).map(([name, input]) => {
          const step = stepLease(state, input, self);
          return [name, step.commands.length === 0 && doing(step) === doing(walk(state)) ? '-' : short(step)];
        }),
      );
      expect(actual).toEqual(row);
    });
  }

  it('takes what another held after the duration, by its own clock, and counts the change', () => {
    const step = walk(STANDBY, rested, found(theirs, 100), rested, found(theirs, 100 + DURATION_MS - 1));
    expect(short(step)).toBe('waiting rest');
    const taken = walk(step.state, rested, found(theirs, 100 + DURATION_MS));
    expect(write(taken)).toEqual({ type: 'write', seen: theirs, transitions: 4, isNewHolder: true });
  });

  it('begins to count anew with every sign of life', () => {
    const alive = lease('pod-b_1', { resourceVersion: '8' });
    const step = walk(
      STANDBY,
      rested,
      found(theirs),
      rested,
      found(alive, DURATION_MS),
      rested,
      found(alive, DURATION_MS * 2 - 1),
    );
    expect(short(step)).toBe('waiting rest');
  });

  it('looks again exactly when the holder would be gone', () => {
    expect(walk(STANDBY, rested, found(theirs), rested, found(theirs, 14_400)).commands).toEqual([
      { type: 'rest', usualMs: 2_000, atLeastMs: 0, atMostMs: 600 },
    ]);
  });

  it('believes in a holder for as long as stands in the lease, whatever its own pace is', () => {
    const patient = lease('pod-b_1', { durationMs: 60_000 });
    const step = walk(STANDBY, rested, found(patient), rested, found(patient, 59_999));
    expect(step.commands).toEqual([{ type: 'rest', usualMs: 2_000, atLeastMs: 0, atMostMs: 1 }]);
    expect(short(walk(step.state, rested, found(patient, 60_000)))).toBe('acquiring write');
  });

  it('asks seldom at a quiet pace, and soon again when something went wrong', () => {
    const usual = (state: LeaseState, input: LeaseInput): unknown =>
      stepLease(state, input, quiet).commands.find(({ type }) => type === 'rest');
    const rest = { type: 'rest', atLeastMs: 0, atMostMs: Infinity };
    expect(usual(places.renewing, written())).toEqual({ ...rest, usualMs: 30_000 });
    expect(usual(places.reading, found(theirs))).toEqual({ ...rest, usualMs: 30_000, atMostMs: 60_000 });
    const failed: LeaseInput = { type: 'failed', retryAfterMs: 0, tookMs: 0 };
    expect(usual(places.renewing, failed)).toEqual({ ...rest, usualMs: 2_000 });
    expect(usual(places.reading, failed)).toEqual({ ...rest, usualMs: 2_000 });
    expect(usual(places.acquiring, { type: 'conflict' })).toEqual({ ...rest, usualMs: 2_000 });
    // A proof is no renewal: the deadline is that of the last one.
    expect(usual(places.challenged, found(ours))).toEqual({ ...rest, usualMs: 2_000 });
    expect(usual(places.checking, found(theirs))).toEqual({ ...rest, usualMs: 2_000 });
  });

  it('goes on counting while the API server is away: the holder was silent all the while', () => {
    const failed: LeaseInput = { type: 'failed', retryAfterMs: 0, tookMs: 0 };
    const step = walk(STANDBY, rested, found(theirs), rested, failed, rested, found(theirs, DURATION_MS));
    expect(short(step)).toBe('acquiring write');
  });

  it('renews again at once what was not answered, so that one lost request costs no term, and rests after a refusal', () => {
    const restAfter = (tookMs: number): unknown =>
      stepLease(places.renewing, { type: 'failed', retryAfterMs: 0, tookMs }, self).commands;
    const rest = { type: 'rest', atLeastMs: 0, atMostMs: Infinity };
    expect(restAfter(4_000)).toEqual([{ ...rest, usualMs: 0 }]);
    expect(restAfter(500)).toEqual([{ ...rest, usualMs: 1_500 }]);
  });

  it('makes a lease that is not there, and takes one that was given back', () => {
    expect(write(walk(STANDBY, rested, found(undefined)))).toMatchObject({ seen: undefined, transitions: 0 });
    expect(write(walk(STANDBY, rested, found(lease(''))))).toMatchObject({ transitions: 4, isNewHolder: true });
  });

  it('does not wait for an earlier container of its own pod', () => {
    expect(write(walk(STANDBY, rested, found(lease('pod-a_0'))))).toMatchObject({ transitions: 4, isNewHolder: true });
    const nameless = { ...self, holder: '1', podPrefix: '' };
    expect(short(stepLease(places.reading, found(lease('pod-a_0')), nameless))).toBe('waiting rest');
    // Not a pod whose name only begins like ours.
    expect(short(stepLease(places.reading, found(lease('pod-ab_0')), self))).toBe('waiting rest');
  });

  it('takes back what it held before, without counting a change', () => {
    expect(write(walk(STANDBY, rested, found(ours)))).toMatchObject({ transitions: 3, isNewHolder: false });
  });

  it('believes in itself from the start of a renewal for less long than others do', () => {
    expect(DEADLINE_MS).toBeLessThan(DURATION_MS);
    const step = walk(places.acquiring, written(ours, 5_000));
    expect(step.commands[0]).toEqual({ type: 'guard', deadlineAtMs: 15_000 });
    expect(short(walk(step.state, { type: 'deadline', nowMs: 14_999 }))).toBe('resting');
    expect(walk(step.state, { type: 'deadline', nowMs: 15_000 }).commands[0]).toEqual({
      type: 'stepDown',
      reason: 'NOT_RENEWED',
    });
  });

  it('tells why it leads no more', () => {
    const reason = (input: LeaseInput): unknown =>
      walk(places.renewing, { type: 'conflict' }, input).commands.find(({ type }) => type === 'stepDown');
    expect(reason(found(theirs))).toMatchObject({ reason: 'TAKEN' });
    expect(reason(found(undefined))).toMatchObject({ reason: 'DELETED' });
  });

  it('renews the version that a person made of its lease', () => {
    const edited = lease(self.holder, { resourceVersion: '9', transitions: 1 });
    const step = walk(places.renewing, { type: 'conflict' }, found(edited));
    expect(write(step)).toMatchObject({ seen: edited, transitions: 1 });
  });

  it('raises a count that the platform has passed, and proves itself by that', () => {
    const step = walk(places.resting, { type: 'challenged', transitions: 9 }, found(ours));
    expect(write(step)).toEqual({ type: 'write', seen: ours, transitions: 9, isNewHolder: false });
    const raised = lease(self.holder, { transitions: 9, resourceVersion: '8' });
    expect(short(walk(step.state, written(raised)))).toBe('resting guard prove rest');
  });

  it('keeps a doubt until it is answered, whatever fails in between', () => {
    const failed: LeaseInput = { type: 'failed', retryAfterMs: 0, tookMs: 0 };
    const step = walk(places.resting, { type: 'challenged', transitions: 0 }, failed, rested, written());
    expect(short(step)).toBe('resting guard prove rest');
  });

  it('proves nothing by a renewal that does not count as far as the doubt wants', () => {
    const failed: LeaseInput = { type: 'failed', retryAfterMs: 0, tookMs: 0 };
    const lost = walk(places.resting, { type: 'challenged', transitions: 9 }, found(ours), failed);
    expect(short(lost)).toBe('challenged rest');
    const again = walk(lost.state, rested);
    expect(write(again)).toEqual({ type: 'write', seen: ours, transitions: 9, isNewHolder: false });
    expect(short(walk(again.state, written(ours)))).toBe('challenged guard rest');
    expect(short(walk(again.state, written(lease(self.holder, { transitions: 9 }))))).toBe('resting guard prove rest');
  });

  it('counts who took the lease as silent from the moment on when it saw that, and no sooner', () => {
    const fresh = lease('pod-b_1', { resourceVersion: '8' });
    const lost = walk(places.checking, found(fresh, 5_000));
    expect(short(walk(lost.state, rested, found(fresh, 5_000 + DURATION_MS - 1)))).toBe('waiting rest');
    expect(short(walk(lost.state, rested, found(fresh, 5_000 + DURATION_MS)))).toBe('acquiring write');
  });

  it('stays away for as long as the API server wants, and no shorter', () => {
    const step = walk(places.reading, { type: 'failed', retryAfterMs: 30_000, tookMs: 0 });
    expect(step.commands).toEqual([{ type: 'rest', usualMs: 2_000, atLeastMs: 30_000, atMostMs: Infinity }]);
  });

  it('on random walks leads only between a lead and a step down, and never without a way on', () => {
    const input = fc.constantFrom(...Object.values(events), found(theirs, 99_000), written(theirs, 50_000));
    fc.assert(
      fc.property(fc.array(input, { maxLength: 60 }), (inputs) => {
        let state = STANDBY;
        let leads = false;
        let waits = 0;
        for (const next of inputs) {
          const step = stepLease(state, next, self);
          for (const { type } of step.commands) {
            if (type === 'lead') {
              expect(leads).toBe(false);
              leads = true;
            }
            if (type === 'stepDown') {
              expect(leads).toBe(true);
              leads = false;
            }
          }
          state = step.state;
          if (state.phase === 'released') return;
          expect(state.phase === 'leading').toBe(leads);
          // Whoever does nothing rests, and whoever rests is woken: at most one of both is asked for by a step.
          waits = step.commands.filter(({ type }) => type === 'rest' || type === 'read' || type === 'write').length;
          expect(waits).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
