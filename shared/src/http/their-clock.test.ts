import { expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { TheirClock } from './their-clock.ts';

const NOON_MS = Date.UTC(2026, 10, 29, 12, 0, 0);
const at = (ms: number) => ({ date: new Date(NOON_MS + ms).toUTCString() });

it('is heard from the dates of answers, each held against the time that its request took', async () => {
  const clock = new ManualClock(NOON_MS);
  const theirs = new TheirClock(clock);
  expect([theirs.aheadMs, theirs.lastAheadMs]).toEqual([undefined, undefined]);
  const heard = theirs.asked();
  await clock.advance(5_000);
  heard(at(4_000));
  expect([theirs.aheadMs, theirs.lastAheadMs]).toEqual([0, 0]);
  const [first, second] = [theirs.asked(), theirs.asked()];
  await clock.advance(1_000);
  first(at(7_200_000));
  expect([theirs.aheadMs, theirs.lastAheadMs]).toEqual([undefined, -7_194_000]);
  second(at(7_200_000));
  expect(theirs.aheadMs).toBe(-7_194_000);
  // What tells no time changes nothing.
  theirs.asked()({});
  expect(theirs.aheadMs).toBe(-7_194_000);
  await clock.advance(1_800_001);
  expect([theirs.aheadMs, theirs.lastAheadMs]).toEqual([undefined, -7_194_000]);
});
