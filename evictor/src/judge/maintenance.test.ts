import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { expect, test } from 'vitest';
import { type MaintenancePlan, type Schedule, spansOf, type WindowRule, windowStatus } from './maintenance.ts';

const HOUR = 3_600_000;
const DAY = 86_400_000;
const at = (text: string): number => Date.parse(text);
const WEEKLY: Schedule = { is: 'weekly', everyWeeks: 1, dayOfWeek: 6 };

function rule(schedule: Schedule, more: Partial<Omit<WindowRule, 'startDay'>> & { start?: string } = {}): WindowRule {
  const { start, ...rest } = more;
  const startDay = start === undefined ? undefined : at(start) / DAY;
  return { schedule, startMinute: 22 * 60, durationMs: 4 * HOUR, offsetMs: 0, startDay, ...rest };
}

const plan = (rules: readonly WindowRule[], more: Partial<MaintenancePlan> = {}): MaintenancePlan => ({
  kind: 'node_os',
  rules,
  told: [],
  blocked: [],
  ...more,
});

/** As `2026-06-06T22:00`, all within a year. */
function starts(rules: readonly WindowRule[], from: string, to: string): string[] {
  return spansOf(plan(rules), { startMs: at(from), endMs: at(to) }).map(({ startMs }) =>
    new Date(startMs).toISOString().slice(0, 16),
  );
}

/** From and to. */
function shown(one: MaintenancePlan, from: string, to: string): string[] {
  return spansOf(one, { startMs: at(from), endMs: at(to) }).map(({ startMs, endMs }) =>
    [startMs, endMs].map((ms) => new Date(ms).toISOString().slice(5, 16)).join(' to '),
  );
}

test('a window over midnight is one window, open on both days', () => {
  const one = plan([rule(WEEKLY)]);
  expect(shown(one, '2026-06-01', '2026-06-08')).toEqual(['06-06T22:00 to 06-07T02:00']);
  const status = (when: string) => windowStatus(one, at(when));
  expect(status('2026-06-07T01:59:59Z')).toEqual({
    kind: 'node_os',
    closesAtMs: at('2026-06-07T02:00Z'),
    nextStartMs: at('2026-06-13T22:00Z'),
    lastEndMs: at('2026-05-31T02:00Z'),
  });
  expect(status('2026-06-06T21:59:59Z')).toMatchObject({ closesAtMs: undefined, nextStartMs: at('2026-06-06T22:00Z') });
  expect(status('2026-06-06T22:00Z').closesAtMs).toBe(at('2026-06-07T02:00Z'));
  expect(status('2026-06-07T02:00Z')).toMatchObject({ closesAtMs: undefined, lastEndMs: at('2026-06-07T02:00Z') });
});

test('a window over the end of a month and of a year', () => {
  const last = rule({ is: 'absoluteMonthly', everyMonths: 1, dayOfMonth: 31 });
  expect(shown(plan([last]), '2026-12-31', '2027-01-02')).toEqual(['12-31T22:00 to 01-01T02:00']);
  expect(windowStatus(plan([last]), at('2027-01-01T01:00Z')).closesAtMs).toBe(at('2027-01-01T02:00Z'));
});

test('a month without the day has no window, and the 29th of February has one in leap years', () => {
  const thirtyFirst = rule({ is: 'absoluteMonthly', everyMonths: 1, dayOfMonth: 31 });
  expect(starts([thirtyFirst], '2026-01-02', '2026-06-30').map((one) => one.slice(0, 10))).toEqual([
    '2026-01-31',
    '2026-03-31',
    '2026-05-31',
  ]);
  const leap = rule({ is: 'absoluteMonthly', everyMonths: 1, dayOfMonth: 29 });
  expect(starts([leap], '2027-02-01', '2027-03-01')).toEqual([]);
  expect(starts([leap], '2028-02-01', '2028-03-02')).toEqual(['2028-02-29T22:00']);
  expect(shown(plan([leap]), '2028-02-01', '2028-03-02')).toEqual(['02-29T22:00 to 03-01T02:00']);
});

test.each<[string, Schedule, string[]]>([
  ['every day', { is: 'daily', everyDays: 1 }, ['06-01', '06-02', '06-03', '06-04', '06-05', '06-06', '06-07']],
  ['every third day', { is: 'daily', everyDays: 3 }, ['06-01', '06-04', '06-07']],
  ['every other Tuesday', { is: 'weekly', everyWeeks: 2, dayOfWeek: 2 }, ['06-02', '06-16', '06-30', '07-14', '07-28']],
  ['the 15th of every second month', { is: 'absoluteMonthly', everyMonths: 2, dayOfMonth: 15 }, ['06-15', '08-15']],
  [
    'the first Monday',
    { is: 'relativeMonthly', everyMonths: 1, dayOfWeek: 1, week: 1 },
    ['06-01', '07-06', '08-03', '09-07'],
  ],
  [
    'the fourth Thursday of every third month',
    { is: 'relativeMonthly', everyMonths: 3, dayOfWeek: 4, week: 4 },
    ['06-25', '09-24', '12-24'],
  ],
  [
    'the last Sunday, be it the fourth or the fifth',
    { is: 'relativeMonthly', everyMonths: 1, dayOfWeek: 0, week: 'last' },
    ['06-28', '07-26', '08-30', '09-27'],
  ],
])('%s, counted from the 1st of June', (_name, schedule, days) => {
  const [last = ''] = days.slice(-1);
  const found = starts([rule(schedule, { start: '2026-06-01' })], '2026-05-01', `2026-${last}T23:59Z`);
  expect(found).toEqual(days.map((day) => `2026-${day}T22:00`));
});

