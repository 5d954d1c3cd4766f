import { expect, test } from 'vitest';
import { readAll } from './read-cluster.ts';

const { signal } = new AbortController();

test('a collection is read page by page, and what the view leaves out is none of it', async () => {
  const asked: string[] = [];
  const client = {
    get: (path: string) => {
      asked.push(path);
      const isLast = path.includes('continue=next');
      const metadata = isLast ? {} : { continue: 'next' };
      return Promise.resolve({ kind: 'PodList', metadata, items: isLast ? [3] : [1, 2] });
    },
  };
  const view = (item: unknown): unknown => (item === 2 ? undefined : item);
  expect(await readAll(client, { path: '/pods', query: { fieldSelector: 'a=b' }, view }, signal)).toEqual([1, 3]);
  expect(asked).toEqual(['/pods?fieldSelector=a%3Db&limit=100', '/pods?fieldSelector=a%3Db&limit=100&continue=next']);
});

test('pages that go round in a circle are a fault, and not read without end', async () => {
  const client = { get: () => Promise.resolve({ kind: 'PodList', metadata: { continue: 'again' }, items: [] }) };
  await expect(readAll(client, { path: '/pods', view: (item) => item }, signal)).rejects.toMatchObject({
    code: 'KUBE_STREAM_BROKEN',
  });
});
