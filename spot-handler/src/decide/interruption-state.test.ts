import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Notice, NOTICE_KINDS } from '../poll/notice.ts';
import type { DecidePolicy, InterruptionInput, InterruptionState, InterruptionStep } from './interruption-signals.ts';
import { ABSENT_MS, NEW, stepInterruption } from './interruption-state.ts';

const NOW = Date.UTC(2026, 3, 11, 12);
const MINUTE = 60_000;
/** The monotonic clock at `NOW`. */
const UPTIME = 5 * MINUTE;

const policy: DecidePolicy = {
  actOn: new Set(['preempt', 'reboot', 'terminate', 'rebalance']),
  marks: true,
  evicts: false,
  acknowledges: false,
  markAheadMs: 15 * MINUTE,
};

/** The same for events that are approved, without evictions that would only fill the table. */
const approving: DecidePolicy = { ...policy, acknowledges: true };

const preempt: Notice = {
  id: 'event-1',
  source: 'scheduled-events',
  kind: 'preempt',
  type: 'Preempt',
  status: 'Scheduled',
  isStarted: false,
  startsAtMs: NOW + 30_000,
  resources: ['machine-1'],
  description: '',
};
const started: Notice = { ...withoutTime(preempt), status: 'Started', isStarted: true };
const farReboot: Notice = { ...preempt, kind: 'reboot', type: 'Reboot', startsAtMs: NOW + 24 * 60 * MINUTE };
const startedReboot: Notice = { ...withoutTime(farReboot), status: 'Started', isStarted: true };
const freeze: Notice = { ...preempt, kind: 'freeze', type: 'Freeze' };

/** As a record has it. */
function withoutResources(notice: Notice): Notice {
  const { resources, ...rest } = notice;
  return resources === undefined ? notice : rest;
}

function withoutTime(notice: Notice): Notice {
  const { startsAtMs, ...rest } = notice;
  return startsAtMs === undefined ? notice : rest;
}

const states = {
  new: NEW,
  unidentified: { phase: 'seen', notice: farReboot, why: 'unidentified' },
  foreign: { phase: 'seen', notice: farReboot, why: 'foreign' },
  confirmed: { phase: 'confirmed', notice: farReboot, markAtMs: NOW + (24 * 60 - 15) * MINUTE },
  acted: { phase: 'acted', notice: farReboot, isMarked: true, approval: 'none' },
  drained: { phase: 'acted', notice: farReboot, isMarked: true, approval: 'due' },
  approving: { phase: 'acted', notice: farReboot, isMarked: true, approval: 'asked' },
  approved: { phase: 'acted', notice: farReboot, isMarked: true, approval: 'given' },
  leaving: {
    phase: 'leaving',
    notice: farReboot,
    sinceMs: UPTIME - ABSENT_MS,
    leftAtMs: NOW - ABSENT_MS,
    isMarked: true,
    isWaiting: false,
    approval: 'due',
  },
  justLeaving: {
    phase: 'leaving',
    notice: farReboot,
    sinceMs: UPTIME - 1,
    leftAtMs: NOW - 1,
    isMarked: false,
    isWaiting: true,
    approval: 'none',
  },
  gone: { phase: 'gone', notice: startedReboot },
  cancelled: { phase: 'cancelled', notice: farReboot },
} as const satisfies Record<string, InterruptionState>;

const inputs = {
  own: { type: 'sighted', notice: farReboot, scope: 'own', nowMs: NOW },
  ownStarted: { type: 'sighted', notice: startedReboot, scope: 'own', nowMs: NOW },
  foreign: { type: 'sighted', notice: farReboot, scope: 'foreign', nowMs: NOW },
  unknown: { type: 'sighted', notice: farReboot, scope: 'unknown', nowMs: NOW },
  missing: { type: 'missing', nowMs: NOW, monotonicMs: UPTIME },
  tick: { type: 'tick', nowMs: NOW },
  tickAtItsTime: { type: 'tick', nowMs: NOW + (24 * 60 - 15) * MINUTE },
  restored: {
    type: 'restored',
    notice: farReboot,
    isReported: true,
    isMarked: true,
    isDrained: false,
    isApproved: false,
    nowMs: NOW,
  },
  drained: { type: 'drained' },
  approved: { type: 'approved' },
} as const satisfies Record<string, InterruptionInput>;

function short({ state, commands }: InterruptionStep): string {
  const approval = 'approval' in state && state.approval !== 'none' ? `(${state.approval})` : '';
  const phase = state.phase === 'seen' ? `seen(${state.why})` : `${state.phase}${approval}`;
  return [phase, ...commands.map((command) => (command.type === 'announce' ? `!${command.step}` : command.type))].join(
    ' ',
  );
}

const act = 'acted report !confirmed mark';
const hold = 'confirmed report !confirmed wait';

