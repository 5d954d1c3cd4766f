import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Overlapping } from './overlapping.ts';

interface Answer {
  readonly from: number;
  readonly isAnswer: boolean;
}

/** Attempts that are answered after so many milliseconds each; the last goes for all that follow. */
function start(lateness: readonly number[], failing: readonly number[] = []) {
  const clock = new ManualClock();
  const begun: number[] = [];
  const ended: number[] = [];
  const attempts = new Overlapping<Answer>({
    clock,
    againMs: 1000,
    attemptMs: 20_000,
    isAnswer: ({ isAnswer }) => isAnswer,
    attempt: async (signal) => {
      const number = begun.push(clock.monotonicMs()) - 1;
      signal.addEventListener('abort', () => ended.push(number), { once: true });
      await clock.sleep(lateness[Math.min(number, lateness.length - 1)] ?? 0, signal);
      return { from: number, isAnswer: !failing.includes(number) };
    },
  });
  const stop = new AbortController();
  /** What each of so many calls in a row gets, and when. */
  const calls = async (count: number): Promise<string[]> => {
    const seen: string[] = [];
    const run = async (): Promise<void> => {
      for (let call = 0; call < count; call += 1) {
        const answer = await attempts.next(2000, stop.signal);
        seen.push(`${answer === undefined ? 'none' : `#${String(answer.from)}`} at ${String(clock.monotonicMs())}`);
      }
    };
    const done = run();
    await clock.advance(60_000);
    await done;
    return seen;
  };
  return { clock, begun, ended, attempts, stop, calls };
}

describe('attempts that overlap', () => {
  it('an answer that is prompt costs one attempt', async () => {
    const { begun, calls } = start([100]);
    expect([await calls(2), begun]).toEqual([
      ['#0 at 100', '#1 at 200'],
      [0, 100],
    ]);
  });

  it('answers that all take longer than anybody waits are heard, one for each second', async () => {
    for (const late of [3000, 6000, 19_000]) {
      const { calls } = start([late]);
      const heard = (await calls(late / 1000 + 4)).filter((seen) => !seen.startsWith('none'));
      expect([late, heard.slice(0, 3)]).toEqual([
        late,
        [`#0 at ${String(late)}`, `#1 at ${String(late + 1000)}`, `#2 at ${String(late + 2000)}`],
      ]);
    }
  });

  it('what takes longer than an attempt may is given up, and no more attempts run than fit into that time', async () => {
    const { attempts, begun, ended, clock, stop } = start([Infinity]);
    const run = (async () => {
      for (;;) await attempts.next(2000, stop.signal);
    })();
    await clock.advance(60_000);
    expect(begun.length - ended.length).toBeLessThanOrEqual(20);
    stop.abort(new Error('over'));
    await expect(run).rejects.toThrow('over');
    await clock.advance(0);
    expect([begun.length, clock.pendingTimers]).toEqual([ended.length, 0]);
  });

  it('an answer ends the attempts before it, which could only say what was true earlier', async () => {
    const { calls, ended } = start([5000, 100, 100]);
    expect(await calls(2)).toEqual(['#1 at 1100', '#2 at 1200']);
    expect(ended).toEqual([0]);
  });

  it('an attempt that failed is told, and ends none of those that wait', async () => {
    const { calls, ended } = start([2500, 100, 10_000], [1]);
    expect(await calls(2)).toEqual(['#1 at 1100', '#0 at 2500']);
    expect(ended).toEqual([]);
  });

  it('what is forgotten is not the next answer, whether it had arrived or was under way', async () => {
    const { attempts, begun, ended, clock, stop } = start([2500]);
    const next = async (): Promise<Answer | undefined> => {
      const call = attempts.next(3000, stop.signal);
      await clock.advance(3000);
      return call;
    };
    expect((await next())?.from).toBe(0);
    await clock.advance(600);
    attempts.forget();
    await clock.advance(60_000);
    expect([begun.length, ended.length, clock.pendingTimers]).toEqual([3, 1, 0]);
    expect((await next())?.from).toBe(3);
  });

  it('attempts end with the signal also while nobody waits', async () => {
    const { attempts, clock, stop } = start([10_000]);
    const call = attempts.next(500, stop.signal);
    await clock.advance(500);
    expect(await call).toBeUndefined();
    stop.abort(new Error('over'));
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
    await expect(attempts.next(500, stop.signal)).rejects.toThrow('over');
  });
});
