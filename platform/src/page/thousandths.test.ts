import { expect, test } from 'vitest';
import { thousandths } from './thousandths.ts';

test('what drifted is rounded to a thousandth, and nothing is left of what went again', () => {
  expect([0.1 + 0.2, 1.23456, 0.1 + 0.2 - 0.3, -0.0001].map(thousandths)).toEqual([0.3, 1.235, 0, 0]);
});
