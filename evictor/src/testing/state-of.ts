import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { readBudget } from '../view/budget-record.ts';
import type { ClusterState } from '../view/cluster-state.ts';
import { readNode } from '../view/node-record.ts';
import { labelsIn } from '../view/parts.ts';
import { readPod } from '../view/pod-record.ts';
import { readAttachLimits, readClaim, readVolume } from '../view/volume-record.ts';
import { viewInterners } from '../view/view-interners.ts';
import { readWorkload } from '../view/workload-record.ts';

/** The state of a cluster that holds just these objects, told by their kind. */
export function stateOf(objects: readonly KubeObject[]): ClusterState {
  const of = (...kinds: string[]): KubeObject[] => objects.filter(({ kind = '' }) => kinds.includes(kind));
  const interners = viewInterners();
  return {
    nodes: of('Node').map((object) => readNode(object, interners)),
    pods: of('Pod').map((object) => readPod(object, interners)),
    budgets: of('PodDisruptionBudget').map(readBudget),
    claims: of('PersistentVolumeClaim').map(readClaim),
    volumes: of('PersistentVolume').map(readVolume),
    attachLimits: of('CSINode').map((object) => readAttachLimits(object, interners)),
    workloads: of('ReplicaSet', 'ReplicationController', 'StatefulSet', 'Job').map(readWorkload),
    namespaces: new Map(of('Namespace').map(({ metadata }) => [metadata.name, labelsIn(metadata['labels'])])),
  };
}
