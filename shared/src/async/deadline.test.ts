import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { withDeadline } from './deadline.ts';

const OVERDUE = new Error('overdue');

function start() {
  const clock = new ManualClock();
  const stop = new AbortController();
  const deadline = { ms: 5000, clock, overdue: () => OVERDUE };
  const expectNothingLeft = (): void => {
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  };
  return { clock, stop, deadline, expectNothingLeft };
}

/** As libraries do: an abort is an error in words of their own. */
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('request canceled'))));

describe('work with a deadline', () => {
  it('gives what comes of it in time', async () => {
    const { clock, stop, deadline, expectNothingLeft } = start();
    const work = withDeadline(deadline, (signal) => clock.sleep(4999, signal).then(() => 'done'), stop.signal);
    await clock.advance(4999);
    expect(await work).toBe('done');
    expectNothingLeft();
  });

  it('is aborted when time is up, and ends with the reason of the deadline', async () => {
    const { clock, stop, deadline, expectNothingLeft } = start();
    const work = withDeadline(deadline, untilAborted, stop.signal);
    await Promise.all([clock.advance(5000), expect(work).rejects.toBe(OVERDUE)]);
    expectNothingLeft();
  });

  it('is aborted with the signal, and ends with the reason of that', async () => {
    const { stop, deadline, expectNothingLeft } = start();
    const reasons: unknown[] = [];
    const work = withDeadline(
      deadline,
      (signal) => {
        signal.addEventListener('abort', () => reasons.push(signal.reason));
        return untilAborted(signal);
      },
      stop.signal,
    );
    const reason = new Error('stopped');
    stop.abort(reason);
    await expect(work).rejects.toBe(reason);
    expect(reasons).toEqual([reason]);
    expectNothingLeft();
  });

  it('ends with its own error when it fails by itself', async () => {
    const { stop, deadline, expectNothingLeft } = start();
    const error = new Error('refused');
    await expect(withDeadline(deadline, () => Promise.reject(error), stop.signal)).rejects.toBe(error);
    expectNothingLeft();
  });

  it('ends only when the work has let go, and what it has by then counts', async () => {
    const { clock, stop, deadline, expectNothingLeft } = start();
    const letGo = Promise.withResolvers<string>();
    let isOver = false;
    const work = withDeadline(deadline, () => letGo.promise, stop.signal).finally(() => (isOver = true));
    await clock.advance(6000);
    expect(isOver).toBe(false);
    letGo.resolve('late');
    expect(await work).toBe('late');
    expectNothingLeft();
  });

  it('does not begin when the signal has aborted already', async () => {
    const { deadline, clock } = start();
    const reason = new Error('stopped');
    let hasBegun = false;
    const work = withDeadline(deadline, async () => void (hasBegun = true), AbortSignal.abort(reason));
    await expect(work).rejects.toBe(reason);
    expect([hasBegun, clock.pendingTimers]).toEqual([false, 0]);
  });
});
