import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClusterOverview } from './cluster-overview.ts';
import type { NodeSummary, PodSummary } from './object-summary.ts';

const pod: PodSummary = { namespace: 'a', name: 'p', node: 'n1', phase: 'Running', cpu: 0.1, memory: 100 };
const node: NodeSummary = {
  name: 'n1',
  ready: true,
  unschedulable: false,
  instanceType: 't',
  zone: 'z',
  isSpot: false,
  createdAtMs: 5,
  cpu: 4,
  memory: 1000,
  pods: 110,
  ids: ['aws:///z/i-1', 'n1'],
  mark: undefined,
};

test('pods are summed up by phase, namespace and node', () => {
  const overview = new ClusterOverview();
  overview.setNode('u1', node);
  overview.setPod('p1', pod);
  overview.setPod('p2', { ...pod, namespace: 'b', phase: 'Pending', node: '' });
  overview.setPod('p3', { ...pod, namespace: 'b', phase: 'Succeeded', cpu: 0, memory: 0 });
  expect(overview.phases).toEqual({ total: 3, byPhase: { Running: 1, Pending: 1, Succeeded: 1 } });
  expect(overview.namespaces).toEqual([
    { key: 'b', pods: 2, pending: 1 },
    { key: 'a', pods: 1, pending: 0 },
  ]);
  expect(overview.nodes).toEqual([
    {
      key: 'n1',
      status: 'ready',
      instanceType: 't',
      zone: 'z',
      isSpot: false,
      createdAtMs: 5,
      endsAtMs: undefined,
      pods: 1,
      podsAllocatable: 110,
      cpuRequested: 0.1,
      cpuAllocatable: 4,
      memoryRequested: 100,
      memoryAllocatable: 1000,
    },
  ]);
});

test('a node shows what keeps pods from it, those that need a look first, and one that only pods know is missing', () => {
  const overview = new ClusterOverview();
  overview.setNode('u1', { ...node, unschedulable: true });
  overview.setNode('u2', { ...node, name: 'n2', ready: false });
  overview.setNode('u3', { ...node, name: 'n3', mark: { endsAtMs: 9 } });
  overview.setPod('p1', { ...pod, node: 'n0' });
  expect(overview.nodes.map(({ key, status }) => `${key} ${status}`)).toEqual([
    'n0 missing',
    'n3 interrupted',
    'n2 not ready',
    'n1 cordoned',
  ]);
  expect(overview.nodes[1]?.endsAtMs).toBe(9);
  expect([overview.nodeCalled('aws:///z/i-1')?.name, overview.nodeCalled('n9')?.name]).toEqual(['n1', undefined]);
  expect([overview.uidOfNode('n2'), overview.uidOfNode('n0')]).toEqual(['u2', undefined]);
});

test('after any changes the sums are those of the pods that are left', () => {
  const summary = fc.record({
    namespace: fc.constantFrom('a', 'b'),
    name: fc.constantFrom('x', 'y'),
    node: fc.constantFrom('', 'n1', 'n2'),
    phase: fc.constantFrom('Running', 'Pending', 'Succeeded'),
    cpu: fc.constantFrom(0, 0.1, 2),
    memory: fc.constantFrom(0, 7),
  });
  const change = fc.record({ uid: fc.constantFrom('1', '2', '3'), pod: fc.option(summary, { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const changed = new ClusterOverview();
      const left = new Map<string, PodSummary>();
      for (const { uid, pod: state } of changes) {
        changed.setPod(uid, state);
        if (state) left.set(uid, state);
        else left.delete(uid);
      }
      const fresh = new ClusterOverview();
      for (const [uid, state] of left) fresh.setPod(uid, state);
      expect([changed.phases, changed.namespaces, changed.nodes]).toEqual([
        fresh.phases,
        fresh.namespaces,
        fresh.nodes,
      ]);
    }),
  );
});
