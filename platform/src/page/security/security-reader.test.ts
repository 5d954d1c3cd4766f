import { expect, test } from 'vitest';
import type { FeedRow } from '../../store/feed-row.ts';
import type { ObjectBody } from '../../store/platform-store.ts';
import { SecurityReader } from './security-reader.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

function setUp() {
  const asked: string[] = [];
  const state = { nowMs: 0, isBroken: false };
  const pods = Array.from({ length: 450 }, (_, index): ObjectBody => {
    const body = { status: { containerStatuses: [{ name: 'c', imageID: DIGEST }] } };
    return { uid: String(index).padStart(4, '0'), body: Buffer.from(JSON.stringify(body)) };
  });
  const feed = (key: number, resource: string, feedId?: number): FeedRow =>
    ({ key, group: '', resource, feedId }) as unknown as FeedRow;
  const reader = new SecurityReader({
    store: {
      feeds: async () => [feed(1, 'pods', 1), feed(2, 'pods'), feed(3, 'services', 3)],
      objectsAfter: async (key, after, limit) => {
        asked.push(`${key} ${after}`);
        if (state.isBroken) throw new Error('disk');
        return pods.filter(({ uid }) => uid > after).slice(0, limit);
      },
    },
    now: () => state.nowMs,
  });
  return { reader, asked, state };
}

test('reads the feeds that matter and are offered, in steps, and once for whoever asks within seconds', async () => {
  const { reader, asked, state } = setUp();
  const [one, other] = await Promise.all([reader.picture('c1'), reader.picture('c1')]);
  expect(one).toBe(other);
  expect(one.images.rows).toEqual([{ key: DIGEST, names: [], pods: 450 }]);
  expect(asked).toEqual(['1 ', '1 0199', '1 0399']);
  state.nowMs = 5000;
  expect(await reader.picture('c1')).not.toBe(one);
});

test('asks again at once when the store did not answer, and keeps no more pictures than a few', async () => {
  const { reader, asked, state } = setUp();
  state.isBroken = true;
  await expect(reader.picture('c1')).rejects.toThrow('disk');
  state.isBroken = false;
  expect((await reader.picture('c1')).images.total).toBe(1);
  for (const cluster of ['c2', 'c3', 'c4', 'c5']) await reader.picture(cluster);
  const before = asked.length;
  await reader.picture('c5');
  expect(asked.length).toBe(before);
  await reader.picture('c1');
  expect(asked.length).toBe(before + 3);
});
