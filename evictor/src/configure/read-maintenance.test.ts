import { expect, test } from 'vitest';
import { spansOf } from '../judge/maintenance.ts';
import { readMaintenance } from './read-maintenance.ts';

const HOUR = 3_600_000;
const OLD_KIND = { timeInWeek: [{ day: 'Monday', hourSlots: [1] }], notAllowedTime: null, maintenanceWindow: null };

test('a file by name is read, with offsets, dates and the older kind of hours', () => {
  const { plans, problems } = readMaintenance(`
aksManagedNodeOSUpgradeSchedule:
  maintenanceWindow:
    schedule: {weekly: {intervalWeeks: 2, dayOfWeek: Saturday}}
    durationHours: 4
    utcOffset: "+05:30"
    startDate: 2026-01-01
    startTime: 22:00
    notAllowedDates: [{start: 2026-12-24, end: 2026-12-26}]
default:
  timeInWeek: [{day: Monday, hourSlots: [1, 2]}]
  notAllowedTime: [{start: "2026-05-26T03:00:00Z", end: "2026-05-30T12:00:00Z"}]
`);
  expect(problems).toEqual([]);
  expect(plans).toEqual([
    {
      kind: 'node_os',
      rules: [
        {
          schedule: { is: 'weekly', everyWeeks: 2, dayOfWeek: 6 },
          startMinute: 1320,
          durationMs: 4 * HOUR,
          offsetMs: 5.5 * HOUR,
          startDay: Date.parse('2026-01-01') / 86_400_000,
        },
      ],
      told: [],
      blocked: [{ startMs: Date.parse('2026-12-23T18:30Z'), endMs: Date.parse('2026-12-26T18:30Z') }],
    },
    {
      kind: 'default',
      rules: [1, 2].map((hour) => ({
        schedule: { is: 'weekly', everyWeeks: 1, dayOfWeek: 1 },
        startMinute: hour * 60,
        durationMs: HOUR,
        offsetMs: 0,
        startDay: undefined,
      })),
      told: [],
      blocked: [{ startMs: Date.parse('2026-05-26T03:00Z'), endMs: Date.parse('2026-05-30T12:00Z') }],
    },
  ]);
});

test('excluded dates are those of the place with the offset, the last one included, as in the example of Azure', () => {
  const { plans } = readMaintenance(`
aksManagedAutoUpgradeSchedule:
  maintenanceWindow:
    schedule: {daily: {intervalDays: 1}}
    durationHours: 24
    utcOffset: "+02:00"
    startTime: "00:00"
    notAllowedDates: [{start: "2026-12-23", end: "2027-01-03"}]
`);
  const [plan] = plans;
  const range = { startMs: Date.parse('2026-12-20'), endMs: Date.parse('2027-01-10') };
  const spans = plan === undefined ? [] : spansOf(plan, range);
  expect(spans.map(({ endMs }) => new Date(endMs).toISOString())[0]).toBe('2026-12-22T22:00:00.000Z');
  expect(spans.map(({ startMs }) => new Date(startMs).toISOString())[1]).toBe('2027-01-03T22:00:00.000Z');
});

test('what az writes is read, with all that it writes beside', () => {
  const window = {
    durationHours: 6,
    notAllowedDates: null,
    schedule: {
      absoluteMonthly: null,
      daily: null,
      relativeMonthly: { dayOfWeek: 'Tuesday', intervalMonths: 1, weekIndex: 'Last' },
      weekly: null,
    },
    startDate: '2026-01-01',
    startTime: '01:00',
    utcOffset: '+00:00',
  };
  const listed = {
    id: '/subscriptions/…',
    maintenanceWindow: window,
    name: 'aksManagedAutoUpgradeSchedule',
    notAllowedTime: null,
    resourceGroup: 'g',
    systemData: null,
    timeInWeek: null,
    type: null,
  };
  expect(readMaintenance(JSON.stringify([listed]))).toMatchObject({
    problems: [],
    plans: [{ kind: 'auto_upgrade', rules: [{ schedule: { is: 'relativeMonthly', dayOfWeek: 2, week: 'last' } }] }],
  });
});

