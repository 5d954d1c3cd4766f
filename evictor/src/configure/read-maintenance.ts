import type { MaintenancePlan, Schedule, Span, WindowKind, WindowRule } from '../judge/maintenance.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { dayIn, instantIn } from '../judge/instant-in.ts';
import { type Place, readPlaces } from './place.ts';

/** Maintenance windows, or everything that is wrong with them. */
export interface ParsedMaintenance {
  /** Nothing is used while there is a problem. */
  readonly plans: readonly MaintenancePlan[];
  readonly problems: readonly string[];
}

/** The names under which AKS has them. */
const KINDS = {
  aksManagedNodeOSUpgradeSchedule: 'node_os',
  aksManagedAutoUpgradeSchedule: 'auto_upgrade',
  default: 'default',
} as const satisfies Record<string, WindowKind>;
type Name = keyof typeof KINDS;
const NAMES: readonly Name[] = ['aksManagedNodeOSUpgradeSchedule', 'aksManagedAutoUpgradeSchedule', 'default'];

/** What Azure writes beside the windows when it is asked for them; its API has them in `properties`. */
const OF_AZURE = ['id', 'type', 'resourceGroup', 'systemData', 'properties'] as const;

/**
 * Reads maintenance configurations as AKS has them: by their names, as `az aks maintenanceconfiguration list` or `show` writes them, or as its API
 * does. Strict: what is not understood is a problem, and so is an interval without the date that it counts from.
 */
export function readMaintenance(text: string): ParsedMaintenance {
  const { root, problems } = readPlaces(text);
  if (root === undefined) return { plans: [], problems: problems.length > 0 ? problems : ['it is empty'] };
  const seen = new Set<WindowKind>();
  const plans = listedIn(root)?.flatMap((one) => readListed(one, seen)) ?? readNamed(root);
  return problems.length > 0 ? { plans: [], problems } : { plans, problems };
}

/** What the command writes is a list, or with `show` one of it; the API writes the list as `value`. */
function listedIn(root: Place): Place[] | undefined {
  if (Array.isArray(root.value)) return root.items();
  if (!isRecord(root.value)) return undefined;
  if (Object.hasOwn(root.value, 'value')) return root.members(['value', 'nextLink']).value?.items() ?? [];
  return Object.hasOwn(root.value, 'name') ? [root] : undefined;
}

function readNamed(root: Place): MaintenancePlan[] {
  const members = root.members(NAMES);
  return NAMES.flatMap((name) => {
    const place = members[name];
    return place === undefined ? [] : [readPlan(place, KINDS[name])];
  });
}

function readListed(place: Place, seen: Set<WindowKind>): MaintenancePlan[] {
  const { name, properties } = place.members(['name', ...PARTS, ...OF_AZURE]);
  if (name === undefined) place.problem('has no name');
  const found = name?.word(NAMES);
  if (found === undefined) return [];
  // A cluster has one of each; two are those of two clusters.
  if (seen.has(KINDS[found])) place.problem(`is a second ${found}`);
  seen.add(KINDS[found]);
  return [readPlan(properties ?? place, KINDS[found])];
}

const PARTS = ['maintenanceWindow', 'timeInWeek', 'notAllowedTime'] as const;

