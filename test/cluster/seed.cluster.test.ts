import { expect, test } from 'vitest';
import { startCluster } from './cluster.ts';
import { seedCluster } from './seed.ts';

test('a seeded cluster holds pods with a node, an owner, two managers and a status', async () => {
  await using cluster = await startCluster({ onProgress: console.log });
  const counts = await seedCluster(cluster, { seed: 7, nodes: 6, pods: 120 });
  expect(counts).toMatchObject({ Pod: 120, Node: 6 });

  const pods = await cluster.request('GET', '/api/v1/pods');
  expect(pods.items).toHaveLength(120);
  const replicaSets = await cluster.request('GET', '/apis/apps/v1/replicasets');
  const ownerUids = replicaSets.items?.map((item) => item.metadata?.uid);
  const owned = pods.items?.find(({ metadata }) =>
    JSON.stringify(metadata?.['ownerReferences']).includes('ReplicaSet'),
  );
  expect(owned).toMatchObject({
    metadata: {
      ownerReferences: [{ kind: 'ReplicaSet', uid: expect.toBeOneOf(ownerUids ?? []) }],
      managedFields: [{ manager: 'kube-controller-manager' }, { manager: 'kubelet', subresource: 'status' }],
    },
    spec: { nodeName: expect.any(String) },
    status: { phase: 'Running' },
  });

  const nodes = await cluster.request('GET', '/api/v1/nodes');
  expect(nodes.items).toHaveLength(6);
  for (const node of nodes.items ?? []) {
    expect(node.status).toMatchObject({ images: expect.objectContaining({ length: 50 }) });
    expect(JSON.stringify(node.spec?.['taints'] ?? [])).not.toContain('not-ready');
  }

  // The same number again finds everything there.
  await expect(seedCluster(cluster, { seed: 7, nodes: 6, pods: 120 })).resolves.toEqual(counts);
});
