import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import fc from 'fast-check';
import { inPercent, present, sometimes } from './arbitraries.ts';
import { DEVICE, DRIVER, GENERATION, HOST, POOL, RACK, ZONE } from './rich-names.ts';

/** What makes a node of a rich cluster; its name comes later. */
export interface RichNode {
  readonly zone: string | undefined;
  readonly rack: string | undefined;
  readonly generation: string | undefined;
  readonly pool: string;
  readonly taints: readonly object[];
  readonly cpu: number;
  readonly memory: number;
  readonly pods: number;
  readonly devices: number;
  /** How many volumes it takes; undefined: its driver tells no limit. */
  readonly volumes: number | undefined;
  /** Its kubelet runs a pod of its own. */
  readonly hasStatic: boolean;
  /** Somebody cordons it, it stops being ready, or is deleted, when its pods are there. */
  readonly fate: 'cordoned' | 'not ready' | 'lost' | undefined;
}

const taints = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom('t', 'u'),
    value: fc.constantFrom('x', 'y'),
    effect: fc.constantFrom('NoSchedule', 'NoExecute', 'PreferNoSchedule'),
  }),
  { maxLength: 2, selector: ({ key, effect }) => `${key} ${effect}` },
);

/** A random node. */
export const richNode: fc.Arbitrary<RichNode> = fc.record({
  zone: sometimes(90, fc.constantFrom('1', '2', '3')),
  rack: sometimes(85, fc.constantFrom('1', '2')),
  // The last one is more than Kubernetes reads as a number.
  generation: sometimes(85, fc.constantFrom('1', '2', '3', '99999999999999999999')),
  pool: fc.constantFrom('p', 'q'),
  taints: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: taints }),
  cpu: fc.integer({ min: 6, max: 18 }),
  memory: fc.integer({ min: 6, max: 18 }),
  pods: fc.integer({ min: 6, max: 14 }),
  devices: fc.constantFrom(0, 0, 1, 3),
  volumes: fc.constantFrom(1, 2, 4, undefined),
  hasStatic: inPercent(20),
  fate: fc.oneof(
    { weight: 90, arbitrary: fc.constant(undefined) },
    { weight: 7, arbitrary: fc.constant('cordoned' as const) },
    { weight: 2, arbitrary: fc.constant('not ready' as const) },
    { weight: 2, arbitrary: fc.constant('lost' as const) },
  ),
});

/** The objects of a node: it, as it is before its fate, and what its kubelet says of volumes. */
export function nodeObjects(name: string, node: RichNode): KubeObject[] {
  const { zone, rack, generation, pool, taints: kept, cpu, memory, pods, devices, volumes } = node;
  return [
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        uid: name,
        labels: present({ [HOST]: name, [ZONE]: zone, [RACK]: rack, [GENERATION]: generation, [POOL]: pool }),
      },
      spec: { taints: kept },
      status: {
        allocatable: {
          cpu: `${cpu}`,
          memory: `${memory}`,
          pods: `${pods}`,
          'ephemeral-storage': '4',
          [DEVICE]: `${devices}`,
        },
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    },
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'CSINode',
      metadata: { name, uid: `csi-${name}` },
      spec: {
        drivers: [
          present({
            name: DRIVER,
            nodeID: name,
            topologyKeys: [],
            allocatable: volumes === undefined ? undefined : { count: volumes },
          }),
        ],
      },
    },
  ];
}