function readPlan(place: Place, kind: WindowKind): MaintenancePlan {
  const { maintenanceWindow, timeInWeek, notAllowedTime } = place.members(['name', ...PARTS, ...OF_AZURE]);
  const isGiven = [maintenanceWindow, timeInWeek, notAllowedTime].map((one) => one !== undefined);
  // Times that are not allowed may stand alone: any other is, and no window is told.
  if (isGiven.every((is) => !is) || (isGiven[0] === true && isGiven[1] === true))
    place.problem('has to have either maintenanceWindow or timeInWeek');
  const window = maintenanceWindow && readWindow(maintenanceWindow);
  const hours = timeInWeek?.items().flatMap(readHours) ?? [];
  const blocked = notAllowedTime?.items().flatMap(readTimes) ?? [];
  return {
    kind,
    rules: [...(window?.rules ?? []), ...hours],
    told: [],
    blocked: [...blocked, ...(window?.blocked ?? [])],
  };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

function readWindow(place: Place): Pick<MaintenancePlan, 'rules' | 'blocked'> {
  const members = place.members([
    'schedule',
    'durationHours',
    'utcOffset',
    'startDate',
    'startTime',
    'notAllowedDates',
  ]);
  const offsetMs = members.utcOffset === undefined ? 0 : readOffset(members.utcOffset);
  const blocked = members.notAllowedDates?.items().flatMap((one) => readDates(one, offsetMs)) ?? [];
  const startDay = members.startDate && readDay(members.startDate);
  const schedulePlace = wanted(place, members.schedule, 'schedule');
  const schedule = schedulePlace && readSchedule(schedulePlace);
  const hours = wanted(place, members.durationHours, 'durationHours')?.count(4, 24);
  const startPlace = wanted(place, members.startTime, 'startTime');
  const startMinute = startPlace && readMinute(startPlace);
  if (schedule === undefined || hours === undefined || startMinute === undefined) return { rules: [], blocked };
  if (intervalOf(schedule) > 1 && startDay === undefined)
    place.problem('has no startDate, from which its interval counts');
  return { rules: [{ schedule, startMinute, durationMs: hours * HOUR_MS, offsetMs, startDay }], blocked };
}

function intervalOf(schedule: Schedule): number {
  if (schedule.is === 'daily') return schedule.everyDays;
  return schedule.is === 'weekly' ? schedule.everyWeeks : schedule.everyMonths;
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const WEEKS = { First: 1, Second: 2, Third: 3, Fourth: 4, Last: 'last' } as const;
const WEEK_NAMES = ['First', 'Second', 'Third', 'Fourth', 'Last'] as const;

function readSchedule(place: Place): Schedule | undefined {
  const { daily, weekly, absoluteMonthly, relativeMonthly } = place.members([
    'daily',
    'weekly',
    'absoluteMonthly',
    'relativeMonthly',
  ]);
  const given = [daily, weekly, absoluteMonthly, relativeMonthly].filter((one) => one !== undefined);
  if (given.length !== 1) {
    place.problem('has to have exactly one of daily, weekly, absoluteMonthly, relativeMonthly');
    return undefined;
  }
  if (daily !== undefined) return readDaily(daily);
  if (weekly !== undefined) return readWeekly(weekly);
  if (absoluteMonthly !== undefined) return readAbsolute(absoluteMonthly);
  return relativeMonthly && readRelative(relativeMonthly);
}

function readDaily(place: Place): Schedule | undefined {
  const everyDays = wanted(place, place.members(['intervalDays']).intervalDays, 'intervalDays')?.count(1, 7);
  return everyDays === undefined ? undefined : { is: 'daily', everyDays };
}

function readWeekly(place: Place): Schedule | undefined {
  const members = place.members(['intervalWeeks', 'dayOfWeek']);
  const everyWeeks = wanted(place, members.intervalWeeks, 'intervalWeeks')?.count(1, 4);
  const dayOfWeek = readDayOfWeek(wanted(place, members.dayOfWeek, 'dayOfWeek'));
  return everyWeeks === undefined || dayOfWeek === undefined ? undefined : { is: 'weekly', everyWeeks, dayOfWeek };
}

function readAbsolute(place: Place): Schedule | undefined {
  const members = place.members(['intervalMonths', 'dayOfMonth']);
  const everyMonths = wanted(place, members.intervalMonths, 'intervalMonths')?.count(1, 6);
  const dayOfMonth = wanted(place, members.dayOfMonth, 'dayOfMonth')?.count(1, 31);
  if (everyMonths === undefined || dayOfMonth === undefined) return undefined;
  return { is: 'absoluteMonthly', everyMonths, dayOfMonth };
}

function readRelative(place: Place): Schedule | undefined {
  const members = place.members(['intervalMonths', 'dayOfWeek', 'weekIndex']);
  const everyMonths = wanted(place, members.intervalMonths, 'intervalMonths')?.count(1, 6);
  const dayOfWeek = readDayOfWeek(wanted(place, members.dayOfWeek, 'dayOfWeek'));
  const week = wanted(place, members.weekIndex, 'weekIndex')?.word(WEEK_NAMES);
  if (everyMonths === undefined || dayOfWeek === undefined || week === undefined) return undefined;
  return { is: 'relativeMonthly', everyMonths, dayOfWeek, week: WEEKS[week] };
}

function wanted(place: Place, member: Place | undefined, name: string): Place | undefined {
  if (member === undefined) place.problem(`has no ${name}`);
  return member;
}

function readDayOfWeek(place: Place | undefined): number | undefined {
  const day = place?.word(DAYS);
  return day === undefined ? undefined : DAYS.indexOf(day);
}

/** The older kind: hours of UTC on days of the week. */
function readHours(place: Place): WindowRule[] {
  const members = place.members(['day', 'hourSlots']);
  const dayOfWeek = readDayOfWeek(wanted(place, members.day, 'day'));
  const slots = wanted(place, members.hourSlots, 'hourSlots')?.items() ?? [];
  if (dayOfWeek === undefined) return [];
  return slots.flatMap((slot) => {
    const hour = slot.count(0, 23);
    if (hour === undefined) return [];
    const schedule = { is: 'weekly', everyWeeks: 1, dayOfWeek } as const;
    return [{ schedule, startMinute: hour * 60, durationMs: HOUR_MS, offsetMs: 0, startDay: undefined }];
  });
}

function readTimes(place: Place): Span[] {
  const { start, end } = place.members(['start', 'end']);
  const [startMs, endMs] = [wanted(place, start, 'start'), wanted(place, end, 'end')].map(readInstant);
  return startMs === undefined || endMs === undefined ? [] : orderly(place, { startMs, endMs });
}

/** Both days are part of it, by the clocks of the place that the offset stands for. (Azure's own example) */
function readDates(place: Place, offsetMs: number): Span[] {
  const { start, end } = place.members(['start', 'end']);
  const [first, last] = [wanted(place, start, 'start'), wanted(place, end, 'end')].map((one) => one && readDay(one));
  if (first === undefined || last === undefined) return [];
  return orderly(place, { startMs: first * DAY_MS - offsetMs, endMs: (last + 1) * DAY_MS - offsetMs });
}

function orderly(place: Place, span: Span): Span[] {
  if (span.startMs < span.endMs) return [span];
  place.problem('ends before it begins');
  return [];
}

function readInstant(place: Place | undefined): number | undefined {
  const text = place?.matching(/^\d{4}-\d{2}-\d{2}T.+$/u, 'an instant as 2026-11-30T12:00:00Z');
  if (text === undefined) return undefined;
  const ms = instantIn(text);
  if (ms === undefined) place?.problem('is no instant as 2026-11-30T12:00:00Z');
  return ms;
}

/** Azure writes a date, and its tools an instant at midnight. */
function readDay(place: Place): number | undefined {
  const text = place.matching(/^\d{4}-\d{2}-\d{2}(?:T00:00:00(?:\.0+)?(?:Z|\+00:00)?)?$/u, 'a date as 2026-11-30');
  if (text === undefined) return undefined;
  const ms = dayIn(text.slice(0, 10));
  if (ms === undefined) place.problem('is no day that exists');
  return ms === undefined ? undefined : ms / DAY_MS;
}

function readMinute(place: Place): number | undefined {
  const text = place.matching(/^(?:[01]\d|2[0-3]):[0-5]\d$/u, 'a time as 22:30');
  return text === undefined ? undefined : Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}

function readOffset(place: Place): number {
  const text = place.matching(/^[+-](?:0\d|1[0-4]):[0-5]\d$/u, 'an offset as +05:30');
  if (text === undefined) return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(4));
  return (text.startsWith('-') ? -minutes : minutes) * MINUTE_MS;
}
