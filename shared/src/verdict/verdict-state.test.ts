import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CAUSES, type Cause } from './causes.ts';
import { judge, problemsIn } from './judge-problems.ts';
import type { Trouble } from './problem.ts';
import {
  CALM_MS,
  HOLD_MS,
  type Instant,
  MOST_ENDED,
  MOST_SUBJECTS,
  nothingWrong,
  QUIET_MS,
  stepVerdict,
  type VerdictCommand,
  type VerdictInput,
  type VerdictMachineState,
} from './verdict-state.ts';

/** Both clocks at so many milliseconds; people's began a second earlier. */
const at = (ms: number): Instant => ({ wallMs: 1_000 + ms, monotonicMs: ms });
const trouble = (cause: Cause, more: Partial<Trouble> = {}): Trouble => ({
  cause,
  severity: 'degraded',
  why: 'connect ECONNREFUSED',
  address: 'https://10.0.0.1:443',
  cure: 'start it',
  runbook: '',
  subjects: [],
  ...more,
});
const look = (ms: number, ...troubles: Trouble[]): VerdictInput => ({ type: 'look', at: at(ms), troubles });
const note = (ms: number, one: Trouble): VerdictInput => ({ type: 'note', at: at(ms), trouble: one });

/** The state after some inputs, and all that was told on the way. */
function after(...inputs: VerdictInput[]): { state: VerdictMachineState; told: string[] } {
  let state = nothingWrong(at(0));
  const told: string[] = [];
  for (const input of inputs) {
    const step = stepVerdict(state, input);
    state = step.state;
    told.push(...step.commands.map(wordOf));
  }
  return { state, told };
}

function wordOf(command: VerdictCommand): string {
  if (command.type === 'began') return `began ${command.trouble.cause}`;
  const { trouble: one, since, gone, count } = command.problem;
  return `ended ${one.cause} ${String(since.monotonicMs)}..${String(gone.monotonicMs)} x${String(count)}`;
}

type Place = 'none' | 'suspected' | 'present' | 'noted' | 'leaving';
const places: Record<Place, VerdictInput[]> = {
  none: [],
  suspected: [look(0, trouble('platform'))],
  present: [look(0, trouble('platform')), look(HOLD_MS, trouble('platform'))],
  noted: [note(HOLD_MS, trouble('platform'))],
  leaving: [look(0, trouble('platform')), look(HOLD_MS, trouble('platform')), look(HOLD_MS, trouble('api-key'))],
};
type Event = 'found soon' | 'found late' | 'missed soon' | 'missed late' | 'missed very late' | 'noted' | 'counted';
const T = HOLD_MS;
const events: Record<Event, VerdictInput> = {
  'found soon': look(T - 1, trouble('platform')),
  'found late': look(T, trouble('platform')),
  'missed soon': look(T + CALM_MS - 1),
  'missed late': look(T + CALM_MS),
  'missed very late': look(T + QUIET_MS),
  noted: note(T, trouble('platform')),
  counted: { type: 'count', cause: 'platform' },
};

describe('every cause, in every place, with everything that can happen', () => {
  const table: Record<Place, Record<Event, string>> = {
    none: {
      'found soon': 'suspected',
      'found late': 'suspected',
      'missed soon': 'none',
      'missed late': 'none',
      'missed very late': 'none',
      noted: 'noted, began platform',
      counted: 'none',
    },
    suspected: {
      'found soon': 'suspected',
      'found late': 'present, began platform',
      'missed soon': 'none',
      'missed late': 'none',
      'missed very late': 'none',
      noted: 'noted, began platform',
      counted: 'suspected',
    },
    present: {
      'found soon': 'present',
      'found late': 'present',
      'missed soon': 'leaving',
      'missed late': 'leaving',
      'missed very late': 'leaving',
      noted: 'present',
      counted: 'present',
    },
    noted: {
      'found soon': 'present',
      'found late': 'present',
      'missed soon': 'noted',
      'missed late': 'noted',
      'missed very late': 'none, ended platform 10000..10000 x1',
      noted: 'noted',
      counted: 'noted',
    },
    leaving: {
      'found soon': 'present',
      'found late': 'present',
      'missed soon': 'leaving',
      'missed late': 'none, ended platform 0..10000 x1',
      'missed very late': 'none, ended platform 0..10000 x1',
      noted: 'noted',
      counted: 'leaving',
    },
  };

  for (const [place, row] of Object.entries(table)) {
    for (const [event, expected] of Object.entries(row)) {
      it(`${place}: ${event} → ${expected}`, () => {
        const { state } = after(...places[place as Place]);
        const step = stepVerdict(state, events[event as Event]);
        const where = step.state.courses.get('platform')?.is ?? 'none';
        expect([where, ...step.commands.map(wordOf)].join(', ')).toBe(expected);
      });
    }
  }
});

