/** A real kube-apiserver's objects: what the evictor keeps of them is the same, whichever of the two forms they were read in. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { feedReader } from '@castai/evictor/view/feed-reader.ts';
import { VIEW_FEEDS, type ViewFeed } from '@castai/evictor/view/view-feeds.ts';
import { viewInterners } from '@castai/evictor/view/view-interners.ts';
import { createTables } from '@castai/evictor/view/view-tables.ts';
import type { ObjectReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import { type SeededCluster, startSeededCluster } from '../cluster/seeded-cluster.ts';

const SEED = Date.now() % 1_000_000;

let seeded: SeededCluster;
const { signal } = new AbortController();

beforeAll(async () => {
  seeded = await startSeededCluster({ seed: SEED, nodes: 12, pods: 300 });
});

afterAll(() => seeded?.stop());

async function rowsOf({ name, path, read }: ViewFeed, reader: ObjectReader | undefined): Promise<unknown[]> {
  const tables = createTables(() => undefined);
  const interners = viewInterners();
  for (let continueToken = ''; ;) {
    const page = await seeded.kube.stream.listPage({ path, limit: 100, continueToken, reader }, signal);
    for await (const items of page.items) for (const { object } of items) read(object, interners)?.storeIn(tables);
    continueToken = page.end().continueToken;
    if (continueToken === '') return tables[name].rows();
  }
}

test('every collection gives the same rows', async () => {
  const filled: string[] = [];
  for (const feed of VIEW_FEEDS) {
    const rows = await rowsOf(feed, undefined);
    expect([feed.name, await rowsOf(feed, feedReader(feed))]).toEqual([feed.name, rows]);
    if (rows.length > 0) filled.push(feed.name);
  }
  expect(filled).toEqual(
    expect.arrayContaining(['nodes', 'pods', 'budgets', 'replicaSets', 'statefulSets', 'jobs', 'claims', 'namespaces']),
  );
});
