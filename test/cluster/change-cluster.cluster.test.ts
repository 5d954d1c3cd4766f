import { expect, test } from 'vitest';
import { type Cluster, startCluster } from './cluster.ts';
import { seedCluster } from './seed.ts';
import { ClusterChanger } from './change-cluster.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';

/** The resourceVersion of every pod, node, deployment and service, by uid. */
async function versions(cluster: Cluster): Promise<Map<string, string>> {
  const paths = ['/api/v1/pods', '/api/v1/nodes', '/apis/apps/v1/deployments', '/apis/apps/v1/replicasets'];
  const lists = await Promise.all(paths.map((path) => cluster.request('GET', path)));
  const items = lists.flatMap((list) => list.items ?? []);
  return new Map(items.map(({ metadata }) => [metadata?.uid ?? '', metadata?.resourceVersion ?? '']));
}

test('changes update, create, delete and re-create objects of a real cluster', async () => {
  await using cluster = await startCluster();
  await seedCluster(cluster, { seed: 3, nodes: 5, pods: 60 });
  const before = await versions(cluster);

  await new ClusterChanger({ client: cluster, random: new SeededRandom(3) }).change(80);

  const after = await versions(cluster);
  const created = [...after.keys()].filter((uid) => !before.has(uid));
  const deleted = [...before.keys()].filter((uid) => !after.has(uid));
  const updated = [...after].filter(([uid, version]) => before.has(uid) && before.get(uid) !== version);
  expect(created.length).toBeGreaterThan(0);
  expect(deleted.length).toBeGreaterThan(0);
  expect(updated.length).toBeGreaterThan(20);

  const kinds = [{ apiVersion: 'v1', kind: 'Pod', resource: 'pods', weight: 1 }];
  const nowhere = { client: cluster, random: new SeededRandom(3), kinds, namespace: 'kube-public' };
  await expect(new ClusterChanger(nowhere).change(1)).rejects.toThrow('no objects to change');
});
