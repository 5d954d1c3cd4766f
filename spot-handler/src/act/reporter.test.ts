import { describe, expect, it } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { Reporter } from './reporter.ts';

const REFUSED: Verdict = { kind: 'UNAUTHORIZED', status: 401, detail: '401', keyChanged: false };
const AWAY: Verdict = { kind: 'UNAVAILABLE', status: 503, detail: '503', retryAfterMs: 60_000 };

/** A reporter whose platform gives these answers, and then takes what it is told. */
function scenario(...answers: readonly Verdict[]) {
  const clock = new ManualClock();
  const left = [...answers];
  let attempts = 0;
  const taken: string[] = [];
  const reporter = new Reporter({
    writer: {
      report: async () => {
        attempts += 1;
        const verdict = left.shift();
        return verdict === undefined ? { is: 'taken' } : { is: 'refused', verdict };
      },
    },
    identity: () => ({ nodeId: 'node-1', providerId: undefined }),
    clock,
    random: () => 0.5,
    observer: { onReported: () => undefined, onReportFailed: () => undefined },
    onTaken: (noticeId) => taken.push(noticeId),
  });
  return { clock, reporter, taken, attempts: () => attempts };
}

describe('reporter', () => {
  it('tells a notice at once when the refused key was replaced while it waits', async () => {
    const { clock, reporter, taken, attempts } = scenario(REFUSED, REFUSED, REFUSED, REFUSED);
    reporter.report('n-1', 'interrupted');
    for (let refusals = 1; refusals <= 4; refusals += 1) {
      await clock.advance(0);
      expect(attempts()).toBe(refusals);
      reporter.keyReplaced();
    }
    await clock.advance(0);
    expect(taken).toEqual(['n-1']);
  });

  it('goes on at the pace of a machine that has seconds left where a firewall refuses, not the platform', async () => {
    const f = async (verdict: Verdict): Promise<number> => {
      const { clock, reporter, attempts } = scenario(...Array.from({ length: 40 }, () => verdict));
      reporter.report('n-1', 'interrupted');
      await clock.advance(30_000);
      return attempts();
    };
    expect(await f({ ...REFUSED, byPlatform: false })).toBeGreaterThan(10);
    expect(await f({ kind: 'REJECTED', byPlatform: false, detail: '400' })).toBeGreaterThan(10);
    expect(await f({ ...REFUSED, byPlatform: true })).toBeLessThan(8);
    expect(await f({ kind: 'REJECTED', byPlatform: true, detail: '400' })).toBeLessThan(8);
  });

  it('keeps a pause that has nothing to do with the key', async () => {
    const { clock, reporter, attempts } = scenario(AWAY);
    reporter.report('n-1', 'interrupted');
    await clock.advance(0);
    reporter.keyReplaced();
    await clock.advance(0);
    expect(attempts()).toBe(1);
  });
});
