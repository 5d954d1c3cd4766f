import { expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { TheirClock } from './their-clock.ts';

const NOON_MS = Date.UTC(2026, 10, 29, 12, 0, 0);
const at = (ms: number) => ({ date: new Date(NOON_MS + ms).toUTCString() });

it('is heard from the dates of answers, each held against the time that its request took', async () => {
  const clock = new ManualClock(NOON_MS);
  const theirs = new TheirClock(clock);
  expect(theirs.time.now()).toBe(clock.now());
  expect([theirs.aheadMs, theirs.lastAheadMs]).toEqual([undefined, undefined]);
  const heard = theirs.asked();
  await clock.advance(5_000);
  heard(at(4_000));
  expect([theirs.aheadMs, theirs.lastAheadMs]).toEqual([0, 0]);
  expect(theirs.time.now()).toBe(NOON_MS + 4_500);
  const [first, second] = [theirs.asked(), theirs.asked()];
  await clock.advance(1_000);
  first(at(7_200_000));
  expect([theirs.aheadMs, theirs.lastAheadMs]).toEqual([undefined, -7_194_000]);
  expect(theirs.time.now()).toBe(NOON_MS + 5_500);
  second(at(7_200_000));
  expect(theirs.time.now()).toBe(NOON_MS + 7_200_500);
  expect(theirs.aheadMs).toBe(-7_194_000);
  // What tells no time changes nothing.
  theirs.asked()({});
  expect(theirs.aheadMs).toBe(-7_194_000);
  // What is no HTTP date names no time, though JavaScript finds a year in nearly anything.
  for (const date of ['today', '0', '-5', '2026-11-29T12:00:11Z']) theirs.asked()({ date });
  expect(theirs.time.now()).toBe(NOON_MS + 7_200_500);
  // What lay in a cache tells when it was put there.
  const before = theirs.time.now();
  for (let times = 0; times < 3; times += 1) theirs.asked()({ ...at(86_400_000), age: '5' });
  expect(theirs.time.now()).toBe(before);
  await clock.advance(1_800_001);
  expect([theirs.aheadMs, theirs.lastAheadMs]).toEqual([undefined, -7_194_000]);
});
