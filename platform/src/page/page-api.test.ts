import { expect, test } from 'vitest';
import { PageApi } from './page-api.ts';

const api = new PageApi({
  stream: { open: () => undefined },
  sections: { nodes: async (query) => ({ of: query.get('cluster') }), none: async () => undefined },
});
const ask = async (path: string) => api.answer(new URL(path, 'http://page'));

test('a section answers at its address, with what its query asks for, and nobody keeps the answer', async () => {
  expect(await ask('/_page/nodes?cluster=c1')).toEqual({
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: '{"of":"c1"}',
  });
});

test.each([
  '/_page/',
  '/_page/other',
  '/_page/constructor',
  '/_page/__proto__',
  '/page.ts',
  '/sections/',
  '/../page-api.ts',
])('there is nothing at %s', async (path) => {
  expect(await ask(path)).toBeUndefined();
});

test('what a section does not find is an answer, not an error', async () => {
  expect(await ask('/_page/none')).toMatchObject({ status: 200, body: 'null' });
});