test.each([
  ['the one that az shows', { name: 'default', ...OLD_KIND, id: '/subscriptions/…', type: null }],
  [
    'what the API lists',
    { value: [{ name: 'default', id: '…', type: 'Microsoft…', properties: OLD_KIND }], nextLink: null },
  ],
  ['what the API has of one', [{ name: 'default', systemData: {}, properties: OLD_KIND }]],
])('%s is read like the list of az', (_name, document) => {
  expect(readMaintenance(JSON.stringify(document))).toMatchObject({
    problems: [],
    plans: [{ kind: 'default', rules: [{ startMinute: 60 }] }],
  });
});

test('times that are not allowed may stand alone', () => {
  const text =
    '[{name: default, maintenanceWindow: null, timeInWeek: null, notAllowedTime: [{start: "2026-05-26T03:00:00Z", end: "2026-05-30T12:00:00+00:00"}]}]';
  expect(readMaintenance(text)).toMatchObject({ problems: [], plans: [{ rules: [], blocked: [{}] }] });
});

const window = (changes: string): string => `default: {maintenanceWindow: {${changes}}}`;
const GOOD = 'durationHours: 4, startTime: "22:00"';

test.each([
  ['', ['it is empty']],
  [
    'defaults: {}',
    [
      'the file has defaults, which is not known there (known: aksManagedNodeOSUpgradeSchedule, aksManagedAutoUpgradeSchedule, default)',
    ],
  ],
  ['default: {}', ['the file: default has to have either maintenanceWindow or timeInWeek']],
  ['[{}]', ['the file[0] has no name']],
  ['[{name: default, timeInWeek: []}, {name: default, timeInWeek: []}]', ['the file[1] is a second default']],
  [
    window(`schedule: {daily: {intervalDays: 2}}, ${GOOD}`),
    ['the file: default: maintenanceWindow has no startDate, from which its interval counts'],
  ],
  [
    window(`schedule: {daily: {intervalDays: 1}, weekly: {intervalWeeks: 1, dayOfWeek: Monday}}, ${GOOD}`),
    [
      'the file: default: maintenanceWindow: schedule has to have exactly one of daily, weekly, absoluteMonthly, relativeMonthly',
    ],
  ],
  [
    window('schedule: {daily: {intervalDays: 1}}, durationHours: 3, startTime: "22:00"'),
    ['the file: default: maintenanceWindow: durationHours has to be a whole number from 4 to 24'],
  ],
  [
    window('schedule: {daily: {intervalDays: 1}}, durationHours: 4, startTime: "24:00"'),
    ['the file: default: maintenanceWindow: startTime has to be a time as 22:30, in quotes'],
  ],
  [
    window(`schedule: {daily: {intervalDays: 1}}, utcOffset: Europe/Berlin, ${GOOD}`),
    ['the file: default: maintenanceWindow: utcOffset has to be an offset as +05:30, in quotes'],
  ],
  [
    window(`schedule: {weekly: {intervalWeeks: 1, dayOfWeek: monday}}, ${GOOD}`),
    [
      'the file: default: maintenanceWindow: schedule: weekly: dayOfWeek has to be one of Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday',
    ],
  ],
  [
    window(`schedule: {daily: {intervalDays: 1}}, startDate: "2026-02-30", ${GOOD}`),
    ['the file: default: maintenanceWindow: startDate is no day that exists'],
  ],
  [
    window(
      `schedule: {daily: {intervalDays: 1}}, notAllowedDates: [{start: "2026-03-02", end: "2026-03-01"}], ${GOOD}`,
    ),
    ['the file: default: maintenanceWindow: notAllowedDates[0] ends before it begins'],
  ],
  ['{value: 5}', ['the file: value has to be a list']],
  [
    'default: {timeInWeek: [], notAllowedTime: [{start: "2026-02-30T00:00:00Z", end: "2026-03-05T00:00:00Z"}]}',
    ['the file: default: notAllowedTime[0]: start is no instant as 2026-11-30T12:00:00Z'],
  ],
  [
    'default: {timeInWeek: [{day: Monday, hourSlots: [24]}]}',
    ['the file: default: timeInWeek[0]: hourSlots[0] has to be a whole number from 0 to 23'],
  ],
])('is refused where it means nothing: %s', (text, problems) => {
  expect(readMaintenance(text)).toEqual({ plans: [], problems });
});
