import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';

/** What this pod is of, as an Event refers to it. */
export interface OwnWorkload {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Which pod asks, and how. */
export interface FindOwnWorkloadOptions {
  readonly client: Pick<KubeClient, 'get'>;
  /** Namespace and name of the own pod. */
  readonly namespace: string;
  readonly podName: string;
}

/**
 * What keeps the own pod: its Deployment, behind the ReplicaSet between them; whatever else controls it; itself where nothing does.
 * Undefined when the pod is not found, as where its name is not that of a pod. Takes no right that the agent has not: it lists, by name.
 * Throws a `KubeError` when the API server does not tell, or the signal's reason.
 */
export async function findOwnWorkload(
  { client, namespace, podName }: FindOwnWorkloadOptions,
  signal: AbortSignal,
): Promise<OwnWorkload | undefined> {
  const find = async (collection: string, name: string): Promise<Record<string, unknown> | undefined> => {
    const query = new URLSearchParams({ fieldSelector: `metadata.name=${name}` });
    const path = `${collection.replace('{namespace}', encodeURIComponent(namespace))}?${query.toString()}`;
    const { items } = await client.get(path, signal);
    const [metadata] = (Array.isArray(items) ? items : []).map((item) => (isRecord(item) ? item['metadata'] : item));
    return isRecord(metadata) ? metadata : undefined;
  };
  const pod = await find('/api/v1/namespaces/{namespace}/pods', podName);
  const { uid } = pod ?? {};
  if (pod === undefined || typeof uid !== 'string') return undefined;
  const owner = controllerIn(pod, namespace);
  if (owner === undefined) return { apiVersion: 'v1', kind: 'Pod', namespace, name: podName, uid };
  if (owner.kind !== 'ReplicaSet' || !owner.apiVersion.startsWith('apps/')) return owner;
  const replicaSet = await find('/apis/apps/v1/namespaces/{namespace}/replicasets', owner.name);
  return controllerIn(replicaSet, namespace) ?? owner;
}

function controllerIn(metadata: Record<string, unknown> | undefined, namespace: string): OwnWorkload | undefined {
  const references = metadata?.['ownerReferences'];
  for (const reference of Array.isArray(references) ? references : []) {
    if (!isRecord(reference) || reference['controller'] !== true) continue;
    const { apiVersion, kind, name, uid } = reference;
    const isWhole = [apiVersion, kind, name, uid].every((part) => typeof part === 'string' && part !== '');
    if (isWhole)
      return { apiVersion: String(apiVersion), kind: String(kind), namespace, name: String(name), uid: String(uid) };
  }
  return undefined;
}
