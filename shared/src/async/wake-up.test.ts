import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { WakeUp } from './wake-up.ts';

function start() {
  const clock = new ManualClock();
  const wakeUp = new WakeUp(clock);
  const stop = new AbortController();
  const woken: number[] = [];
  const wait = (ms?: number): void => void wakeUp.wait(stop.signal, ms).then(() => woken.push(clock.monotonicMs()));
  const expectNothingLeft = (): void => {
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  };
  return { clock, wakeUp, stop, woken, wait, expectNothingLeft };
}

describe('a wait that can be ended', () => {
  it('lasts as long as it was told to', async () => {
    const { clock, woken, wait, expectNothingLeft } = start();
    wait(30_000);
    await clock.advance(29_999);
    expect(woken).toEqual([]);
    await clock.advance(1);
    expect(woken).toEqual([30_000]);
    expectNothingLeft();
  });

  it('without a time lasts until somebody ends it, and keeps no timer meanwhile', async () => {
    const { clock, wakeUp, woken, wait, expectNothingLeft } = start();
    wait();
    await clock.advance(3_600_000);
    expect([woken, clock.pendingTimers]).toEqual([[], 0]);
    wakeUp.wake();
    await clock.advance(0);
    expect(woken).toEqual([3_600_000]);
    expectNothingLeft();
  });

  it('is shortened to a time, by the first who wants so: the next one does not make it longer again', async () => {
    const { clock, wakeUp, woken, wait, expectNothingLeft } = start();
    wait(30_000);
    await clock.advance(10_000);
    wakeUp.wake(5_000);
    await clock.advance(4_000);
    wakeUp.wake(5_000);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(1_000);
    expect(woken).toEqual([15_000]);
    expectNothingLeft();
  });

  it('is not made longer than it was', async () => {
    const { clock, wakeUp, woken, wait } = start();
    wait(3_000);
    wakeUp.wake(5_000);
    await clock.advance(3_000);
    expect(woken).toEqual([3_000]);
  });

  it('does not hear what was said before it began', async () => {
    const { clock, wakeUp, woken, wait } = start();
    wakeUp.wake();
    wakeUp.wake(1_000);
    wait(30_000);
    await clock.advance(29_999);
    expect(woken).toEqual([]);
  });

  it('ends with the reason of its signal, and leaves neither timer nor listener behind', async () => {
    const { wakeUp, stop, expectNothingLeft } = start();
    const waiting = wakeUp.wait(stop.signal, 30_000);
    const reason = new Error('stopped');
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(wakeUp.wait(stop.signal)).rejects.toBe(reason);
    expectNothingLeft();
  });

  it('is for one: a second one would never be woken up', async () => {
    const { wakeUp, stop } = start();
    void wakeUp.wait(stop.signal);
    await expect(wakeUp.wait(stop.signal)).rejects.toThrow('BUG: two wait for one wake-up');
  });
});
