import { expect, test } from 'vitest';
import { NodeCounts } from './node-counts.ts';

test('it counts the pods of each node, and those that are on none are on none', () => {
  const counts = new NodeCounts([3, -1, 0, 3]);
  expect([...counts]).toEqual([
    [3, 2],
    [0, 1],
  ]);
  expect([0, 1, 3, -1].map((index) => counts.on(index))).toEqual([1, 0, 2, 0]);
});
