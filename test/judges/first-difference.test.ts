import { expect, test } from 'vitest';
import { firstDifference } from './first-difference.ts';

test('names the place of the first difference, or nothing', () => {
  const f = (here: unknown, there: unknown, expected: string | undefined): void => {
    expect(firstDifference(here, there)).toBe(expected);
  };
  f({ a: [1, { b: null }] }, { a: [1, { b: null }] }, undefined);
  f({ a: 1, b: 2 }, { b: 2, a: 1 }, undefined);
  f({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, 'a[1].b: 2 here, 3 there');
  f({ a: { b: 'x' } }, { a: {} }, 'a.b: "x" here, nothing there');
  f({}, { a: 1 }, 'a: nothing here, 1 there');
  f({ a: [] }, { a: {} }, 'a: [] here, {} there');
  f(1, 2, 'the whole: 1 here, 2 there');
  f('x'.repeat(200), 'y', `the whole: "${'x'.repeat(119)}… here, "y" there`);
});
