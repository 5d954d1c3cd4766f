import { expect, test } from 'vitest';
import { compareText } from './compare-text.ts';

test('text is sorted by code unit, whatever the language of the machine', () => {
  expect(['b', 'a', 'B', 'ä', 'a', ''].toSorted(compareText)).toEqual(['', 'B', 'a', 'a', 'b', 'ä']);
});
