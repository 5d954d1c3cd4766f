import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { type Marks, readMarks } from './marks.ts';
import { recordIn, recordsIn, textIn } from '@castai/shared/kube/read-value.ts';
import { type NodeSystem, readSystem } from './node-system.ts';
import { type Labels, labelsIn, timeIn } from './parts.ts';
import { type Amounts, readAmounts } from './requests.ts';
import { readTaints, type Taint } from './taint.ts';
import { sameText, type ViewInterners } from './view-interners.ts';

/** What is kept of a node. What most nodes have alike is shared with them. */
export interface NodeRecord {
  readonly uid: string;
  readonly name: string;
  readonly labels: Labels;
  readonly taints: readonly Taint[];
  /** What pods may ask for in sum. */
  readonly allocatable: Amounts;
  readonly isCordoned: boolean;
  readonly isReady: boolean;
  /** Short of memory, disk or process ids, or without a network. */
  readonly isUnderPressure: boolean;
  readonly isEnding: boolean;
  readonly createdAtMs: number;
  readonly marks: Marks;
  readonly system: NodeSystem;
}

/** Reads a Node. */
export function readNode(object: KubeObject, interners: ViewInterners): NodeRecord {
  const { uid = '', name } = object.metadata;
  const spec = recordIn(object['spec']);
  const status = recordIn(object['status']);
  const conditions = new Map(
    recordsIn(status['conditions']).map((one) => [textIn(one['type']), textIn(one['status'])]),
  );
  return {
    uid,
    name: sameText(interners, name),
    labels: labelsIn(object.metadata['labels']),
    taints: interners.taints.same(readTaints(spec['taints'])),
    allocatable: interners.amounts.same(readAmounts(status['allocatable']).amounts),
    isCordoned: spec['unschedulable'] === true,
    isReady: conditions.get('Ready') === 'True',
    isUnderPressure: PRESSURES.some((type) => conditions.get(type) === 'True'),
    isEnding: typeof object.metadata['deletionTimestamp'] === 'string',
    createdAtMs: timeIn(object.metadata['creationTimestamp']),
    marks: interners.marks.same(readMarks(object.metadata)),
    system: interners.systems.same(readSystem(recordIn(status['nodeInfo']), recordIn(object.metadata['annotations']))),
  };
}

/**
 * The nodes of one pool are made alike. The label that says so depends on who makes them; where nobody says, the type of the machine
 * stands for it.
 */
export function poolOf({ labels }: Pick<NodeRecord, 'labels'>): string {
  for (const key of POOL_LABELS) {
    const value = labels[key];
    if (value !== undefined && value !== '' && !NO_TYPES.has(value)) return value;
  }
  return '';
}

const POOL_LABELS = [
  'karpenter.sh/nodepool',
  'scheduling.cast.ai/node-template',
  'eks.amazonaws.com/nodegroup',
  'cloud.google.com/gke-nodepool',
  'kubernetes.azure.com/agentpool',
  'agentpool',
  'kops.k8s.io/instancegroup',
  'node.kubernetes.io/instance-type',
];

/** What distributions write for the type of every machine that they run on. */
const NO_TYPES: ReadonlySet<string> = new Set(['k3s', 'rke2', 'unknown']);

const PRESSURES = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'];
