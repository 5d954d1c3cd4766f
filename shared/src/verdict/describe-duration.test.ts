import { expect, test } from 'vitest';
import { describeDuration } from './describe-duration.ts';

test('a duration is told in the two largest units that matter', () => {
  const f = (ms: number, expected: string): void => expect(describeDuration(ms)).toBe(expected);
  f(-5, '0 s');
  f(0, '0 s');
  f(940, '0.9 s');
  f(9_949, '9.9 s');
  f(9_960, '10 s');
  f(71_000, '71 s');
  f(99_600, '1 min 40 s');
  f(148_000, '2 min 28 s');
  f(120_000, '2 min');
  f(3_599_900, '1 h');
  f(11_100_000, '3 h 5 min');
  f(187_200_000, '2 d 4 h');
});
