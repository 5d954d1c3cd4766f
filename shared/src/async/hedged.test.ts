import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { hedged } from './hedged.ts';

type Plan = readonly [ms: number, result: 'done' | 'lost' | 'refused'];

/** Runs work whose attempts come to this, the last for all that follow, and gives what came of it and when. */
async function run(...plan: readonly Plan[]) {
  const clock = new ManualClock();
  const stop = new AbortController();
  let begun = 0;
  let ended = 0;
  let late = 0;
  const hedge = {
    clock,
    againMs: 2000,
    ms: 20_000,
    overdue: () => new Error('overdue'),
    isAnswer: (error: unknown) => error instanceof Error && error.message === 'refused',
    onLate: () => (late += 1),
  };
  const work = hedged(
    hedge,
    async (signal) => {
      const number = begun++;
      signal.addEventListener('abort', () => (ended += 1), { once: true });
      const [ms, result] = plan[Math.min(number, plan.length - 1)] ?? [0, 'done'];
      await clock.sleep(ms, signal);
      if (result !== 'done') throw new Error(result);
      return number;
    },
    stop.signal,
  );
  const came = work.then(
    (number) => `#${String(number)} at ${String(clock.monotonicMs())}`,
    (error: unknown) => `${error instanceof Error ? error.message : ''} at ${String(clock.monotonicMs())}`,
  );
  await clock.advance(30_000);
  return { came: await came, begun, ended, late, timers: clock.pendingTimers };
}

describe('work whose answer may be late', () => {
  it('is done once where the answer is prompt', async () => {
    expect(await run([100, 'done'])).toEqual({ came: '#0 at 100', begun: 1, ended: 1, late: 0, timers: 0 });
  });

  it('is done by the first attempt where every answer takes longer than the pause, and the others end', async () => {
    expect(await run([5000, 'done'])).toEqual({ came: '#0 at 5000', begun: 3, ended: 3, late: 2, timers: 0 });
  });

  it('is done by a later attempt where the first was lost on the way', async () => {
    expect(await run([Infinity, 'done'], [100, 'done'])).toMatchObject({ came: '#1 at 2100', begun: 2, timers: 0 });
    expect(await run([2500, 'lost'], [1000, 'done'])).toMatchObject({ came: '#1 at 3000', begun: 2 });
  });

  it('is refused as soon as one attempt is, and failed at once where the only one that runs was lost', async () => {
    expect(await run([3000, 'refused'], [Infinity, 'done'])).toMatchObject({ came: 'refused at 3000', begun: 2 });
    expect(await run([100, 'lost'])).toMatchObject({ came: 'lost at 100', begun: 1, timers: 0 });
  });

  it('is given up in the end', async () => {
    expect(await run([Infinity, 'done'])).toMatchObject({ came: 'overdue at 20000', begun: 10, ended: 10, timers: 0 });
  });
});