/** Every state with every input; `-` is "nothing changes, nothing is done". */
const table: Record<keyof typeof states, Record<keyof typeof inputs, string>> = {
  new: {
    own: hold,
    ownStarted: act,
    foreign: 'seen(foreign) !foreign',
    unknown: 'seen(unidentified)',
    missing: '-',
    tick: '-',
    tickAtItsTime: '-',
    restored: 'acted !restored mark',
    drained: '-',
    approved: '-',
  },
  unidentified: {
    own: hold,
    ownStarted: act,
    foreign: 'seen(foreign) !foreign',
    unknown: '-',
    missing: 'gone forget',
    tick: '-',
    tickAtItsTime: '-',
    restored: 'acted !restored mark',
    drained: '-',
    approved: '-',
  },
  foreign: {
    // Azure may add machines to an event.
    own: hold,
    ownStarted: act,
    foreign: '-',
    unknown: 'seen(unidentified)',
    missing: 'gone forget',
    tick: '-',
    tickAtItsTime: '-',
    restored: 'acted !restored mark',
    drained: '-',
    approved: '-',
  },
  confirmed: {
    own: '-',
    ownStarted: 'acted mark',
    // What was ours and reported stays ours: a list of machines that changes is no cancellation.
    foreign: '-',
    unknown: '-',
    missing: 'leaving',
    tick: 'confirmed wait',
    tickAtItsTime: 'acted mark',
    restored: '-',
    drained: '-',
    approved: '-',
  },
  acted: {
    own: '-',
    ownStarted: 'acted !started',
    foreign: '-',
    unknown: '-',
    missing: 'leaving',
    tick: '-',
    tickAtItsTime: '-',
    restored: '-',
    drained: 'acted(asked) acknowledge',
    approved: 'acted(given)',
  },
  drained: {
    // What an earlier process has drained is approved with the first look that has it.
    own: 'acted(asked) acknowledge',
    // It has begun: nothing is left to approve.
    ownStarted: 'acted(due) !started',
    // Not known to be about this machine alone.
    foreign: '-',
    unknown: '-',
    missing: 'leaving(due)',
    tick: '-',
    tickAtItsTime: '-',
    restored: '-',
    drained: 'acted(asked) acknowledge',
    approved: 'acted(given)',
  },
  approving: {
    own: '-',
    ownStarted: 'acted(due) !started retract',
    foreign: 'acted(due) retract',
    unknown: 'acted(due) retract',
    missing: 'leaving(due) retract',
    tick: '-',
    tickAtItsTime: '-',
    restored: '-',
    drained: '-',
    approved: 'acted(given)',
  },
  approved: {
    own: '-',
    ownStarted: 'acted(given) !started',
    foreign: '-',
    unknown: '-',
    missing: 'leaving(given)',
    tick: '-',
    tickAtItsTime: '-',
    restored: '-',
    drained: '-',
    approved: '-',
  },
  leaving: {
    own: 'acted(asked) acknowledge',
    ownStarted: 'acted(due)',
    foreign: 'acted(due)',
    unknown: 'acted(due)',
    missing: 'cancelled withdraw unmark !cancelled forget',
    // A timer tells nothing: the service may have fallen silent since.
    tick: '-',
    tickAtItsTime: '-',
    restored: '-',
    drained: '-',
    approved: 'leaving(given)',
  },
  justLeaving: {
    own: 'confirmed wait',
    ownStarted: 'acted mark',
    foreign: 'confirmed wait',
    unknown: 'confirmed wait',
    missing: '-',
    tick: '-',
    tickAtItsTime: '-',
    restored: '-',
    drained: 'leaving(due)',
    approved: 'leaving(given)',
  },
  gone: all('-'),
  cancelled: all('-'),
};

function all(cell: string): Record<keyof typeof inputs, string> {
  return Object.fromEntries(Object.keys(inputs).map((name) => [name, cell])) as Record<keyof typeof inputs, string>;
}

const keysOf = <Key extends string>(record: Record<Key, unknown>): Key[] => Object.keys(record) as Key[];

describe('every state with every input', () => {
  for (const stateName of keysOf(states)) {
    it(`in ${stateName}`, () => {
      for (const inputName of keysOf(inputs)) {
        const before = states[stateName];
        const step = stepInterruption(approving, before, inputs[inputName]);
        const isNothing = step.commands.length === 0 && short(step) === short({ state: before, commands: [] });
        expect([inputName, isNothing ? '-' : short(step)]).toEqual([inputName, table[stateName][inputName]]);
      }
    });
  }
});

function run(chosen: DecidePolicy, ...steps: readonly InterruptionInput[]): string[] {
  let state: InterruptionState = NEW;
  return steps.map((input) => {
    const step = stepInterruption(chosen, state, input);
    ({ state } = step);
    return short(step);
  });
}

