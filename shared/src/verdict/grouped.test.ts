import { expect, test } from 'vitest';
import { grouped } from './grouped.ts';

test('thousands are told apart by commas, as en-US writes them', () => {
  const f = (value: number, expected: string): void => expect(grouped(value)).toBe(expected);
  f(0, '0');
  f(999, '999');
  f(1_000, '1,000');
  f(12_345, '12,345');
  f(999_999, '999,999');
  f(1_234_567_890, '1,234,567,890');
  f(-1_000, '-1,000');
});

test('digits behind the point are as many as asked for, and stand together', () => {
  const f = (value: number, digits: number, expected: string): void => expect(grouped(value, digits)).toBe(expected);
  f(1.54, 2, '1.54');
  f(0.5, 2, '0.50');
  f(1_234_567.891_2, 4, '1,234,567.8912');
  f(1_120.6, 0, '1,121');
});
