import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Lifecycle, type Part, type StopSignals } from './lifecycle.ts';

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
const untilDrained: Part = ({ draining }) => aborted(draining);
const untilAborted: Part = ({ aborted: signal }) => aborted(signal);
const start = (): { clock: ManualClock; lifecycle: Lifecycle } => {
  const clock = new ManualClock();
  return { clock, lifecycle: new Lifecycle({ clock, drainMs: 20_000, abortMs: 5_000 }) };
};

describe('lifecycle', () => {
  it('ends well when every part returns after a drain, and leaves no timer behind', async () => {
    const { clock, lifecycle } = start();
    const seen: string[] = [];
    const run = lifecycle.run({
      a: untilDrained,
      b: async (signals: StopSignals) => {
        await aborted(signals.draining);
        seen.push(`aborted ${signals.aborted.aborted}`);
      },
    });
    lifecycle.requestDrain('SIGTERM');
    await run;
    expect(seen).toEqual(['aborted false']);
    expect(lifecycle.draining.reason).toMatchObject({ code: 'ABORTED', message: 'SIGTERM' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('aborts when draining takes longer than its deadline', async () => {
    const { clock, lifecycle } = start();
    const run = lifecycle.run({ slow: untilAborted });
    lifecycle.requestDrain('SIGTERM');
    await clock.advance(19_999);
    expect(lifecycle.aborted.aborted).toBe(false);
    await clock.advance(1);
    await run;
    expect(lifecycle.aborted.reason).toMatchObject({ message: 'draining took longer than 20000 ms' });
  });

  it('aborts when the drain is asked for a second time', async () => {
    const { clock, lifecycle } = start();
    const run = lifecycle.run({ slow: untilAborted });
    lifecycle.requestDrain('SIGTERM');
    lifecycle.requestDrain('SIGTERM');
    await run;
    expect(lifecycle.aborted.reason).toMatchObject({ message: 'SIGTERM, asked again while draining' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('drains too when it is told to abort at once', async () => {
    const { lifecycle } = start();
    const run = lifecycle.run({ a: untilDrained, b: untilAborted });
    lifecycle.requestAbort('out of memory');
    await run;
    expect([lifecycle.draining.aborted, lifecycle.aborted.aborted]).toEqual([true, true]);
  });

  it('drains everything and throws the error when a part fails, also before its first await', async () => {
    for (const failing of [
      () => Promise.reject(new TypeError('boom')),
      () => {
        throw new TypeError('boom');
      },
    ]) {
      const { clock, lifecycle } = start();
      const run = lifecycle.run({ failing, healthy: untilDrained });
      await expect(run).rejects.toMatchObject({ code: 'INTERNAL', message: 'boom' });
      expect(lifecycle.draining.reason).toMatchObject({ message: 'failing ended: boom' });
      expect(lifecycle.aborted.aborted).toBe(false);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('takes a part that returns although nobody told it to for a failure', async () => {
    const { lifecycle } = start();
    const run = lifecycle.run({ quitter: () => Promise.resolve(), healthy: untilDrained });
    await expect(run).rejects.toMatchObject({ code: 'INTERNAL', message: 'quitter ended although nobody told it to' });
  });

  it('does not abort because a second part fails while draining, and throws the first error', async () => {
    const { lifecycle } = start();
    const run = lifecycle.run({
      first: () => Promise.reject(new Error('first')),
      second: async ({ draining }) => {
        await aborted(draining);
        throw new Error('second');
      },
    });
    await expect(run).rejects.toThrow('first');
    expect(lifecycle.aborted.aborted).toBe(false);
  });

  it('does not count a part that ends with the reason of the stop, or with an abort, as failed', async () => {
    const { clock, lifecycle } = start();
    const { signal } = new AbortController();
    const run = lifecycle.run({
      sleeper: ({ draining }) => clock.sleep(1_000_000, AbortSignal.any([draining, signal])),
      fetcher: async ({ draining }) => {
        await aborted(draining);
        throw new DOMException('the request was aborted', 'AbortError');
      },
    });
    lifecycle.requestDrain('SIGTERM');
    await expect(run).resolves.toBeUndefined();
  });

  it('counts an abort that nobody asked for as a failure', async () => {
    const { lifecycle } = start();
    const run = lifecycle.run({ odd: () => Promise.reject(new DOMException('odd', 'AbortError')) });
    await expect(run).rejects.toMatchObject({ code: 'ABORTED', message: 'odd' });
  });

  it('gives up on parts that do not let go after an abort, and names them', async () => {
    const { clock, lifecycle } = start();
    const run = lifecycle.run({ stuck: () => new Promise(() => undefined), fine: untilDrained });
    lifecycle.requestAbort('now');
    await clock.advance(4_999);
    await Promise.all([
      clock.advance(1),
      expect(run).rejects.toMatchObject({
        code: 'INTERNAL',
        message: 'did not stop within 5000 ms after an abort: stuck',
      }),
    ]);
    expect(clock.pendingTimers).toBe(0);
  });
});
