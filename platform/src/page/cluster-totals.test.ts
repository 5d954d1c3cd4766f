import { expect, test } from 'vitest';
import type { NodeRow } from './cluster-overview.ts';
import { clusterTotals, nodeGroups } from './cluster-totals.ts';

const node: NodeRow = {
  key: 'n1',
  status: 'ready',
  instanceType: 'large',
  zone: '',
  isSpot: false,
  createdAtMs: undefined,
  endsAtMs: undefined,
  pods: 3,
  podsAllocatable: 110,
  cpuRequested: 0.1,
  cpuAllocatable: 4,
  memoryRequested: 10,
  memoryAllocatable: 100,
};
const nodes: readonly NodeRow[] = [
  node,
  { ...node, key: 'n2', isSpot: true, cpuRequested: 0.2 },
  { ...node, key: 'n3', instanceType: 'huge', cpuAllocatable: 64, cpuRequested: 0, memoryRequested: 0 },
  { ...node, key: 'gone', status: 'missing', cpuAllocatable: 0, memoryAllocatable: 0, cpuRequested: 50 },
];

test('a cluster is what its nodes have and what is requested of them; what is asked of unknown nodes is no share of anything', () => {
  expect(clusterTotals(nodes)).toEqual({
    nodes: 3,
    spot: 1,
    idle: 1,
    cpu: { requested: 0.3, allocatable: 72 },
    memory: { requested: 20, allocatable: 300 },
  });
});

test('machine types come with their sums, the largest first', () => {
  expect(nodeGroups(nodes).map(({ key, nodes: count, spot, cpu }) => [key, count, spot, cpu.requested])).toEqual([
    ['huge', 1, 0, 0],
    ['large', 2, 1, 0.3],
  ]);
  expect(nodeGroups([])).toEqual([]);
});
