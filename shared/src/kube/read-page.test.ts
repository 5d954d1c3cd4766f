import { expect, test } from 'vitest';
import { readPage } from './read-page.ts';

test('a page has items and says where the next one begins; an empty list may be null', () => {
  const [one, other] = [{ metadata: { name: 'web', namespace: 'shop', uid: 'u1' } }, { metadata: { name: 'web' } }];
  const page = (...items: readonly unknown[]) =>
    readPage({ kind: 'PodList', metadata: { continue: 'next' }, items: [...items] });
  expect(page(one, other)).toEqual({ items: [one, other], first: 'u1', continueToken: 'next' });
  expect([page(other).first, page(1).first]).toEqual(['/web', '']);
  const nothing = { items: [], first: '', continueToken: '' };
  expect(readPage({ kind: 'PodList', metadata: {}, items: null })).toEqual(nothing);
});

test('what is no list never says that nothing is there', () => {
  for (const answer of [
    {},
    { items: null },
    { items: [] },
    { kind: '', items: [] },
    { items: {} },
    { kind: 'PodList' },
    { kind: 'Status', status: 'Failure' },
  ]) {
    expect(() => readPage(answer)).toThrow('something that is no list');
  }
});
