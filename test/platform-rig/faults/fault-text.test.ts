import { expect, test } from 'vitest';
import { faultText } from './fault-text.ts';

const rule = { id: 'f1', on: [], cluster: undefined, skip: 0, times: undefined, probability: 1 };

test('a fault is told with its values, where it shows, how often, and by what chance', () => {
  expect(faultText({ ...rule, action: { type: 'drop' } })).toBe('f1: drop on any call, until cleared');
  expect(
    faultText({ ...rule, id: 'f2', on: ['batch'], times: 2, probability: 0.5, action: { type: 'delay', ms: 5 } }),
  ).toBe('f2: delay (ms 5) on batch, 2 times, chance 0.5');
});
