import { expect, it } from 'vitest';
import { readClock } from './read-clock.ts';

const NOON_MS = Date.UTC(2026, 10, 29, 12, 0, 0);
const NOON = 'Sun, 29 Nov 2026 12:00:00 GMT';

it('a date tells by how much our clock is off at least, whole seconds and the way being taken off', () => {
  const f = (sent: number, received: number, expected: number | undefined): void =>
    expect(readClock({ date: NOON }, { sentAtMs: NOON_MS + sent, receivedAtMs: NOON_MS + received })).toBe(expected);
  f(0, 0, 0);
  f(999, 999, 0);
  f(1000, 1200, 0);
  f(1001, 1200, 1);
  f(3_600_000, 3_600_100, 3_599_000);
  f(-100, 0, 0);
  f(-200, -1, -1);
  f(-3_600_000, -3_599_900, -3_599_900);
  f(-10_000, 0, 0);
  // A poll that was held for five minutes may have been answered in any of them.
  f(-300_000, 0, undefined);
  f(0, 300_000, undefined);
  f(31_000, 331_000, undefined);
  f(31_001, 331_001, 30_001);
  f(-300_000, -60_000, -60_000);
  // Set back between the two.
  f(0, -1, undefined);
});

it('what is no date, or lay in a cache, tells nothing', () => {
  const times = { sentAtMs: NOON_MS, receivedAtMs: NOON_MS };
  expect(readClock({}, times)).toBeUndefined();
  expect(readClock({ date: 'yesterday' }, times)).toBeUndefined();
  expect(readClock({ date: NOON, age: '0' }, times)).toBeUndefined();
});
