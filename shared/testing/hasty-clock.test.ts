import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { HastyClock } from './hasty-clock.ts';

const clock = new HastyClock(1000);

test('both of its times run ahead of the real one by the factor', async () => {
  const before = { wall: clock.now(), steady: clock.monotonicMs() };
  await sleep(5);
  // Timers may fire up to a millisecond early; there is no upper bound on a busy machine.
  expect(clock.now() - before.wall).toBeGreaterThanOrEqual(4000);
  expect(clock.monotonicMs() - before.steady).toBeGreaterThanOrEqual(4000);
});

test('its wall clock can stay that of everybody else', async () => {
  const hasty = new HastyClock(100_000, 'real');
  const before = hasty.monotonicMs();
  await sleep(5);
  expect(hasty.monotonicMs() - before).toBeGreaterThanOrEqual(400_000);
  expect(Math.abs(hasty.now() - Date.now())).toBeLessThan(300_000);
});

test('an hour of sleep and of a timer passes while somebody looks', async () => {
  await clock.sleep(3_600_000 / 100, new AbortController().signal);
  await new Promise<void>((resolve) => void clock.setTimer(3_600_000 / 100, resolve));
  expect(clock.monotonicMs()).toBeGreaterThan(72_000 - 4000);
});

test('a sleep ends with its signal', async () => {
  await expect(clock.sleep(3_600_000_000, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
});

test('a timer that was cancelled does not fire', async () => {
  let isFired = false;
  clock.setTimer(5000, () => (isFired = true))();
  await sleep(20);
  expect(isFired).toBe(false);
});
