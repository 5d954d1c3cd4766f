import { expect, test } from 'vitest';
import { Regions } from './regions.ts';

/** Neighbours meet: 1 and 2, 2 and 3, and so on, up to 5. */
const reach = { overlap: (a: number, b: number): boolean => Math.abs(a - b) === 1 && Math.max(a, b) <= 5 };

test('groups that meet over others are one region, those that never meet are two', () => {
  const regions = new Regions([[1], [2], [3], [7], [9]], reach);
  expect(new Set([1, 2, 3].map((group) => regions.of(group))).size).toBe(1);
  expect(new Set([1, 7, 9].map((group) => regions.of(group))).size).toBe(3);
});

test('groups that leave a node together are one region, whichever came first', () => {
  const regions = new Regions([[7, 9], [9, 1], [5]], reach);
  expect(new Set([1, 7, 9].map((group) => regions.of(group))).size).toBe(1);
  expect(regions.of(5)).not.toBe(regions.of(1));
});
