import { expect, test } from 'vitest';
import { describeMoney } from './describe-money.ts';

const saved = (perHour: number | null, more: { currency?: string; unpriced?: number } = {}): string =>
  describeMoney({ cores: 4, gibibytes: 16, perHour, currency: 'EUR', unpriced: 0, ...more });

test('money is told by the hour and the month, and what has no price is told to have none', () => {
  expect(saved(1.537)).toBe('1.54 EUR an hour, 1,122 a month');
  expect(saved(1.5, { unpriced: 2 })).toBe('at least 1.50 EUR an hour, 1,095 a month; 2 nodes have no price');
  expect(saved(1.5, { unpriced: 1 })).toBe('at least 1.50 EUR an hour, 1,095 a month; 1 node has no price');
  expect(saved(null, { unpriced: 2 })).toBe('not known: these nodes have no price');
  expect(saved(null, { currency: '' })).toBe('not known: no price list');
  expect(saved(0)).toBe('0.00 EUR an hour, 0 a month');
});
