import { expect, it } from 'vitest';
import { deleteItem, type SentItem } from './delta-item.ts';
import { onePerObject } from './one-per-object.ts';

const item = (feedId: number, name: string, uid: string): SentItem =>
  deleteItem(
    { group: '', version: 'v1', kind: 'Pod' },
    { type: 'delete', feedId, uid, namespace: 'shop', name, resourceVersion: '1', observedAtMs: 1 },
  );
const cut = (...items: SentItem[]): string[][] =>
  onePerObject(items).map((portion) => portion.map(({ entry: { feedId, name, uid } }) => `${feedId} ${name} ${uid}`));

it('keeps items of one object apart, in their order, and needs no more documents than that', () => {
  expect(cut()).toEqual([[]]);
  expect(cut(item(1, 'a', 'u1'), item(1, 'b', 'u2'), item(2, 'a', 'u3'))).toEqual([['1 a u1', '1 b u2', '2 a u3']]);
  expect(
    cut(item(1, 'a', 'u1'), item(1, 'a', 'u2'), item(1, 'b', 'u3'), item(1, 'b', 'u4'), item(1, 'a', 'u5')),
  ).toEqual([['1 a u1', '1 b u3'], ['1 a u2', '1 b u4'], ['1 a u5']]);
});
