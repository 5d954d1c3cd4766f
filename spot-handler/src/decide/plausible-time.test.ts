import { expect, test } from 'vitest';
import type { Notice } from '../poll/notice.ts';
import { withPlausibleTime } from './plausible-time.ts';

const NOW = Date.UTC(2026, 3, 11, 12);
const DAY = 86_400_000;
const notice: Notice = {
  id: 'e',
  source: 'scheduled-events',
  kind: 'reboot',
  type: 'Reboot',
  status: 'Scheduled',
  isStarted: false,
  description: '',
};

test('a time that cannot be meant counts as absent, whatever else the notice says', () => {
  const f = (startsAtMs: number, isBelieved: boolean): void => {
    expect([startsAtMs, withPlausibleTime({ ...notice, startsAtMs }, NOW)]).toEqual([
      startsAtMs,
      isBelieved ? { ...notice, startsAtMs } : notice,
    ]);
  };
  f(NOW, true);
  f(NOW + 90 * DAY, true);
  f(NOW - 90 * DAY, true);
  f(NOW + 366 * DAY, true);
  f(NOW + 366 * DAY + 1, false);
  f(Date.UTC(9999, 11, 31), false);
  f(0, true);
  f(Date.UTC(1601, 0, 1), true);
  f(-8.64e15 - 1, false);
  f(8.64e15, false);
  f(Number.POSITIVE_INFINITY, false);
  f(Number.NaN, false);
  expect(withPlausibleTime(notice, NOW)).toEqual(notice);
});
