import { expect, test } from 'vitest';
import { objectsOfFeed } from './objects-of-feed.ts';
import type { ObjectBody } from './platform-store.ts';

const made = (count: number): ObjectBody[] =>
  Array.from({ length: count }, (_, index) => ({ uid: String(index).padStart(4, '0'), body: Buffer.from('{}') }));

const storeOf = (objects: readonly ObjectBody[], asked: string[] = []) => ({
  objectsAfter: async (key: number, after: string, limit: number) => {
    asked.push(`${key} ${after}`);
    return objects.filter(({ uid }) => uid > after).slice(0, limit);
  },
});

test.each([0, 1, 199, 200, 201, 450])('of %s objects each comes once, in order', async (count) => {
  const objects = made(count);
  const read: ObjectBody[] = [];
  for await (const object of objectsOfFeed(storeOf(objects), 7)) read.push(object);
  expect(read).toEqual(objects);
});

test('it is read in steps, between which others have their turn, and no further than somebody wants', async () => {
  const asked: string[] = [];
  for await (const { uid } of objectsOfFeed(storeOf(made(450), asked), 7)) {
    if (uid === '0150') setImmediate(() => asked.push('another'));
    if (uid === '0250') break;
  }
  expect(asked).toEqual(['7 ', 'another', '7 0199']);
});
