import { expect, test } from 'vitest';
import { pod } from '../testing/objects.ts';
import { stateOf } from '../testing/state-of.ts';
import { gatherAlike } from './alike-pods.ts';

test('pods are alike that no selector tells apart, wherever they are and whether or not they end', () => {
  const ending = pod('d', 'n', { app: 'web' });
  const objects = [
    pod('a', 'n', { app: 'web' }),
    pod('b', 'n', { app: 'web' }),
    pod('c', 'n', { app: 'web', namespace: 'other' }),
    { ...ending, metadata: { ...ending.metadata, deletionTimestamp: '2026-06-01T00:00:00Z' } },
    pod('e', 'n', { app: 'db' }),
  ];
  const [a, b, c, d, e] = stateOf(objects).pods.map((one) => [one] as const);
  if (!a || !b || !c || !d || !e) throw new Error('a pod is missing');
  const index = gatherAlike([
    [0, a],
    [7, [...b, ...c, ...d, ...e]],
    [-1, a],
  ]);
  const web = index.selectedBy([{ key: 'app', operator: 'In', values: ['web'] }]);
  expect(web.map(({ namespace, staying, ending: over }) => [namespace, staying, over])).toEqual([
    ['shop', [0, 7, -1], [7]],
    ['other', [7], []],
  ]);
  expect(index.selectedBy([]).length).toBe(3);
});
