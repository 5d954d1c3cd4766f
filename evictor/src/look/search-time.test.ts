import { expect, test } from 'vitest';
import { SearchTime } from './search-time.ts';

/** Whether there is time at each of these instants, of ten seconds. */
function leftAt(...atMs: readonly number[]): boolean[] {
  let nowMs = 0;
  const time = new SearchTime({ monotonicMs: () => nowMs }, 10_000);
  return atMs.map((ms) => {
    nowMs = ms;
    return time.isLeft;
  });
}

test('it runs from the first question on, whatever came before', () => {
  const time = new SearchTime({ monotonicMs: () => 3_600_000 }, 500);
  expect([time.isLeft, time.isLeft]).toEqual([true, true]);
});

test('it ends', () => {
  const seconds = Array.from({ length: 12 }, (_nothing, index) => index * 1_000);
  expect(leftAt(...seconds)).toEqual(seconds.map((ms) => ms < 10_000));
});

test('a pause takes a second of it, however long it is', () => {
  const hours = Array.from({ length: 12 }, (_nothing, index) => index * 3_600_000);
  expect(leftAt(...hours)).toEqual(hours.map((_ms, index) => index < 10));
});
