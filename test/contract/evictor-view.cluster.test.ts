/** A real kube-apiserver's objects: what the evictor keeps of them is the same, whichever of the two forms they were read in. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { feedReader } from '@castai/evictor/view/feed-reader.ts';
import { podInterners, VIEW_FEEDS, type ViewFeed } from '@castai/evictor/view/view-feeds.ts';
import { createTables } from '@castai/evictor/view/view-tables.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import { connectKube, type KubeConnection } from '@castai/shared/kube/connect-kube.ts';
import type { ObjectReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { seedCluster } from '../cluster/seed.ts';

const SEED = Date.now() % 1_000_000;

let cluster: Cluster;
let kube: KubeConnection;
const { signal } = new AbortController();

beforeAll(async () => {
  console.log(`seed ${String(SEED)}`);
  cluster = await startCluster({ onProgress: console.log });
  await seedCluster(cluster, { seed: SEED, nodes: 12, pods: 300 });
  kube = await connectKube({
    config: { kubeconfig: cluster.kubeconfig, serviceAccountDir: '' },
    environment: {},
    clock: systemClock,
    userAgent: 'test',
    secrets: new KnownSecrets(),
  });
});

afterAll(async () => {
  await kube?.close();
  await cluster?.stop();
});

async function rowsOf({ name, path, read }: ViewFeed, reader: ObjectReader | undefined): Promise<unknown[]> {
  const tables = createTables(() => undefined);
  const interners = podInterners();
  for (let continueToken = ''; ;) {
    const page = await kube.stream.listPage({ path, limit: 100, continueToken, reader }, signal);
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
