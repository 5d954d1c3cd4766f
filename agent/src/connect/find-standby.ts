import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';

/** Which pod asks, and how. */
export interface FindStandbyOptions {
  readonly client: Pick<KubeClient, 'get'>;
  /** Namespace and name of the own pod; without a name nothing can be told. */
  readonly namespace: string;
  readonly podName: string | undefined;
}

/** More replicas than anybody runs. */
const LIMIT = '50';
/** Differs between the releases of one Deployment. */
const OF_ONE_RELEASE = 'pod-template-hash';

/**
 * Whether a pod that is made like the own one, with the same labels in the same namespace, is ready: a replica that stands by has shown by
 * this that it reaches the platform. Takes no right that the agent has not: it lists pods. False also where the own pod is not found or has
 * no labels. Throws a `KubeError` when the API server does not tell, or the signal's reason.
 */
export async function findStandby(
  { client, namespace, podName }: FindStandbyOptions,
  signal: AbortSignal,
): Promise<boolean> {
  if (podName === undefined) return false;
  const list = async (query: Record<string, string>): Promise<unknown[]> => {
    const parameters = new URLSearchParams({ ...query, limit: LIMIT });
    const { items } = await client.get(
      `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?${parameters.toString()}`,
      signal,
    );
    return Array.isArray(items) ? items : [];
  };
  const [own] = await list({ fieldSelector: `metadata.name=${podName}` });
  const labels = Object.entries(recordIn(recordIn(own, 'metadata'), 'labels')).filter(
    ([key]) => key !== OF_ONE_RELEASE,
  );
  // Without a selector every pod of the namespace would be one of ours.
  if (labels.length === 0) return false;
  const alike = await list({ labelSelector: labels.map(([key, value]) => `${key}=${String(value)}`).join(',') });
  return alike.some((pod) => isReady(pod) && recordIn(pod, 'metadata')['name'] !== podName);
}

function isReady(pod: unknown): boolean {
  if (recordIn(pod, 'metadata')['deletionTimestamp'] !== undefined) return false;
  const { conditions } = recordIn(pod, 'status');
  const isOn = (one: unknown): boolean => isRecord(one) && one['type'] === 'Ready' && one['status'] === 'True';
  return Array.isArray(conditions) && conditions.some(isOn);
}

function recordIn(value: unknown, key: string): Record<string, unknown> {
  const inner = isRecord(value) ? value[key] : undefined;
  return isRecord(inner) ? inner : {};
}
