import { expect, test } from 'vitest';
import { type SampleObject, asCreateBody, sampleCluster } from './sample-cluster.ts';

const SMALL = { seed: 7, nodes: 5, pods: 60 };

function count(objects: Iterable<SampleObject>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of objects) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

test('the same seed gives the same objects and another seed does not', () => {
  const objects = [...sampleCluster(SMALL)];
  expect([...sampleCluster(SMALL)]).toEqual(objects);
  expect([...sampleCluster({ ...SMALL, seed: 8 })]).not.toEqual(objects);
});

test('there are exactly as many pods and nodes as asked for, and something of every kind', () => {
  const counts = count(sampleCluster(SMALL));
  expect(counts).toMatchObject({ Node: 5, CSINode: 5, Pod: 60, NodePool: 2, CustomResourceDefinition: 2 });
  expect(counts['ReplicaSet']).toBe(3 * (counts['Deployment'] ?? 0));
  expect(count(sampleCluster({ seed: 1, nodes: 1, pods: 0 }))).not.toHaveProperty('Pod');
  expect(Object.keys(counts).sort()).toEqual(
    [
      ['CSINode', 'ClusterRole', 'ClusterRoleBinding', 'ConfigMap', 'CronJob', 'CustomResourceDefinition'],
      ['DaemonSet', 'Deployment', 'Event', 'HorizontalPodAutoscaler', 'Ingress', 'Job', 'LimitRange', 'Namespace'],
      ['NetworkPolicy', 'Node', 'NodeClaim', 'NodePool', 'PersistentVolume', 'PersistentVolumeClaim', 'Pod'],
      ['PodDisruptionBudget', 'ReplicaSet', 'ReplicationController', 'ResourceQuota', 'Role', 'RoleBinding'],
      ['Service', 'StatefulSet', 'StorageClass'],
    ].flat(),
  );
});

test('there are as many other objects as asked for, and what comes without asking stays as it is', () => {
  const usual = [...sampleCluster(SMALL)];
  const more = [...sampleCluster({ ...SMALL, others: 300 })];
  const counts = count(more);
  expect(more.length - (counts['Pod'] ?? 0) - (counts['Node'] ?? 0)).toBe(300);
  expect(more.slice(0, usual.length)).toEqual(usual);
  expect(count(more.slice(usual.length))).toEqual({ ConfigMap: 71, Job: 71, ReplicaSet: 71 });
  expect([...sampleCluster({ ...SMALL, others: 10 })]).toEqual(usual);
});

test('deployments say which neighbours their pods want where that is asked for, and nothing else is different', () => {
  const asked = [...sampleCluster({ seed: 1, nodes: 10, pods: 400, hasNeighbourRules: true })];
  const pods = asked.filter(({ kind }) => kind === 'Pod').map(({ spec }) => spec as Record<string, unknown>);
  const share = (field: string): number => pods.filter((spec) => field in spec).length / pods.length;
  expect([share('affinity'), share('topologySpreadConstraints')].map((one) => Math.round(one * 10) / 10)).toEqual([
    0.1, 0.3,
  ]);
  const plain = [...sampleCluster({ seed: 1, nodes: 10, pods: 400 })];
  expect(asked.map(({ metadata }) => metadata.name)).toEqual(plain.map(({ metadata }) => metadata.name));
});

test.each([0, 300])('names and uids are unique and every owner comes before what it owns: others %d', (others) => {
  const uids = new Set<string | undefined>();
  const names = new Set<string>();
  for (const { kind, metadata } of sampleCluster({ ...SMALL, others })) {
    for (const owner of metadata.ownerReferences ?? []) expect(uids).toContain(owner.uid);
    const name = `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
    expect(names).not.toContain(name);
    expect(uids).not.toContain(metadata.uid);
    names.add(name);
    uids.add(metadata.uid);
  }
});

test('no two of thousands of pods that one daemon set made have the same name', () => {
  const names: string[] = [];
  for (const { kind, metadata } of sampleCluster({ seed: 1, nodes: 2_000, pods: 20_000 })) {
    if (kind === 'StatefulSet') break;
    if (kind === 'Pod') names.push(metadata.name);
  }
  expect([names.length, new Set(names).size]).toEqual([4_000, 4_000]);
});

test('pods and nodes have the sizes of stored ones', () => {
  const objects = [...sampleCluster({ seed: 1, nodes: 20, pods: 300 })];
  const pods = objects.filter(({ kind }) => kind === 'Pod');
  const total = pods.reduce((sum, pod) => sum + bytes(pod), 0);
  const share = (part: (pod: SampleObject) => unknown) => pods.reduce((sum, pod) => sum + bytes(part(pod)), 0) / total;
  expect(total / pods.length).toBeGreaterThan(8200);
  expect(total / pods.length).toBeLessThan(8700);
  expect(share((pod) => pod.metadata.managedFields)).toBeCloseTo(0.37, 1);
  expect(share((pod) => pod['status'])).toBeCloseTo(0.24, 1);
  for (const node of objects.filter(({ kind }) => kind === 'Node')) {
    expect(bytes(node)).toBeGreaterThan(14_000);
    expect(bytes(node)).toBeLessThan(15_000);
  }
});

test('a create body has nothing that only the server may set', () => {
  for (const object of sampleCluster({ seed: 1, nodes: 1, pods: 1 })) {
    const body = asCreateBody(object);
    expect(body).not.toHaveProperty('status');
    const serverSet = ['uid', 'resourceVersion', 'creationTimestamp', 'generation', 'managedFields'];
    for (const field of serverSet) expect(body.metadata).not.toHaveProperty(field);
    expect(body.metadata.name).toBe(object.metadata.name);
  }
});
