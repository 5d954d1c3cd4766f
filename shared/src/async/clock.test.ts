import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { type Clock, systemClock } from './clock.ts';

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe.each<[string, Clock]>([
  ['system clock', systemClock],
  ['manual clock', new ManualClock()],
])('%s', (name, clock) => {
  const pass = async (ms: number): Promise<void> => {
    if (clock instanceof ManualClock) await clock.advance(ms);
  };

  it('sleeps, and leaves no listener behind', async () => {
    const { signal } = new AbortController();
    const slept = clock.sleep(5, signal);
    expect(listeners(signal)).toBe(1);
    await pass(5);
    await slept;
    expect(listeners(signal)).toBe(0);
  });

  it('wakes up with the reason of an abort, and leaves neither listener nor timer behind', async () => {
    const controller = new AbortController();
    const slept = clock.sleep(3_600_000, controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(slept).rejects.toBe(reason);
    expect(listeners(controller.signal)).toBe(0);
    if (clock instanceof ManualClock) expect(clock.pendingTimers).toBe(0);
  });

  it('does not begin to sleep on an aborted signal', async () => {
    const reason = new Error('before');
    await expect(clock.sleep(3_600_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('takes a wait that is no number for a bug, because Node would not wait at all', () => {
    expect(() => clock.setTimer(Number.NaN, () => undefined)).toThrow('BUG: a timer of NaN milliseconds');
  });

  it('does not fire a cancelled timer', async () => {
    const fired: string[] = [];
    clock.setTimer(1, () => fired.push('cancelled'))();
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.setTimer(2, () => {
      fired.push('kept');
      resolve();
    });
    await pass(2);
    await promise;
    expect(fired).toEqual(['kept']);
  });

  it(`tells time (${name})`, () => {
    expect(clock.now()).toBeGreaterThan(Date.UTC(2025));
    const before = clock.monotonicMs();
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before);
  });
});

describe('system clock', () => {
  it('does not fire a timer beyond 24 days at once', async () => {
    let fired = false;
    const cancel = systemClock.setTimer(2 ** 40, () => {
      fired = true;
    });
    await systemClock.sleep(20, new AbortController().signal);
    cancel();
    expect(fired).toBe(false);
  });
});

describe('manual clock', () => {
  it('fires timers in the order of their due times, each at its time, those set on the way too', async () => {
    const clock = new ManualClock(1_000);
    const fired: [string, number][] = [];
    clock.setTimer(30, () => fired.push(['late', clock.now()]));
    clock.setTimer(10, () => {
      fired.push(['early', clock.now()]);
      clock.setTimer(5, () => fired.push(['nested', clock.now()]));
    });
    expect(clock.nextTimerMs).toBe(10);
    await clock.advance(29);
    expect(fired).toEqual([
      ['early', 1_010],
      ['nested', 1_015],
    ]);
    expect([clock.now(), clock.monotonicMs(), clock.nextTimerMs]).toEqual([1_029, 29, 1]);
    await clock.advance(1);
    expect(fired).toHaveLength(3);
    expect([clock.pendingTimers, clock.nextTimerMs]).toEqual([0, undefined]);
  });

  it('lets what a timer woke go on before time does', async () => {
    const clock = new ManualClock(0);
    const { signal } = new AbortController();
    const times: number[] = [];
    const loop = (async () => {
      for (let turn = 0; turn < 3; turn += 1) {
        await clock.sleep(10, signal);
        times.push(clock.now());
      }
    })();
    await clock.advance(100);
    await loop;
    expect(times).toEqual([10, 20, 30]);
  });
});
