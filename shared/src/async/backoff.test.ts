import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Backoff } from './backoff.ts';

const policy = { initialMs: 100, maxMs: 1_000, factor: 2, resetAfterMs: 60_000 };

describe('backoff', () => {
  it('grows its bound by the factor up to the cap, and draws from zero to the bound', () => {
    const random = { value: 1 };
    const backoff = new Backoff(policy, { clock: new ManualClock(), random: () => random.value });
    expect(Array.from({ length: 6 }, () => backoff.next())).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    random.value = 0;
    expect(backoff.next()).toBe(0);
    expect(backoff.attempts).toBe(7);
  });

  it('adds jitter to a Retry-After and does not believe more than ten minutes (C32, C62)', () => {
    const backoff = new Backoff(policy, { clock: new ManualClock(), random: () => 0.5 });
    expect(backoff.next(5_000)).toBe(5_050);
    expect(backoff.next(86_400_000)).toBe(600_100);
    expect(backoff.next(-5)).toBe(200);
  });

  it('takes a Retry-After that is no number for a bug, and does not come back at once', () => {
    const backoff = new Backoff(policy, { clock: new ManualClock(), random: () => 0.5 });
    expect(() => backoff.next(Number.NaN)).toThrow('BUG: a backoff after NaN milliseconds');
  });

  it('is not reset by a success that lasts less than the stretch of health', async () => {
    const clock = new ManualClock();
    const backoff = new Backoff(policy, { clock, random: () => 1 });
    backoff.next();
    backoff.succeeded();
    await clock.advance(59_999);
    expect(backoff.next()).toBe(200);
    // The failure ended that stretch: the next success starts a new one.
    backoff.succeeded();
    await clock.advance(59_999);
    backoff.succeeded();
    expect(backoff.attempts).toBe(2);
    expect(backoff.next()).toBe(400);
  });

  it('is reset by a stretch of health, whether or not anybody reports during it', async () => {
    const clock = new ManualClock();
    const backoff = new Backoff(policy, { clock, random: () => 1 });
    backoff.next();
    backoff.next();
    backoff.succeeded();
    await clock.advance(60_000);
    expect(backoff.next()).toBe(100);

    backoff.succeeded();
    await clock.advance(60_000);
    backoff.succeeded();
    expect(backoff.attempts).toBe(0);
  });

  it('does not take the time before the first success for health', async () => {
    const clock = new ManualClock();
    const backoff = new Backoff(policy, { clock, random: () => 1 });
    backoff.next();
    await clock.advance(3_600_000);
    expect(backoff.next()).toBe(200);
  });
});
