import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { describe, expect, it } from 'vitest';
import { LoopPace } from './loop-pace.ts';
import { type DueName, DUE_NAMES, type Pace } from './loop-signals.ts';

const MINUTE = 60_000;
const never = new AbortController().signal;

function paceWith(random: number, clusterPollMs = 5 * MINUTE): { pace: LoopPace; clock: ManualClock } {
  const clock = new ManualClock();
  return { clock, pace: new LoopPace({ clusterPollMs, filesPollMs: MINUTE, clock, random: () => random }) };
}

describe('pace of the loop', () => {
  it('has every pace between these bounds', () => {
    const table: Record<Pace, [leastMs: number, mostMs: number]> = {
      clusterPoll: [4.5 * MINUTE, 5.5 * MINUTE],
      confirm: [27_000, 33_000],
      kubeBackoff: [0, 1_000],
      filesPoll: [MINUTE, MINUTE],
      readBackoff: [0, 6_000],
      reread: [60 * MINUTE, 60 * MINUTE],
      spread: [0, 10_000],
      leaseTaken: [MINUTE, 2 * MINUTE],
      sendBackoff: [0, 1_000],
      slow: [30_000, 45_000],
      now: [0, 0],
      renewal: [20_000, 20_000],
    };
    for (const [pace, bounds] of Object.entries(table)) {
      const drawn = [0, 1].map((random) => paceWith(random).pace.schedule('attempt', pace as Pace, 0));
      expect([pace, drawn.map(Math.round)]).toEqual([pace, bounds]);
    }
  });

  it('is as quick as the looks at the cluster where those are quicker', () => {
    const { pace } = paceWith(1, 4_000);
    const drawn = (['confirm', 'spread', 'leaseTaken'] as const).map((name) => pace.schedule('attempt', name, 0));
    expect(drawn.map(Math.round)).toEqual([4_400, 4_000, 8_000]);
  });

  it('grows with trouble up to five minutes, for each kind of trouble on its own, from the wish of a server on', () => {
    const { pace } = paceWith(1);
    const draw = (name: Pace, times: number, retryAfterMs = 0): number[] =>
      Array.from({ length: times }, () => pace.schedule('attempt', name, retryAfterMs));
    expect(draw('kubeBackoff', 10)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300].map((seconds) => seconds * 1000));
    expect(draw('readBackoff', 7)).toEqual([6, 12, 24, 48, 96, 192, 300].map((seconds) => seconds * 1000));
    expect(draw('sendBackoff', 3, 30_000)).toEqual([31_000, 32_000, 34_000]);
  });

  it('forgets trouble after a stretch of health: with the files at once, with the API server after ten minutes', async () => {
    const { pace, clock } = paceWith(1);
    const afterHealth = async (name: Pace, what: 'cluster' | 'files' | 'delivery', ms: number): Promise<number> => {
      for (let failure = 0; failure < 3; failure += 1) pace.schedule('attempt', name, 0);
      pace.settled(what);
      await clock.advance(ms);
      return pace.schedule('attempt', name, 0);
    };
    expect(await afterHealth('readBackoff', 'files', 1)).toBe(6_000);
    expect(await afterHealth('sendBackoff', 'delivery', MINUTE - 1)).toBe(8_000);
    expect(await afterHealth('kubeBackoff', 'cluster', 10 * MINUTE)).toBe(1_000);
  });

  it('finds everything due at the start, and then what its time has come for', async () => {
    const { pace, clock } = paceWith(0);
    expect([...pace.due]).toEqual([...DUE_NAMES]);
    for (const name of DUE_NAMES) pace.schedule(name, name === 'attempt' ? 'renewal' : 'filesPoll', 0);
    expect([...pace.due]).toEqual([]);
    await clock.advance(20_000);
    expect([[...pace.due], pace.msUntil('attempt'), pace.msUntil('files')]).toEqual([['attempt'], 0, 40_000]);
  });

  it('sleeps until the first of what matters is due, and never not at all', async () => {
    const f = async (names: readonly DueName[], ms: number): Promise<void> => {
      const { pace, clock } = paceWith(0);
      pace.schedule('cluster', 'filesPoll', 0);
      pace.schedule('attempt', 'renewal', 0);
      let isWoken = false;
      void pace.untilDue(names, never).then(() => (isWoken = true));
      await clock.advance(ms - 1);
      expect(isWoken).toBe(false);
      await clock.advance(1);
      expect(isWoken).toBe(true);
    };
    await f(['cluster'], 60_000);
    await f(['cluster', 'attempt'], 20_000);
    await f(['files'], 1);
  });

  it('tries again what a person has to correct never within half a minute, and after two and a half at most', async () => {
    const f = (random: number, expected: readonly number[], retryAfterMs = 0): void => {
      const { pace } = paceWith(random);
      expect(expected.map(() => pace.schedule('attempt', 'slow', retryAfterMs))).toEqual(expected);
    };
    f(0, [30_000, 30_000, 30_000]);
    f(1, [45_000, 60_000, 90_000, 150_000, 150_000]);
    f(1, [315_000], 300_000);
    const { pace, clock } = paceWith(1);
    for (let times = 0; times < 5; times += 1) pace.schedule('attempt', 'slow', 0);
    pace.settled('delivery');
    await clock.advance(1);
    expect(pace.schedule('attempt', 'slow', 0)).toBe(45_000);
  });

  it('makes something due at once, for whoever waits for it', async () => {
    const { pace, clock } = paceWith(0);
    pace.schedule('attempt', 'slow', 0);
    let isWoken = false;
    void pace.untilDue(['attempt'], never).then(() => (isWoken = true));
    pace.hasten('attempt');
    await clock.advance(0);
    expect([isWoken, pace.due.has('attempt')]).toEqual([true, true]);
  });
});
