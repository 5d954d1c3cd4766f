import { expect, test } from 'vitest';
import { SearchTime } from './search-time.ts';

/** A time of ten seconds from 0 on, and how the clock is set. */
function tenSeconds(): { time: SearchTime; at: (ms: number) => SearchTime } {
  let nowMs = 0;
  const time = new SearchTime({ monotonicMs: () => nowMs }, 10_000);
  const at = (ms: number): SearchTime => {
    nowMs = ms;
    return time;
  };
  return { time, at };
}

/** Whether there is time at each of these instants. */
function leftAt(...atMs: readonly number[]): boolean[] {
  const { at } = tenSeconds();
  return atMs.map((ms) => at(ms).isLeft);
}

test('it ends', () => {
  const seconds = Array.from({ length: 12 }, (_nothing, index) => index * 1_000);
  expect(leftAt(...seconds)).toEqual(seconds.map((ms) => ms < 10_000));
});

test('what comes before the search is a part of it', () => {
  const { at } = tenSeconds();
  for (let ms = 0; ms <= 4_000; ms += 500) at(ms).tick();
  expect([4_500, 5_000, 6_000, 7_000, 8_000, 9_000, 9_500, 10_000].map((ms) => at(ms).isLeft)).toEqual([
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    false,
  ]);
});

test('a quarter is for the search, however long that takes, and once', () => {
  const { at } = tenSeconds();
  for (let ms = 0; ms <= 60_000; ms += 500) at(ms).tick();
  expect([60_000, 61_000, 62_000, 62_499, 62_500, 63_000].map((ms) => at(ms).isLeft)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
});

test('a pause takes a second of it, however long it is', () => {
  const hours = Array.from({ length: 12 }, (_nothing, index) => index * 3_600_000);
  expect(leftAt(...hours)).toEqual(hours.map((_ms, index) => index < 10));
});