const missing = (afterMs: number, nowMs = NOW + afterMs): InterruptionInput => ({
  type: 'missing',
  nowMs,
  monotonicMs: UPTIME + afterMs,
});
const sighted = (notice: Notice, nowMs = NOW): InterruptionInput => ({ type: 'sighted', notice, scope: 'own', nowMs });

test('a preemption is reported and marked at once, whatever time it names', () => {
  expect(run(policy, sighted({ ...preempt, startsAtMs: NOW + 60 * MINUTE }))).toEqual([act]);
});

test('a notice that is first seen as started is acted on at once', () => {
  expect(run(policy, sighted(started))).toEqual([act]);
});

test('a notice that starts is not acted on a second time', () => {
  expect(run(policy, sighted(preempt), sighted(started))).toEqual([act, 'acted !started']);
});

test('a reboot that is due within the lead is marked at once', () => {
  expect(run(policy, sighted({ ...farReboot, startsAtMs: NOW + 15 * MINUTE }))).toEqual([act]);
});

test('a reboot that is moved to an earlier time is marked when that comes', () => {
  const moved = { ...farReboot, startsAtMs: NOW + 10 * MINUTE };
  expect(run(policy, sighted(farReboot), sighted(moved))).toEqual([hold, 'acted mark']);
});

test('a reboot that is moved to a later time waits longer', () => {
  const moved = { ...farReboot, startsAtMs: NOW + 48 * 60 * MINUTE };
  const atOldTime = { type: 'tick', nowMs: NOW + (24 * 60 - 15) * MINUTE } as const;
  expect(run(policy, sighted(farReboot), sighted(moved), atOldTime)).toEqual([
    hold,
    'confirmed wait',
    'confirmed wait',
  ]);
});

test('a started notice that leaves is over, a scheduled one is cancelled', () => {
  const gone = missing(0);
  const later = missing(ABSENT_MS);
  expect(run(policy, sighted(started), gone, later).at(-1)).toBe('gone withdraw unmark !gone forget');
  expect(run(policy, sighted(preempt), gone, later).at(-1)).toBe('cancelled withdraw unmark !cancelled forget');
});

test('how long a notice is away is no matter of a clock that is being corrected', () => {
  const anHour = 60 * MINUTE;
  expect(run(policy, sighted(preempt), missing(0), missing(1000, NOW + anHour)).at(-1)).toBe('leaving');
  expect(run(policy, sighted(preempt), missing(0), missing(ABSENT_MS, NOW - anHour)).at(-1)).toBe(
    'cancelled withdraw unmark !cancelled forget',
  );
});

test('a notice that is missing for one look only changes nothing', () => {
  const steps = run(policy, sighted(preempt), missing(1000), sighted(preempt, NOW + 2000));
  expect(steps).toEqual([act, 'leaving', 'acted']);
});

test('a rebalance is reported and never marks', () => {
  expect(run(policy, sighted({ ...preempt, kind: 'rebalance' }))).toEqual(['acted report !confirmed']);
});

test('a kind that is not acted on is told of once', () => {
  expect(run(policy, sighted(freeze), sighted(freeze))).toEqual(['seen(ignored) !ignored', 'seen(ignored)']);
});

test('report only never marks, not even at its time', () => {
  const reportOnly = { ...policy, marks: false };
  expect(run(reportOnly, sighted(farReboot), inputs.tickAtItsTime)).toEqual(['acted report !confirmed', 'acted']);
});

test('a restored notice whose report was not taken is reported', () => {
  expect(run(policy, { ...inputs.restored, isReported: false })).toEqual(['acted report !restored mark']);
});

test('evictions that an earlier process did not bring to an end are gone on with, others are not begun again', () => {
  const evicting = { ...policy, evicts: true };
  expect(run(evicting, inputs.restored)).toEqual(['acted !restored mark evict']);
  expect(run(evicting, { ...inputs.restored, isDrained: true })).toEqual(['acted(due) !restored mark']);
});

test('a restored notice that was reported and waits for its time goes on waiting', () => {
  expect(run(policy, { ...inputs.restored, isMarked: false })).toEqual(['confirmed !restored wait']);
});

test('only a drained event of this machine alone is approved, never a preemption or what has begun', () => {
  const f = (notice: Notice, expected: string, chosen = approving): void => {
    expect(run(chosen, sighted(notice), inputs.drained).at(-1)).toBe(expected);
  };
  const near = { ...farReboot, startsAtMs: NOW + MINUTE };
  f(near, 'acted(asked) acknowledge');
  f({ ...near, resources: ['machine-1', 'machine-2'] }, 'acted(due)');
  f(preempt, 'acted(due)');
  f(startedReboot, 'acted(due)');
  f(near, 'acted(due)', policy);
});

