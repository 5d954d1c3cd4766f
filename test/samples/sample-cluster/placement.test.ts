import { expect, test } from 'vitest';
import { sampleCluster } from '../sample-cluster.ts';

interface Body {
  readonly status: { readonly allocatable: { readonly cpu: string; readonly memory: string }; readonly phase?: string };
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly {
      readonly resources: { readonly requests: { readonly cpu: string; readonly memory: string } };
    }[];
  };
}

function sharesOf(nodes: number, pods: number, resource: 'cpu' | 'memory'): number[] {
  // Both in units that differ by the same factor: what nodes have of memory is written in Ki, what pods ask for in Mi.
  const factor = resource === 'cpu' ? 1 : 1024;
  const has = new Map<string, number>();
  const asked = new Map<string, number>();
  for (const object of sampleCluster({ seed: 3, nodes, pods })) {
    const { name } = object.metadata;
    const { status, spec } = object as unknown as Body;
    if (object.kind === 'Node') has.set(name, Number.parseInt(status.allocatable[resource], 10));
    if (object.kind !== 'Pod' || status.phase !== 'Running') continue;
    const milli = spec.containers.reduce(
      (sum, { resources }) => sum + factor * Number.parseInt(resources.requests[resource], 10),
      0,
    );
    asked.set(spec.nodeName ?? '', (asked.get(spec.nodeName ?? '') ?? 0) + milli);
  }
  return [...has].map(([name, milli]) => (asked.get(name) ?? 0) / milli);
}

test.each([
  [50, 1_000],
  [20, 800],
])('of %i nodes with %i pods none is asked for more than it has, some are well used and some idle', (nodes, pods) => {
  expect(Math.max(...sharesOf(nodes, pods, 'memory'))).toBeLessThanOrEqual(1);
  const shares = sharesOf(nodes, pods, 'cpu');
  expect(Math.max(...shares)).toBeLessThanOrEqual(0.9);
  expect(Math.max(...shares)).toBeGreaterThan(0.6);
  expect(Math.min(...shares)).toBeLessThan(0.15);
});

test('one pod of a cluster finds no node, and says why', () => {
  const waiting = [...sampleCluster({ seed: 3, nodes: 5, pods: 100 })].filter(
    (object) => object.kind === 'Pod' && (object as unknown as Body).spec.nodeName === undefined,
  );
  expect(waiting.map((object) => object['status'])).toEqual([
    expect.objectContaining({
      phase: 'Pending',
      conditions: [expect.objectContaining({ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' })],
    }),
  ]);
});
