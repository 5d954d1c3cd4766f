import { describe, expect, it } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { UrgentBackoff } from './urgent-backoff.ts';

const create = (clock: ManualClock, random = (): number => 1): UrgentBackoff => new UrgentBackoff({ clock, random });
const take = (backoff: UrgentBackoff, count: number): number[] => Array.from({ length: count }, () => backoff.next({}));

/** When attempts begin within 30 s that are refused as soon as they are made, in milliseconds. */
function attempts(random: () => number): number[] {
  const backoff = create(new ManualClock(), random);
  const begins = [0];
  for (let atMs = backoff.next({}); atMs < 30_000; atMs += backoff.next({})) begins.push(atMs);
  return begins;
}

describe('the pauses between attempts that are refused at once', () => {
  it('let one soon follow the first, and then come within two seconds, whatever chance says', () => {
    expect(
      take(
        create(new ManualClock(), () => 1),
        5,
      ),
    ).toEqual([300, 1940, 1943, 1943, 1943]);
    expect(
      take(
        create(new ManualClock(), () => 0),
        5,
      ),
    ).toEqual([0, 0, 1758, 1758, 1758]);
  });

  it('add up to no more than 20 attempts in 30 s from one node, whatever chance says', () => {
    const seed = 20_261_129;
    const random = new SeededRandom(seed);
    const counts = Array.from({ length: 200 }, () => attempts(random.next).length);
    const mean = counts.reduce((sum, count) => sum + count) / counts.length;
    expect([seed, mean >= 18 && mean <= 19, Math.max(...counts) <= 20]).toEqual([seed, true, true]);
    expect([0, 1].map((always) => attempts(() => always).length)).toEqual([20, 17]);
  });

  it('spread a thousand nodes that began in the same instant: hardly more than 600 attempts a second', () => {
    const seed = 20_261_130;
    const random = new SeededRandom(seed);
    const all = Array.from({ length: 1000 }, () => attempts(random.next)).flat();
    const busiest = Array.from(
      { length: 250 },
      (_, tenth) => all.filter((atMs) => atMs >= 4000 + tenth * 100 && atMs < 5000 + tenth * 100).length,
    );
    expect([seed, Math.max(...busiest) <= 650]).toEqual([seed, true]);
  });

  it('grow after two and a half minutes, and never shrink', async () => {
    const clock = new ManualClock();
    const backoff = create(clock);
    expect(take(backoff, 3)).toEqual([300, 1940, 1943]);
    await clock.advance(150_000);
    expect(take(backoff, 7)).toEqual([2943, 3943, 5943, 9943, 17_943, 31_943, 31_943]);
  });
});

it('a server that asks for minutes gets two seconds', () => {
  const backoff = create(new ManualClock());
  expect([1, 2].map(() => backoff.next({ retryAfterMs: 600_000 }))).toEqual([1943, 1943]);
});

it('what only an operator can change is not hammered from the start', () => {
  const backoff = create(new ManualClock());
  expect([1, 2, 3].map(() => backoff.next({ isHopeless: true }))).toEqual([1000, 2000, 4000]);
});
