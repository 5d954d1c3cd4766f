import { isDaemonKind } from '../kube/daemon-kind.ts';
import { toKubeObject } from '../kube/kube-object.ts';
import { numberIn, recordIn, recordsIn, textIn } from '../kube/read-value.ts';

/** Which pod: another one of the same name has another uid. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** What a drain looks at of a pod; the rest of the object is let go, because a node's pods are a megabyte. */
export interface PodView extends PodName {
  /** What the pod asks for to end, in seconds. */
  readonly graceSeconds: number;
  /** Of one of the two built-in classes of the system (`system-cluster-critical`, `system-node-critical`), or above. */
  readonly isSystem: boolean;
  /** It was asked to end, by whomever, and is still there. */
  readonly isEnding: boolean;
  /** All its containers have ended for good. */
  readonly isOver: boolean;
  /** The kubelet's own: the API server has only its reflection, which nobody can evict. */
  readonly isStatic: boolean;
  /** Of a DaemonSet, or of a controller that works like one: it tolerates every taint of ours and would come back. */
  readonly isDaemon: boolean;
  /** It tolerates every taint that keeps pods off: whoever takes its place may come to this node again. */
  readonly isTolerant: boolean;
  /** The same for all pods that take each other's place: their controller, or the name where there is none. */
  readonly lineage: string;
}

/** Kubernetes' default, written into every pod that does not say otherwise. */
const DEFAULT_GRACE_SECONDS = 30;
const SYSTEM_PRIORITY = 2_000_000_000;

/** Reads a Pod; undefined for anything else, whatever the server says that it is. */
export function viewPod(value: unknown): PodView | undefined {
  const object = toKubeObject(value);
  if (object?.metadata.uid === undefined) return undefined;
  const { namespace = '', name, uid, deletionTimestamp, annotations, ownerReferences } = object.metadata;
  const { priority, terminationGracePeriodSeconds: grace, tolerations } = recordIn(object['spec']);
  const { phase } = recordIn(object['status']);
  const owners = recordsIn(ownerReferences);
  const controller = owners.find((owner) => owner['controller'] === true);
  const kind = textIn(controller?.['kind']);
  return {
    namespace,
    name,
    uid,
    graceSeconds: numberIn(grace) ?? DEFAULT_GRACE_SECONDS,
    isSystem: (numberIn(priority) ?? 0) >= SYSTEM_PRIORITY,
    isEnding: deletionTimestamp !== undefined,
    isOver: phase === 'Succeeded' || phase === 'Failed',
    isStatic: recordIn(annotations)['kubernetes.io/config.mirror'] !== undefined || kind === 'Node',
    isDaemon: isDaemonKind(kind),
    isTolerant: recordsIn(tolerations).some(toleratesAll),
    lineage: textIn((controller ?? owners[0])?.['uid']) || `${namespace}/${name}`,
  };
}

/** Without a key it means every taint; an effect narrows it. Both a cordon and what drains put on a node have this effect. */
function toleratesAll({ key = '', operator, effect = '' }: Readonly<Record<string, unknown>>): boolean {
  return operator === 'Exists' && key === '' && (effect === '' || effect === 'NoSchedule');
}