test('a start date in the middle of a month counts from the first day that comes after it', () => {
  const schedule: Schedule = { is: 'absoluteMonthly', everyMonths: 2, dayOfMonth: 10 };
  expect(
    starts([rule(schedule, { start: '2026-01-20' })], '2026-01-01', '2026-08-01').map((one) => one.slice(5, 10)),
  ).toEqual(['02-10', '04-10', '06-10']);
});

test('an offset is one of hours, summer and winter alike, and may shift the day', () => {
  const berlin = rule(WEEKLY, { offsetMs: 2 * HOUR, startMinute: 60 });
  // Saturday 01:00 there is Friday 23:00 here, in January as in July: whoever expects local time is an hour off in winter.
  expect(starts([berlin], '2026-01-01', '2026-01-05')).toEqual(['2026-01-02T23:00']);
  expect(starts([berlin], '2026-07-01', '2026-07-06')).toEqual(['2026-07-03T23:00']);
  const west = rule(WEEKLY, { offsetMs: -8 * HOUR });
  expect(starts([west], '2026-06-01', '2026-06-09')).toEqual(['2026-06-07T06:00']);
  const india = rule(WEEKLY, { offsetMs: 5.5 * HOUR });
  expect(starts([india], '2026-06-01', '2026-06-08')).toEqual(['2026-06-06T16:30']);
});

test('dates that are excluded cut a window, and may split it', () => {
  const blocked = [{ startMs: at('2026-06-07T00:00Z'), endMs: at('2026-06-08T00:00Z') }];
  expect(shown(plan([rule(WEEKLY)], { blocked }), '2026-06-01', '2026-06-09')).toEqual(['06-06T22:00 to 06-07T00:00']);
  const hour = [{ startMs: at('2026-06-06T23:00Z'), endMs: at('2026-06-07T00:00Z') }];
  expect(shown(plan([rule(WEEKLY)], { blocked: hour }), '2026-06-01', '2026-06-09')).toEqual([
    '06-06T22:00 to 06-06T23:00',
    '06-07T00:00 to 06-07T02:00',
  ]);
  const year = [{ startMs: at('2020-01-01'), endMs: at('2040-01-01') }];
  expect(windowStatus(plan([rule(WEEKLY)], { blocked: year }), at('2026-06-06T23:00Z'))).toEqual({
    kind: 'node_os',
    closesAtMs: undefined,
    nextStartMs: undefined,
    lastEndMs: undefined,
  });
});

test('windows that meet are one, and one of every whole day is open for ever', () => {
  const hours = [1, 2, 3].map((hour) => rule(WEEKLY, { startMinute: hour * 60, durationMs: HOUR }));
  expect(shown(plan(hours), '2026-06-01', '2026-06-09')).toEqual(['06-06T01:00 to 06-06T04:00']);
  const always = rule({ is: 'daily', everyDays: 1 }, { durationMs: DAY });
  const status = windowStatus(plan([always]), at('2026-06-06T23:00Z'));
  expect(status).toMatchObject({ nextStartMs: undefined, lastEndMs: undefined });
  expect(status.closesAtMs).toBeGreaterThan(at('2029-01-01'));
});

test('one that was told counts like one of a rule', () => {
  const told = [{ startMs: at('2026-06-03T10:00Z'), endMs: at('2026-06-03T14:00Z') }];
  expect(windowStatus(plan([], { told }), at('2026-06-03T12:00Z'))).toMatchObject({ closesAtMs: told[0]?.endMs });
});

test('random rules: what is open was the next before and is the last after, and never overlaps', () => {
  const seed = Date.now() % 2 ** 31;
  const random = new SeededRandom(seed);
  const upTo = (most: number): number => 1 + Math.floor(random.next() * most);
  for (let round = 0; round < 40; round += 1) {
    const everyMonths = upTo(6);
    const schedules: readonly Schedule[] = [
      { is: 'daily', everyDays: upTo(7) },
      { is: 'weekly', everyWeeks: upTo(4), dayOfWeek: upTo(7) - 1 },
      { is: 'absoluteMonthly', everyMonths, dayOfMonth: upTo(28) },
      { is: 'relativeMonthly', everyMonths, dayOfWeek: upTo(7) - 1, week: random.next() < 0.5 ? 'last' : 3 },
    ];
    const schedule = schedules[upTo(4) - 1] ?? WEEKLY;
    const startMinute = upTo(1440) - 1;
    const offsetMs = (upTo(53) - 27) * 30 * 60_000;
    const one = plan([
      rule(schedule, { startMinute, offsetMs, durationMs: (3 + upTo(18)) * HOUR, start: '2024-01-01' }),
    ]);
    const spans = spansOf(one, { startMs: at('2026-01-01'), endMs: at('2026-12-31') });
    const said = `seed ${String(seed)}, round ${String(round)}: ${JSON.stringify(one)}`;
    expect([said, spans.length > 0]).toEqual([said, true]);
    for (const [index, { startMs, endMs }] of spans.slice(0, 6).entries()) {
      const seen = {
        said,
        isAfterPrevious: startMs > (spans[index - 1]?.endMs ?? 0),
        next: windowStatus(one, startMs - 1).nextStartMs,
        closes: windowStatus(one, startMs).closesAtMs,
        last: windowStatus(one, endMs).lastEndMs,
      };
      expect(seen).toEqual({ said, isAfterPrevious: true, next: startMs, closes: endMs, last: endMs });
    }
  }
});
