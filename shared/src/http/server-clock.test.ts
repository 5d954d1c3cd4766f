import { ManualClock } from '../../testing/manual-clock.ts';
import { expect, test } from 'vitest';
import { ServerClock } from './server-clock.ts';

const NOON = Date.UTC(2026, 10, 29, 12);

test('the time of day is that of the API server as soon as it has said it, and goes on by the own timers', async () => {
  const own = new ManualClock();
  const clock = new ServerClock(own);
  expect(clock.now()).toBe(own.now());
  clock.heard(NOON);
  expect(clock.now()).toBe(NOON + 500);
  await own.advance(90_000);
  expect([clock.now(), clock.monotonicMs()]).toEqual([NOON + 90_500, own.monotonicMs()]);
});

test('what differs by the second that an answer rounds off changes nothing, what differs by more does when it is said again', async () => {
  const own = new ManualClock();
  const clock = new ServerClock(own);
  clock.heard(NOON);
  clock.heard(NOON + 2000);
  clock.heard(NOON - 2000);
  expect(clock.now()).toBe(NOON + 500);
  // The machine has slept: its own timers know nothing of that hour.
  clock.heard(NOON + 3_600_000);
  await own.advance(10_000);
  clock.heard(NOON + 3_610_000);
  expect(clock.now()).toBe(NOON + 3_610_500);
  clock.heard(NOON);
  clock.heard(NOON);
  expect(clock.now()).toBe(NOON + 500);
});

test('one answer alone that contradicts moves nothing, however often it comes between others', () => {
  const clock = new ServerClock(new ManualClock());
  clock.heard(NOON);
  for (const otherMs of [NOON + 3_600_000, NOON - 30_000, NOON + 7_200_000]) {
    clock.heard(otherMs);
    expect(clock.now()).toBe(NOON + 500);
    clock.heard(NOON);
    clock.heard(otherMs);
    expect(clock.now()).toBe(NOON + 500);
  }
});
