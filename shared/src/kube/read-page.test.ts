import { expect, test } from 'vitest';
import { readPage } from './read-page.ts';

test('a page has items and says where the next one begins; an empty list may be null', () => {
  expect(readPage({ kind: 'PodList', metadata: { continue: 'next' }, items: [1] })).toEqual({
    items: [1],
    continueToken: 'next',
  });
  expect(readPage({ kind: 'PodList', metadata: {}, items: null })).toEqual({ items: [], continueToken: '' });
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
