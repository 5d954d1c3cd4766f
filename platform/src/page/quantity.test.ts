import { expect, test } from 'vitest';
import { quantity } from './quantity.ts';

test.each([
  ['100m', 0.1],
  ['1', 1],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['2Gi', 2 * 2 ** 30],
  ['128Mi', 128 * 2 ** 20],
  ['16133252Ki', 16_133_252 * 1024],
  ['1e3', 1000],
  ['5k', 5000],
  ['1E', 1e18],
  ['250000000n', 0.25],
  [4, 4],
  ['', 0],
  ['much', 0],
  ['1mi', 0],
  [undefined, 0],
  [{}, 0],
])('%j is %d', (value, expected) => {
  expect(quantity(value)).toBeCloseTo(expected, 9);
});
