import { isRecord, type KubeObject } from '@castai/shared/kube/kube-object.ts';
import { budgetObjects, commonObjects, ownerObjects, type RichCluster } from './rich-cluster.ts';
import { nodePods } from './node-pods.ts';
import { nodeObjects } from './rich-node.ts';
import { podObject, volumeObjects } from './rich-pod.ts';

/** The objects of a rich cluster for whoever has no API server: `waiting` are its pods, which have no places yet. */
export function withoutPlaces({ nodes, apps, pods }: RichCluster): { fixed: KubeObject[]; waiting: KubeObject[] } {
  const named = pods.flatMap((pod, index) => {
    const app = apps[pod.app];
    return app === undefined ? [] : [{ name: nameOf(index), pod, app }];
  });
  return {
    fixed: [
      ...commonObjects(),
      ...nodes.flatMap((node, index) => nodeObjects(`n${index}`, node)),
      ...ownerObjects(apps),
      ...budgetObjects(apps),
      ...named.flatMap(({ name, pod, app }) => volumeObjects(name, pod, app)),
    ],
    waiting: [
      ...nodes.flatMap((node, index) => nodePods(`n${index}`, node)),
      ...named.map(({ name, pod, app }) => podObject(name, pod, app)),
    ],
  };
}

/** Its objects when pods have places and have met their fate, and so have nodes. */
export function withFates({ nodes, pods }: RichCluster, objects: readonly KubeObject[]): KubeObject[] {
  const fates = new Map([
    ...nodes.map(({ fate }, index) => [`n${index}`, nodeFate(fate)] as const),
    ...pods.map(({ fate, isReady }, index) => [nameOf(index), podFate(fate, isReady)] as const),
  ]);
  const lost = new Set(nodes.flatMap(({ fate }, index) => (fate === 'lost' ? [`n${index}`] : [])));
  const left = objects.filter(({ kind, metadata }) => kind !== 'Node' || !lost.has(metadata.name));
  return left.map((object) => {
    const { kind, metadata, spec, status } = object;
    const fate = kind === 'Node' || isPlaced(object) ? fates.get(metadata.name) : undefined;
    if (fate === undefined) return object;
    return {
      ...object,
      metadata: { ...metadata, ...fate.metadata },
      spec: { ...(isRecord(spec) ? spec : {}), ...fate.spec },
      status: { ...(isRecord(status) ? status : {}), ...fate.status },
    };
  });
}

interface Fate {
  readonly metadata?: object;
  readonly spec?: object;
  readonly status: object;
}

function podFate(fate: RichCluster['pods'][number]['fate'], isReady: boolean): Fate {
  const allocatedResources = { cpu: '3', memory: '3' };
  return {
    ...(fate === 'ending' ? { metadata: { deletionTimestamp: '2026-06-01T00:00:00Z' } } : {}),
    status: {
      phase: fate === 'finished' ? 'Succeeded' : 'Running',
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
      ...(fate === 'growing' ? { containerStatuses: [{ name: 'main', allocatedResources }] } : {}),
    },
  };
}

function nodeFate(fate: RichCluster['nodes'][number]['fate']): Fate {
  return {
    spec: { unschedulable: fate === 'cordoned' },
    status: { conditions: [{ type: 'Ready', status: fate === 'not ready' ? 'False' : 'True' }] },
  };
}

const nameOf = (index: number): string => `pod${index}`;
const isPlaced = ({ kind, spec }: KubeObject): boolean => kind === 'Pod' && isRecord(spec) && 'nodeName' in spec;
