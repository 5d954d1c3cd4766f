import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Patience } from './patience.ts';

const MIB = 1024 * 1024;

function start() {
  const clock = new ManualClock();
  const patience = new Patience(clock);
  const attempt = (
    allowedMs: number,
    { tookMs, ok, bytes = MIB }: { tookMs: number; ok: boolean; bytes?: number },
  ): Promise<{ ok: boolean }> =>
    patience.learn({ bytes, allowedMs }, async () => {
      await clock.advance(tookMs);
      return { ok };
    });
  return { patience, attempt };
}

describe('patience', () => {
  it('delivers a body of 1 MiB over a line of 1 KB/s, after six attempts that were cut, and the next one at once (C66)', async () => {
    const { patience, attempt } = start();
    const neededMs = (MIB / 1024) * 1000;
    const given: number[] = [];
    const deliver = async (): Promise<boolean> => {
      const allowedMs = 30_000 + patience.allowMs(MIB);
      given.push(Math.round(allowedMs / 1000));
      return (await attempt(allowedMs, { tookMs: Math.min(allowedMs, neededMs), ok: neededMs <= allowedMs })).ok;
    };
    while (!(await deliver()));
    expect(given).toEqual([62, 94, 158, 286, 542, 1054]);
    expect(await deliver()).toBe(true);
  });

  it('learns nothing from what fails before its time is over, or takes about as long as it may', async () => {
    const { patience, attempt } = start();
    await attempt(1000, { tookMs: 990, ok: false });
    expect(patience.factor).toBe(1);
    await attempt(1000, { tookMs: 1000, ok: false });
    expect(patience.allowMs(MIB)).toBe(64_000);
    await attempt(94_000, { tookMs: 32_000, ok: true });
    expect(patience.factor).toBe(2);
  });

  it('learns nothing from what is quick on any line, and nothing from what any line would have carried in time', async () => {
    const { patience, attempt } = start();
    for (let turn = 0; turn < 3; turn += 1) await attempt(1000, { tookMs: 1000, ok: false });
    // Heartbeats over 1 KB/s: the next large body would have to learn it all again.
    for (let turn = 0; turn < 10; turn += 1) await attempt(30_075, { tookMs: 500, ok: true, bytes: 300 });
    expect(patience.factor).toBe(8);
    // Nobody answers, whatever the line: large bodies would be waited for longer because of it.
    for (let turn = 0; turn < 10; turn += 1) await attempt(30_075, { tookMs: 30_075, ok: false, bytes: 300 });
    expect(patience.factor).toBe(8);
  });

  it('takes an attempt for overdue whose timer has fired, though the finer clock says that a part of a millisecond is left', async () => {
    const { patience, attempt } = start();
    await attempt(1000.7, { tookMs: 999.2, ok: false });
    expect(patience.factor).toBe(2);
  });

  it('is what it was at first when the line is well again, step by step, and never more than 32 times that', async () => {
    const { patience, attempt } = start();
    for (let turn = 0; turn < 10; turn += 1) patience.timedOut();
    const seen: number[] = [];
    for (let turn = 0; turn < 7; turn += 1) {
      seen.push(patience.factor);
      await attempt(9, { tookMs: 1, ok: true });
    }
    expect(seen).toEqual([32, 16, 8, 4, 2, 1, 1]);
  });
});
