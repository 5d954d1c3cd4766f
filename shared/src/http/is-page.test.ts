import { expect, it } from 'vitest';
import { isPage } from './is-page.ts';

it('tells a page from what an API answers', () => {
  expect(['text/html', 'Text/HTML; charset=utf-8'].map(isPage)).toEqual([true, true]);
  expect([undefined, '', 'application/json', 'text/plain', 'text/html5'].map(isPage)).toEqual(Array(5).fill(false));
});
