import { expect, test } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { ProviderClock } from './provider-clock.ts';

const HOUR = 3_600_000;

test('a machine whose clock is an hour off goes by that of the provider, and a few seconds are the way', () => {
  const clock = new ManualClock(HOUR);
  const provider = new ProviderClock(clock);
  const f = (hostTimeMs: number | undefined, expected: { now: number; errorMs: number }): void => {
    provider.compare(hostTimeMs);
    expect({ now: provider.now(), errorMs: provider.errorMs }).toEqual(expected);
  };
  f(undefined, { now: HOUR, errorMs: 0 });
  f(HOUR + 4999, { now: HOUR, errorMs: 0 });
  f(2 * HOUR, { now: 2 * HOUR, errorMs: HOUR });
  // An answer without a date tells nothing new.
  f(undefined, { now: 2 * HOUR, errorMs: HOUR });
  f(HOUR - 5000, { now: HOUR - 5000, errorMs: -5000 });
  // Neither does one that cannot be meant.
  for (const odd of [HOUR + 24 * HOUR + 1, HOUR - 24 * HOUR - 1, Number.NaN, 8.64e15]) {
    f(odd, { now: HOUR - 5000, errorMs: -5000 });
  }
  f(HOUR + 24 * HOUR, { now: 25 * HOUR, errorMs: 24 * HOUR });
  // The clock was corrected.
  f(HOUR, { now: HOUR, errorMs: 0 });
});

test('it goes on with ours between two answers', async () => {
  const clock = new ManualClock(0);
  const provider = new ProviderClock(clock);
  provider.compare(HOUR);
  await clock.advance(1000);
  expect(provider.now()).toBe(HOUR + 1000);
});
