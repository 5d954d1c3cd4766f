import { getEventListeners } from 'node:events';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { describe, expect, it } from 'vitest';
import { LookTimer } from './look-timer.ts';

function start() {
  const clock = new ManualClock();
  const timer = new LookTimer({ clock, everyMs: 30_000, soonMs: 5_000 });
  const stop = new AbortController();
  const looks: number[] = [];
  const wait = (): void => void timer.wait(stop.signal).then(() => looks.push(clock.monotonicMs()));
  return { clock, timer, stop, looks, wait };
}

describe('look timer', () => {
  it('looks now and then', async () => {
    const { clock, looks, wait } = start();
    wait();
    await clock.advance(29_999);
    expect(looks).toEqual([]);
    await clock.advance(1);
    expect(looks).toEqual([30_000]);
  });

  it('looks soon when there is a reason, once for all reasons, and not before', async () => {
    const { clock, timer, looks, wait } = start();
    wait();
    await clock.advance(10_000);
    timer.hurry();
    await clock.advance(4_000);
    timer.hurry();
    await clock.advance(1_000);
    expect(looks).toEqual([15_000]);
    wait();
    await clock.advance(29_999);
    expect(looks).toEqual([15_000]);
  });

  it('remembers a reason that comes between two waits', async () => {
    const { clock, timer, looks, wait } = start();
    timer.hurry();
    wait();
    await clock.advance(5_000);
    expect(looks).toEqual([5_000]);
  });

  it('ends with its signal and leaves neither timer nor listener behind', async () => {
    const { clock, stop, looks, wait } = start();
    wait();
    stop.abort();
    wait();
    await clock.advance(0);
    expect(looks).toEqual([0, 0]);
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });
});
