import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { describe, expect, it } from 'vitest';
import { SessionPace } from './session-pace.ts';

const paceWith = (random: number): { pace: SessionPace; clock: ManualClock } => {
  const clock = new ManualClock();
  return { pace: new SessionPace({ clock, random: () => random }), clock };
};

describe('session pace', () => {
  it('grows from half a second to half a minute in passing trouble', () => {
    const { pace } = paceWith(1);
    const waits = Array.from({ length: 8 }, () => pace.next('transient', 0));
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('has patience with a refused key and with another agent, whatever the jitter says', () => {
    const { pace } = paceWith(0);
    expect(pace.next('stubborn', 0)).toBe(30_000);
    expect(pace.next('fenced', 0)).toBe(300_000);
    expect(pace.next('contested', 0)).toBe(0);
    expect(pace.next('contested', 0)).toBe(300_000);
  });

  it('takes Retry-After as a floor, and does not wait where nothing is to be waited for', () => {
    const { pace } = paceWith(0);
    expect(pace.next('transient', 7_000)).toBe(7_000);
    expect(pace.next('none', 7_000)).toBe(0);
  });

  it('begins anew after a stretch of health', async () => {
    const { pace, clock } = paceWith(1);
    for (let i = 0; i < 5; i += 1) pace.next('transient', 0);
    pace.succeeded();
    await clock.advance(10_000);
    expect(pace.next('transient', 0)).toBe(500);
  });
});