describe('the problems of a program', () => {
  it('know nothing of a blip', () => {
    const blip = after(look(0, trouble('platform')), look(HOLD_MS - 1, trouble('platform')), look(HOLD_MS));
    expect(blip.told).toEqual([]);
    expect(judge(blip.state)).toMatchObject({ state: 'ok', since: '1970-01-01T00:00:01.000Z' });
    expect(problemsIn(blip.state, at(HOLD_MS))).toEqual([]);
  });

  it('begin when they were first seen, and end when they were first gone', () => {
    const { state, told } = after(
      look(2_000, trouble('platform')),
      look(60_000, trouble('platform', { why: '503' })),
      { type: 'count', cause: 'platform' },
      look(73_000),
      look(80_000),
    );
    expect(told).toEqual(['began platform', 'ended platform 2000..73000 x2']);
    expect(judge(state)).toMatchObject({ state: 'ok', since: '1970-01-01T00:01:14.000Z' });
    expect(problemsIn(state, at(90_000))).toEqual([
      {
        ...trouble('platform', { why: '503' }),
        since: '1970-01-01T00:00:03.000Z',
        endedAt: '1970-01-01T00:01:14.000Z',
        durationMs: 71_000,
        count: 2,
      },
    ]);
  });

  it('are one when they come back soon, which is counted', () => {
    const { state, told } = after(...places.leaving, look(T + 1, trouble('platform')));
    expect(told).toEqual(['began platform']);
    expect(problemsIn(state, at(T + 2))).toMatchObject([{ cause: 'platform', count: 2, durationMs: T + 2 }]);
  });

  it('count attempts that fail while it is only suspected, and forget them after a blip', () => {
    const failed: VerdictInput = { type: 'count', cause: 'platform' };
    const seen = after(look(0, trouble('platform')), failed, failed, failed, look(T, trouble('platform')));
    expect(problemsIn(seen.state, at(T))).toMatchObject([{ count: 3 }]);
    const blip = after(look(0, trouble('platform')), failed, failed, look(1), ...places.present);
    expect(problemsIn(blip.state, at(T))).toMatchObject([{ count: 1 }]);
  });

  it('gather the parts that notes name, up to a bound', () => {
    const parts = Array.from({ length: MOST_SUBJECTS + 5 }, (_, index) => `feed-${String(index)}`);
    const noted = parts.map((name) => note(0, trouble('refused-objects', { subjects: [name] })));
    const { state } = after(...noted, note(1, trouble('refused-objects', { subjects: ['feed-0'] })));
    const [problem] = problemsIn(state, at(1));
    expect(problem).toMatchObject({ count: MOST_SUBJECTS + 6, subjects: parts.slice(0, MOST_SUBJECTS) });
  });

  it('that ended are remembered up to a bound, the newest first', () => {
    const inputs = Array.from({ length: MOST_ENDED + 3 }, (_, index) => [
      note(index * 2 * QUIET_MS, trouble('memory', { why: String(index) })),
      look(index * 2 * QUIET_MS + QUIET_MS),
    ]).flat();
    const problems = problemsIn(after(...inputs).state, at(0));
    expect(problems).toHaveLength(MOST_ENDED);
    expect(problems[0]?.why).toBe(String(MOST_ENDED + 2));
  });
});

