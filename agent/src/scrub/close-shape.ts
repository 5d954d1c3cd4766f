/**
 * What leaves of an object of a namespace whose content an operator keeps to himself: who it is, and what it takes of the cluster, so that
 * capacity still adds up. Written as names of fields, at whatever depth the policy has them; no switch opens any of it.
 */
import type { ScrubRuleName } from './rules.ts';
import { type FieldShape, type FieldsShape, mapOnly, type Shape, text } from './shape.ts';

/** Names of fields that stay, with the fields above them. All below stays by the same list. */
const KEPT: ReadonlySet<string> = new Set(
  [
    // Who it is, and whose.
    'metadata name namespace uid generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds',
    'ownerReferences apiVersion kind controller',
    // What pods take, and where they are.
    'spec status template jobTemplate jobTargetRef containers initContainers ephemeralContainers resources limits requests overhead',
    'restartPolicy nodeName priority priorityClassName preemptionPolicy terminationGracePeriodSeconds phase qosClass startTime',
    'containerStatuses initContainerStatuses ephemeralContainerStatuses allocatedResources ready',
    // How many there are to be, and are.
    'replicas readyReplicas availableReplicas updatedReplicas currentReplicas unavailableReplicas terminatingReplicas suspend paused',
    'currentNumberScheduled desiredNumberScheduled numberAvailable numberReady updatedNumberScheduled desired current available',
    'parallelism completions active succeeded failed terminating completionTime',
    // Disks and devices.
    'volumes persistentVolumeClaim claimName volumeName storageClassName accessModes volumeMode capacity',
    'allocation devices results request driver pool device adminAccess consumedCapacity shareID reservedFor apiGroup resource',
    // Usage.
    'usage window timestamp',
  ].flatMap((names) => names.split(' ')),
);

/** That nobody may remove a pod says nothing about it, and whoever does not know it removes it. */
const PROTECTION = [
  'cluster-autoscaler.kubernetes.io/safe-to-evict',
  'descheduler.alpha.kubernetes.io/prefer-no-eviction',
  'karpenter.sh/do-not-disrupt',
  'karpenter.sh/do-not-evict',
];

/** Of drivers, which have a namespace and tell of nodes. */
const OF_THE_CLUSTER: ReadonlySet<ScrubRuleName> = new Set(['csiStorageCapacity']);

/** The policy of a kind for the objects of such a namespace. */
export function closeShape(rule: ScrubRuleName, shape: FieldsShape): FieldsShape {
  return OF_THE_CLUSTER.has(rule) ? shape : closeFields(shape);
}

function closeFields(shape: FieldsShape): FieldsShape {
  const fields = Object.entries(shape.fields).flatMap(([name, of]): [string, FieldShape][] => {
    if (name === 'annotations') return [[name, mapOnly(PROTECTION, text)]];
    if (!KEPT.has(name)) return [];
    const closed = closeField(of);
    return closed === undefined ? [] : [[name, closed]];
  });
  return { ...shape, fields: Object.fromEntries(fields) };
}

function closeField(shape: FieldShape): FieldShape | undefined {
  if (shape.is !== 'where') return shape.is === 'from' ? undefined : close(shape);
  const of = closeField(shape.of);
  return of === undefined ? undefined : { is: 'where', beside: shape.beside, among: shape.among, of };
}

function close(shape: Shape): Shape | undefined {
  switch (shape.is) {
    case 'fields':
      return closeFields(shape);
    case 'list': {
      const of = close(shape.of);
      return of === undefined ? undefined : { is: 'list', of };
    }
    case 'when':
      return shape.otherwise === undefined ? undefined : close(shape.otherwise);
    case 'labels':
    case 'annotations':
    case 'oversized':
    case 'sizes':
    case 'message':
      return undefined;
    default:
      return shape;
  }
}
