import { isKubeObject, isRecord, type KubeObject } from '@castai/shared/kube/kube-object.ts';

/** One pod that is to go. */
export interface PlannedEviction {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** What the pod asks for, in seconds. */
  readonly graceSeconds: number;
}

/** What is to be done about the pods of a node. */
export interface EvictionPlan {
  /** Those to ask, in this order. */
  readonly evictions: readonly PlannedEviction[];
  /** How many have been asked, by whomever, and are still there. */
  readonly endingCount: number;
}

/** Kubernetes' default, written into every pod that does not say otherwise. */
const DEFAULT_GRACE_SECONDS = 30;
/** From here on up are the two built-in classes of the system (`system-cluster-critical`, `system-node-critical`). */
const SYSTEM_PRIORITY = 2_000_000_000;

/**
 * Which pods of a node are evicted, and in which order: those that ask for the longest grace first, because they need all the
 * time there is; those of the system last, because the others need them while they end.
 *
 * Left alone: pods of DaemonSets, which tolerate the taint and would come back, static pods, which nobody can evict, and pods that
 * are ending or have ended.
 */
export function planEvictions(pods: readonly unknown[]): EvictionPlan {
  const evictable = pods.filter(isKubeObject).filter(isEvictable);
  const standing = evictable.filter(({ metadata }) => metadata['deletionTimestamp'] === undefined);
  return { evictions: inOrder(standing), endingCount: evictable.length - standing.length };
}

function inOrder(pods: readonly KubeObject[]): PlannedEviction[] {
  return pods
    .map((pod) => ({ pod, isSystem: isSystem(pod), eviction: toEviction(pod) }))
    .toSorted(
      (a, b) =>
        Number(a.isSystem) - Number(b.isSystem) ||
        b.eviction.graceSeconds - a.eviction.graceSeconds ||
        // Any fixed order, so that a plan is the same each time.
        a.eviction.uid.localeCompare(b.eviction.uid),
    )
    .map(({ eviction }) => eviction);
}

function isEvictable({ metadata, status }: KubeObject): boolean {
  const phase = isRecord(status) ? status['phase'] : undefined;
  if (phase === 'Succeeded' || phase === 'Failed') return false;
  const annotations = metadata['annotations'];
  if (isRecord(annotations) && annotations['kubernetes.io/config.mirror'] !== undefined) return false;
  const owners: unknown[] = Array.isArray(metadata['ownerReferences']) ? metadata['ownerReferences'] : [];
  return !owners.some((owner) => isRecord(owner) && owner['kind'] === 'DaemonSet' && owner['controller'] === true);
}

function isSystem({ spec }: KubeObject): boolean {
  const priority = isRecord(spec) ? spec['priority'] : undefined;
  return typeof priority === 'number' && priority >= SYSTEM_PRIORITY;
}

function toEviction({ metadata, spec }: KubeObject): PlannedEviction {
  const grace = isRecord(spec) ? spec['terminationGracePeriodSeconds'] : undefined;
  const { namespace = '', name, uid = '' } = metadata;
  return { namespace, name, uid, graceSeconds: typeof grace === 'number' ? grace : DEFAULT_GRACE_SECONDS };
}
