/** Maintenance windows as AKS has them: which days, from when, for how long. Offsets from UTC are fixed: there is no summer time in them. */

/** From and to, in milliseconds since the epoch; the end is no part of it. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** On which days a window opens. Days of the week count from Sunday, which is 0. */
export type Schedule =
  | { readonly is: 'daily'; readonly everyDays: number }
  | { readonly is: 'weekly'; readonly everyWeeks: number; readonly dayOfWeek: number }
  | { readonly is: 'absoluteMonthly'; readonly everyMonths: number; readonly dayOfMonth: number }
  | {
      readonly is: 'relativeMonthly';
      readonly everyMonths: number;
      readonly dayOfWeek: number;
      /** The first of them in the month is 1. */
      readonly week: 1 | 2 | 3 | 4 | 'last';
    };

/** A window that comes again and again. */
export interface WindowRule {
  readonly schedule: Schedule;
  /** Minutes from midnight at the place that the offset stands for. */
  readonly startMinute: number;
  readonly durationMs: number;
  /** What that place's clocks are ahead of UTC. */
  readonly offsetMs: number;
  /** The first day on which it may open, and from which intervals count, as days since the epoch. Undefined: it has always been. */
  readonly startDay: number | undefined;
}

/** What a window is for; also a metric label. */
export type WindowKind = 'node_os' | 'auto_upgrade' | 'default';

/** All windows of one kind. */
export interface MaintenancePlan {
  readonly kind: WindowKind;
  readonly rules: readonly WindowRule[];
  /** Windows that were told one by one. */
  readonly told: readonly Span[];
  /** When nothing is maintained, whatever the rules say. */
  readonly blocked: readonly Span[];
}

/** How the windows of one kind stand at an instant. */
export interface WindowStatus {
  readonly kind: WindowKind;
  /** When the one that is open closes; undefined: none is open. */
  readonly closesAtMs: number | undefined;
  /** Undefined: none opens within three years. */
  readonly nextStartMs: number | undefined;
  /** Undefined: none has ended within three years. */
  readonly lastEndMs: number | undefined;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A rule of every sixth month on a 31st that falls into blocked dates comes within two years. */
const HORIZON_MS = 3 * 366 * DAY_MS;

/** How the windows of a kind stand. Pure; some thousand days are looked at. */
export function windowStatus(plan: MaintenancePlan, nowMs: number): WindowStatus {
  const spans = spansOf(plan, { startMs: nowMs - HORIZON_MS, endMs: nowMs + HORIZON_MS });
  const open = spans.find(({ startMs, endMs }) => startMs <= nowMs && nowMs < endMs);
  return {
    kind: plan.kind,
    closesAtMs: open?.endMs,
    nextStartMs: spans.find(({ startMs }) => startMs > nowMs)?.startMs,
    lastEndMs: spans.findLast(({ endMs }) => endMs <= nowMs)?.endMs,
  };
}

/** The windows that touch a span, in order; those that meet are one. */
export function spansOf({ rules, told, blocked }: MaintenancePlan, { startMs, endMs }: Span): Span[] {
  const all = [...told, ...rules.flatMap((rule) => occurrences(rule, { startMs, endMs }))];
  const free = blocked.reduce<Span[]>((spans, one) => spans.flatMap((span) => without(span, one)), all);
  return merge(free.filter((span) => span.endMs > startMs && span.startMs < endMs));
}

function occurrences({ schedule, startMinute, durationMs, offsetMs, startDay }: WindowRule, range: Span): Span[] {
  const dayOf = (ms: number): number => Math.floor((ms + offsetMs) / DAY_MS);
  const isDay = dayTest(schedule, startDay);
  const spans: Span[] = [];
  for (let day = dayOf(range.startMs - durationMs); day <= dayOf(range.endMs); day += 1) {
    if ((startDay !== undefined && day < startDay) || !isDay(day)) continue;
    const startMs = day * DAY_MS + startMinute * MINUTE_MS - offsetMs;
    spans.push({ startMs, endMs: startMs + durationMs });
  }
  return spans;
}

/** Tells whether a window opens on a day. Intervals count from the first day on or after the start date that is one of the schedule's. */
function dayTest(schedule: Schedule, startDay: number | undefined): (day: number) => boolean {
  if (schedule.is === 'daily') return (day) => (day - (startDay ?? 0)) % schedule.everyDays === 0;
  const isOfSchedule = (day: number): boolean => isNamed(schedule, day);
  const first = startDay === undefined ? undefined : firstDay(isOfSchedule, startDay);
  if (schedule.is === 'weekly') {
    return (day) => isOfSchedule(day) && ((day - (first ?? day)) / 7) % schedule.everyWeeks === 0;
  }
  return (day) => isOfSchedule(day) && (monthOf(day) - monthOf(first ?? day)) % schedule.everyMonths === 0;
}

/** Within a year at the latest: every month of 31 days has every day. */
function firstDay(is: (day: number) => boolean, from: number): number | undefined {
  for (let day = from; day <= from + 366; day += 1) if (is(day)) return day;
  return undefined;
}

function isNamed(schedule: Exclude<Schedule, { is: 'daily' }>, day: number): boolean {
  const date = new Date(day * DAY_MS);
  const dayOfMonth = date.getUTCDate();
  // A month without that day has no window: which other one AKS takes then is not documented.
  if (schedule.is === 'absoluteMonthly') return dayOfMonth === schedule.dayOfMonth;
  if (date.getUTCDay() !== schedule.dayOfWeek) return false;
  if (schedule.is === 'weekly') return true;
  if (schedule.week !== 'last') return Math.ceil(dayOfMonth / 7) === schedule.week;
  return monthOf(day + 7) !== monthOf(day);
}

/** Months since the year 0. */
function monthOf(day: number): number {
  const date = new Date(day * DAY_MS);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

function without(span: Span, blocked: Span): Span[] {
  if (blocked.endMs <= span.startMs || blocked.startMs >= span.endMs) return [span];
  return [
    { startMs: span.startMs, endMs: blocked.startMs },
    { startMs: blocked.endMs, endMs: span.endMs },
  ].filter(({ startMs, endMs }) => startMs < endMs);
}

function merge(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.startMs - b.startMs)) {
    const last = merged.at(-1);
    if (last === undefined || span.startMs > last.endMs) merged.push(span);
    else merged[merged.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, span.endMs) };
  }
  return merged;
}
