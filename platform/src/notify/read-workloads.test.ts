import { expect, test } from 'vitest';
import type { FeedRow } from '../store/feed-row.ts';
import { readWorkloads } from './read-workloads.ts';

const FEED: FeedRow = {
  key: 1,
  group: 'apps',
  version: 'v1',
  resource: 'daemonsets',
  kind: 'DaemonSet',
  namespace: '',
  fieldSelector: '',
  scrubVersion: 1,
  resumePoint: '7',
  state: 'SYNCED',
  reason: '',
  mark: 1,
  vintage: 0,
  heldPosition: undefined,
  snapshotUpserts: undefined,
  resync: undefined,
  observedAtMs: undefined,
  clusterUid: 'u',
  feedId: 1,
  staleSinceMs: undefined,
  appliedAtMs: undefined,
};
/** What is read of feeds that hold 250 objects each, whose bodies are their numbers. */
async function read(...feeds: FeedRow[]): Promise<readonly unknown[] | undefined> {
  const numbers = Array.from({ length: 250 }, (_, index) => 1000 + index);
  const store = {
    feeds: async () => feeds,
    objectsAfter: async (_: number, after: string, limit: number) =>
      numbers
        .filter((one) => after === '' || one > Number(after))
        .slice(0, limit)
        .map((one) => ({ uid: String(one), body: Buffer.from(String(one)) })),
  };
  return readWorkloads(store, { id: 'c1', clusterUid: 'u' }, { resource: 'daemonsets', mention: ['1'] });
}

test('all of them are read, in every namespace that is offered', async () => {
  const all = Array.from({ length: 250 }, (_, index) => 1000 + index);
  expect(await read(FEED)).toEqual(all);
  expect(await read({ ...FEED, namespace: 'a' }, { ...FEED, key: 2, namespace: 'b' })).toEqual([...all, ...all]);
});

test('what mentions none of the names is not read', async () => {
  const bodies = ['{"a":"castai-evictor"}', '{"a":"shop"}', 'no JSON'];
  const store = {
    feeds: async () => [{ ...FEED, resource: 'deployments' }],
    objectsAfter: async () => bodies.map((body, index) => ({ uid: String(index), body: Buffer.from(body) })),
  };
  const wanted = { resource: 'deployments', mention: ['cluster-controller', 'evictor'] } as const;
  expect(await readWorkloads(store, { id: 'c1', clusterUid: 'u' }, wanted)).toEqual([{ a: 'castai-evictor' }]);
});

test('what is not up to date is not known, nor what was never offered', async () => {
  expect(await read()).toBe(undefined);
  expect(await read({ ...FEED, resource: 'deployments' })).toBe(undefined);
  expect(await read({ ...FEED, group: 'example.com' })).toBe(undefined);
  expect(await read({ ...FEED, clusterUid: 'the one before' })).toBe(undefined);
  expect(await read({ ...FEED, feedId: undefined })).toBe(undefined);
  expect(await read({ ...FEED, snapshotUpserts: 3 })).toBe(undefined);
  expect(await read(FEED, { ...FEED, key: 2, state: 'DEGRADED' })).toBe(undefined);
});