test('an approval is taken back when the event names other machines too, and given when it is about this one alone again', () => {
  const near = { ...farReboot, startsAtMs: NOW + MINUTE };
  const wide = { ...near, resources: ['machine-1', 'machine-2'] };
  expect(run(approving, sighted(near), inputs.drained, sighted(wide), sighted(near), inputs.approved)).toEqual([
    act,
    'acted(asked) acknowledge',
    'acted(due) retract',
    'acted(asked) acknowledge',
    'acted(given)',
  ]);
});

test('an approval that an earlier process could not give is gone on with, one that was taken is not given again', () => {
  const drained = { ...inputs.restored, notice: withoutResources(farReboot), isDrained: true };
  expect(run(approving, drained, sighted(farReboot))).toEqual([
    'acted(due) !restored mark',
    'acted(asked) acknowledge',
  ]);
  expect(run(approving, { ...drained, isApproved: true }, sighted(farReboot))).toEqual([
    'acted(given) !restored mark',
    'acted(given)',
  ]);
});

test('advice that becomes certain is told anew, marks, and stays certain', () => {
  const advice: Notice = { ...preempt, kind: 'rebalance', status: 'Advisory' };
  const certain = 'acted withdraw report !confirmed mark';
  expect(run(policy, sighted(advice), sighted(preempt), sighted(advice), sighted(preempt))).toEqual([
    'acted report !confirmed',
    certain,
    'acted',
    'acted',
  ]);
  expect(run(policy, sighted(advice), missing(0), sighted(preempt)).at(-1)).toBe(certain);
  expect(run(policy, sighted(advice), sighted(freeze), sighted(preempt)).slice(1)).toEqual(['acted', certain]);
  expect(run(policy, sighted(farReboot), sighted({ ...advice, startsAtMs: NOW }))).toEqual([hold, 'acted mark']);
});

test('whatever happens, a notice is reported and marked at most once and unmarked only after a mark', () => {
  const notice = fc.record({
    kind: fc.constantFrom(...NOTICE_KINDS),
    isStarted: fc.boolean(),
    startsAtMs: fc.integer({ min: NOW - MINUTE, max: NOW + 60 * MINUTE }),
  });
  const input = fc.oneof(
    fc
      .record({ fields: notice, scope: fc.constantFrom('own', 'foreign', 'unknown'), nowMs: fc.nat(100 * MINUTE) })
      .map(({ fields, scope, nowMs }) => ({
        type: 'sighted' as const,
        notice: { ...preempt, ...fields },
        scope,
        nowMs: NOW + nowMs,
      })),
    fc.nat(100 * MINUTE).map((afterMs) => missing(afterMs)),
    fc.nat(100 * MINUTE).map((nowMs) => ({ type: 'tick' as const, nowMs: NOW + nowMs })),
    fc.constantFrom(...([{ type: 'drained' }, { type: 'approved' }] as const)),
  );
  fc.assert(
    fc.property(fc.array(input, { maxLength: 40 }), (walk) => {
      let state: InterruptionState = NEW;
      const counts = new Map<string, number>();
      let isOver = false;
      let isApproving = false;
      for (const one of walk) {
        const step = stepInterruption(approving, state, one);
        if (isOver) expect(step).toEqual({ state, commands: [] });
        for (const { type } of step.commands) {
          counts.set(type, (counts.get(type) ?? 0) + 1);
          // Once as advice, and once when it has become certain.
          const isAdvice = 'notice' in step.state && step.state.notice.kind === 'rebalance';
          if (type === 'report')
            counts.set(`report ${String(isAdvice)}`, (counts.get(`report ${String(isAdvice)}`) ?? 0) + 1);
          // The outbox has it or has it not: nobody hands it in twice, or takes back what is not there.
          if (type === 'acknowledge' || type === 'retract') expect(isApproving).toBe(type === 'retract');
          if (type === 'acknowledge' || type === 'retract') isApproving = type === 'acknowledge';
        }
        if (one.type === 'approved') isApproving = false;
        if (isOver) expect(isApproving).toBe(false);
        ({ state } = step);
        isOver = state.phase === 'gone' || state.phase === 'cancelled';
      }
      expect(counts.get('report true') ?? 0).toBeLessThanOrEqual(1);
      expect(counts.get('report false') ?? 0).toBeLessThanOrEqual(1);
      expect(counts.get('mark') ?? 0).toBeLessThanOrEqual(1);
      expect(counts.get('unmark') ?? 0).toBeLessThanOrEqual(counts.get('mark') ?? 0);
      // A mark without a report would be a node that vanishes without anybody knowing why.
      expect(counts.get('mark') ?? 0).toBeLessThanOrEqual(counts.get('report') ?? 0);
      if (isOver && (counts.get('mark') ?? 0) > 0) expect(counts.get('unmark')).toBe(1);
    }),
    { verbose: true },
  );
});
