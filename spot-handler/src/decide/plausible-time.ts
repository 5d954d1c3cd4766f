import type { Notice } from '../poll/notice.ts';

/** Maintenance is announced weeks ahead; what is named farther off is a mistake or a placeholder. In milliseconds. */
const FARTHEST_MS = 366 * 24 * 3_600_000;

/**
 * A notice as it is believed: without its time where that is not plausible. The time comes from another machine, or from a record that
 * somebody may have edited, and a notice that waits for the year 9999 is as good as never acted on. A time in the past is only due. `nowMs` is
 * the provider's clock.
 */
export function withPlausibleTime(notice: Notice, nowMs: number): Notice {
  const { startsAtMs, ...rest } = notice;
  const isDate = !Number.isNaN(new Date(startsAtMs ?? 0).getTime());
  return startsAtMs === undefined || (isDate && startsAtMs <= nowMs + FARTHEST_MS) ? notice : rest;
}
