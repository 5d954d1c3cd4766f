import { expect, test } from 'vitest';
import { readsInTurn, writesInTurn } from './at-once.ts';

const { signal } = new AbortController();

test('sixteen reads are under way at once, whoever asks for them', async () => {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const client = readsInTurn({
    get: (path) => {
      asked.push(path);
      return new Promise((resolve) => answers.push(() => resolve({ path })));
    },
  });
  const paths = Array.from({ length: 20 }, (_, index) => `/pods/${index}`);
  const reads = paths.map((path) => client.get(path, signal));
  expect(asked).toEqual(paths.slice(0, 16));
  answers[3]?.();
  expect(await reads[3]).toEqual({ path: '/pods/3' });
  expect(asked).toEqual(paths.slice(0, 17));
  for (let index = 0; index < paths.length; index += 1) {
    answers[index]?.();
    await reads[index];
  }
  expect(asked).toEqual(paths);
});

test('sixteen changes are under way at once, of whatever kind', async () => {
  let underWay = 0;
  const never = (): Promise<never> => {
    underWay += 1;
    return new Promise(() => undefined);
  };
  const writes = writesInTurn({ patch: never, create: never, delete: never });
  for (let index = 0; index < 10; index += 1) {
    void writes.patch('/p', { contentType: 'application/json-patch+json', body: [] }, signal);
    void writes.create('/p', {}, signal);
    void writes.delete('/p', {}, signal);
  }
  await Promise.resolve();
  expect(underWay).toBe(16);
});
