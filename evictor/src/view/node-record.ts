import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { type Marks, readMarks } from './marks.ts';
import { type Part, recordIn, recordsIn, textIn } from '@castai/shared/kube/read-value.ts';
import { type Labels, labelsIn, timeIn } from './parts.ts';
import { type Amounts, readAmounts } from './requests.ts';
import { readTaints, type Taint } from './taint.ts';

/** What is kept of a node. */
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

/** What runs on a node beneath its pods. */
export interface NodeSystem {
  readonly kubeletVersion: string;
  readonly osImage: string;
  readonly kernelVersion: string;
  readonly containerRuntimeVersion: string;
  readonly operatingSystem: string;
  readonly bootId: string;
  /** Azure's dates of the live patches that are wanted and that are in place; empty where there are none. */
  readonly patchWanted: string;
  readonly patchCurrent: string;
}

/** Reads a Node. */
export function readNode(object: KubeObject): NodeRecord {
  const { uid = '', name } = object.metadata;
  const spec = recordIn(object['spec']);
  const status = recordIn(object['status']);
  const conditions = new Map(
    recordsIn(status['conditions']).map((one) => [textIn(one['type']), textIn(one['status'])]),
  );
  return {
    uid,
    name,
    labels: labelsIn(object.metadata['labels']),
    taints: readTaints(spec['taints']),
    allocatable: readAmounts(status['allocatable']).amounts,
    isCordoned: spec['unschedulable'] === true,
    isReady: conditions.get('Ready') === 'True',
    isUnderPressure: PRESSURES.some((type) => conditions.get(type) === 'True'),
    isEnding: typeof object.metadata['deletionTimestamp'] === 'string',
    createdAtMs: timeIn(object.metadata['creationTimestamp']),
    marks: readMarks(object.metadata),
    system: readSystem(recordIn(status['nodeInfo']), recordIn(object.metadata['annotations'])),
  };
}

/**
 * The nodes of one pool are made alike. The label that says so depends on who makes them; where nobody says, the type of the machine
 * stands for it.
 */
export function poolOf({ labels }: Pick<NodeRecord, 'labels'>): string {
  for (const key of POOL_LABELS) {
    const value = labels[key];
    if (value !== undefined && value !== '') return value;
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

const PRESSURES = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'];
const PATCH = 'kubernetes.azure.com/live-patching';

function readSystem(info: Part, annotations: Part): NodeSystem {
  return {
    kubeletVersion: textIn(info['kubeletVersion']),
    osImage: textIn(info['osImage']),
    kernelVersion: textIn(info['kernelVersion']),
    containerRuntimeVersion: textIn(info['containerRuntimeVersion']),
    operatingSystem: textIn(info['operatingSystem']),
    bootId: textIn(info['bootID']),
    patchWanted: textIn(annotations[`${PATCH}-golden-timestamp`]),
    patchCurrent: textIn(annotations[`${PATCH}-current-timestamp`]),
  };
}
