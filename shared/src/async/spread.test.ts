import { expect, it } from 'vitest';
import { spread } from './spread.ts';

it('a spread time is shorter or longer by up to its share', () => {
  const f = (ms: number, share: number, random: number, expected: number): void => {
    expect(spread(ms, share, () => random)).toBeCloseTo(expected, 6);
  };
  f(1000, 0.1, 0, 900);
  f(1000, 0.1, 0.5, 1000);
  f(1000, 0.1, 0.999_999_999, 1100);
  f(30_000, 0.5, 0.25, 22_500);
  f(1000, 0, 0.7, 1000);
});