describe('the verdict', () => {
  it('is that of the gravest problem, and of several the one whose cause stands first', () => {
    const wrong = [
      trouble('feeds'),
      trouble('api-server', { severity: 'blocked', why: 'hangs', runbook: 'monitoring/runbooks/X.md' }),
      trouble('platform', { severity: 'blocked', why: 'refused' }),
      trouble('clock'),
    ];
    const { state } = after(look(0, ...wrong), look(T, ...wrong));
    expect(judge(state)).toEqual({
      state: 'blocked',
      since: '1970-01-01T00:00:01.000Z',
      cause: 'platform',
      why: 'refused',
      address: 'https://10.0.0.1:443',
      cure: 'start it',
      runbook: '',
      others: 3,
    });
    expect(problemsIn(state, at(T)).map(({ cause }) => cause)).toEqual(['platform', 'api-server', 'feeds', 'clock']);
  });

  it('says at once that a program starts, tells when that is done, and keeps no problem of it', () => {
    const starting = trouble('starting', { why: '3 of 33 feeds are complete' });
    const begun = after(look(0, starting));
    expect(judge(begun.state)).toMatchObject({ state: 'degraded', cause: 'starting' });
    expect(problemsIn(begun.state, at(0))).toEqual([]);
    const done = after(look(0, starting), look(900));
    expect(done.told).toEqual(['began starting', 'ended starting 0..900 x1']);
    expect(judge(done.state)).toMatchObject({ state: 'ok', since: '1970-01-01T00:00:01.900Z' });
    expect(problemsIn(done.state, at(900))).toEqual([]);
  });

  it('counts a start that is not done among no other problems: nothing is shown of it below', () => {
    const wrong = [trouble('starting'), trouble('platform'), trouble('api-server')];
    const { state } = after(look(0, ...wrong), look(T, ...wrong));
    expect(judge(state)).toMatchObject({ cause: 'platform', others: 1 });
    expect(problemsIn(state, at(T)).map(({ cause }) => cause)).toEqual(['platform', 'api-server']);
  });

  it('follows what a look says of a problem that it knows', () => {
    const { state } = after(...places.present, look(T + 1, trouble('platform', { severity: 'blocked', why: '407' })));
    expect(judge(state)).toMatchObject({ state: 'blocked', why: '407', since: '1970-01-01T00:00:01.000Z' });
  });
});

describe('whatever happens in whatever order', () => {
  const input = fc.record({
    pauseMs: fc.constantFrom(0, 1, 999, CALM_MS - 1, CALM_MS, HOLD_MS, QUIET_MS),
    type: fc.constantFrom('look', 'look', 'look', 'note', 'count'),
    wrong: fc.subarray([...CAUSES]),
    cause: fc.constantFrom(...CAUSES.filter((cause) => cause !== 'starting')),
  });

  it('begins and ends take turns, nothing is told of what took less than its hold, and nothing grows', () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 120 }), (inputs) => {
        let state = nothingWrong(at(0));
        let nowMs = 0;
        const open = new Set<Cause>();
        for (const { pauseMs, type, wrong, cause } of inputs) {
          nowMs += pauseMs;
          const next: VerdictInput =
            type === 'look'
              ? look(nowMs, ...wrong.map((one) => trouble(one)))
              : type === 'note'
                ? note(nowMs, trouble(cause))
                : { type: 'count', cause };
          const step = stepVerdict(state, next);
          state = step.state;
          for (const command of step.commands) {
            const of = command.type === 'began' ? command.trouble.cause : command.problem.trouble.cause;
            expect(open.has(of)).toBe(command.type === 'ended');
            if (command.type === 'began') open.add(of);
            else {
              open.delete(of);
              expect(command.problem.count).toBeGreaterThan(0);
              expect(command.problem.gone.monotonicMs).toBeGreaterThanOrEqual(command.problem.since.monotonicMs);
            }
          }
          const present = [...state.courses.values()].filter(({ is }) => is !== 'suspected');
          expect(new Set(present.map(({ trouble: one }) => one.cause))).toEqual(open);
          expect(judge(state).state === 'ok').toBe(open.size === 0);
          expect(state.ended.length).toBeLessThanOrEqual(MOST_ENDED);
        }
      }),
    );
  });
});
