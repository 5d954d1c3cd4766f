import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { expect, test } from 'vitest';
import { TestLimit } from './test-limit.ts';

/** A test that ends at once. */
const brief = (limit: TestLimit, endpoint: string): number => {
  const waitMs = limit.begin(endpoint);
  if (waitMs === 0) limit.end(endpoint);
  return waitMs;
};

test('five tests go one after the other, then one each ten seconds', async () => {
  const clock = new ManualClock();
  const limit = new TestLimit(clock);
  const f = (): number => brief(limit, 'ops');
  expect([f(), f(), f(), f(), f(), f(), f()]).toEqual([0, 0, 0, 0, 0, 10_000, 10_000]);
  await clock.advance(9_999);
  expect(f()).toBe(1);
  await clock.advance(1);
  expect([f(), f()]).toEqual([0, 10_000]);
  // Whoever rests for long has no more than five.
  await clock.advance(3_600_000);
  expect([f(), f(), f(), f(), f(), f()]).toEqual([0, 0, 0, 0, 0, 10_000]);
});

test('one goes at a time, and each endpoint has its own', () => {
  const limit = new TestLimit(new ManualClock());
  expect([limit.begin('ops'), limit.begin('ops'), limit.begin('chat')]).toEqual([0, 10_000, 0]);
  limit.end('ops');
  expect([limit.begin('ops'), limit.begin('chat')]).toEqual([0, 10_000]);
});

test('one that takes longer than its rest is still one at a time', async () => {
  const clock = new ManualClock();
  const limit = new TestLimit(clock);
  expect(limit.begin('ops')).toBe(0);
  await clock.advance(60_000);
  expect(limit.begin('ops')).toBe(10_000);
  limit.end('ops');
  expect(limit.begin('ops')).toBe(0);
});
