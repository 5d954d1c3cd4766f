import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseQuantity } from './parse-quantity.ts';

test.each([
  ['100m', 3, 100],
  ['0.1', 3, 100],
  ['1.1', 3, 1100],
  ['1', 3, 1000],
  ['.5', 3, 500],
  ['1.', 3, 1000],
  ['1e3', 0, 1000],
  ['1E3', 0, 1000],
  ['1E', 0, 1e18],
  ['2Gi', 0, 2 ** 31],
  ['0.5Ki', 0, 512],
  ['16133252Ki', 0, 16_133_252 * 1024],
  ['5k', 0, 5000],
  ['+3', 0, 3],
  ['-3', 0, -3],
  [4, 0, 4],
  [0.25, 3, 250],
])('%j in units of 10^-%d is %d', (value, decimals, expected) => {
  expect(parseQuantity(value, decimals)).toBe(expected);
});

test('what is smaller than a unit counts as one, as the scheduler counts it', () => {
  expect(parseQuantity('1n', 3)).toBe(1);
  expect(parseQuantity('100m')).toBe(1);
  expect(parseQuantity('1500m')).toBe(2);
});

test.each(['', 'much', '1mi', '.', '-', '1e', '1 Gi', '0x10', undefined, null, {}, '1e999999999'])(
  '%j is no quantity',
  (value) => {
    expect(parseQuantity(value)).toBeUndefined();
  },
);

test('thousandths come back as they were written', () => {
  fc.assert(
    fc.property(fc.nat(1e9), (milli) => {
      expect(parseQuantity(`${milli}m`, 3)).toBe(milli);
      expect(parseQuantity(`${Math.floor(milli / 1000)}.${String(milli % 1000).padStart(3, '0')}`, 3)).toBe(milli);
    }),
  );
});
