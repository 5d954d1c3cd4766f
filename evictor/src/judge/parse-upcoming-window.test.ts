import { expect, test } from 'vitest';
import { parseUpcomingWindow } from './parse-upcoming-window.ts';

const KEY = 'aksManagedNodeOSUpgradeSchedule';

test('a pair of instants is a window, whatever their offset', () => {
  expect(
    parseUpcomingWindow({ [`${KEY}-start`]: '2026-06-06T22:00:00Z', [`${KEY}-end`]: '2026-06-07T04:00:00+02:00' }),
  ).toEqual({
    startMs: Date.parse('2026-06-06T22:00Z'),
    endMs: Date.parse('2026-06-07T02:00Z'),
  });
  expect(parseUpcomingWindow({ other: '1' })).toBeUndefined();
});

test.each([
  [{ [`${KEY}-start`]: '2026-06-06T22:00:00Z' }, `it has ${KEY}-start alone`],
  [{ [`${KEY}-end`]: '2026-06-06T22:00:00Z' }, `it has ${KEY}-end alone`],
  [{ [`${KEY}-start`]: 'soon', [`${KEY}-end`]: 'later' }, `${KEY} is no pair of instants as of RFC 3339`],
  [
    { [`${KEY}-start`]: '2026-02-30T00:00:00Z', [`${KEY}-end`]: '2026-03-03T00:00:00Z' },
    `${KEY} is no pair of instants as of RFC 3339`,
  ],
  [
    { [`${KEY}-start`]: '2026-06-06T22:00:00Z', [`${KEY}-end`]: '2026-06-06T22:00:00Z' },
    `${KEY} does not end after it begins`,
  ],
])('what cannot be meant is said: %j', (data, why) => {
  expect(() => parseUpcomingWindow(data)).toThrow(why);
});
