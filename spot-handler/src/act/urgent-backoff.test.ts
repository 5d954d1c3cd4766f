import { expect, test } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { UrgentBackoff } from './urgent-backoff.ts';

const create = (clock: ManualClock): UrgentBackoff => new UrgentBackoff({ clock, random: () => 1 });
const take = (backoff: UrgentBackoff, count: number): number[] => Array.from({ length: count }, () => backoff.next({}));

test('attempts come at least once a second while a machine may have seconds left, and slower later', async () => {
  const clock = new ManualClock();
  const backoff = create(clock);
  expect(take(backoff, 6)).toEqual([100, 200, 400, 800, 1000, 1000]);
  await clock.advance(150_000);
  expect(take(backoff, 7)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('a server that asks for minutes gets two seconds', () => {
  expect(create(new ManualClock()).next({ retryAfterMs: 600_000 })).toBe(2100);
});

test('what only an operator can change is not hammered from the start', () => {
  const backoff = create(new ManualClock());
  expect([1, 2, 3].map(() => backoff.next({ isHopeless: true }))).toEqual([1000, 2000, 4000]);
});
