import type { Cluster } from '../cluster/cluster.ts';
import type { PodSpec, Workload } from './rendered-objects.ts';

/** Namespace that tests install the chart into. */
export const NAMESPACE = 'castai-agent';

/** A pod of the chart as it would run: bound to a node, with the token of its service account. */
export interface ChartPod {
  /** The variables of its container as the API server has them, and what a container runtime and the kubelet would add. */
  readonly env: Record<string, string>;
  /** Token bound to the pod. */
  readonly token: string;
}

/** Which pod. */
export interface ChartPodOptions {
  readonly kind: 'deployments' | 'daemonsets';
  /** Name of the workload. */
  readonly name: string;
  readonly nodeName: string;
}

/**
 * Makes a pod from the template of an installed workload, since no controller does, and gives what its program would be given.
 * The key is not mounted: the caller sets `API_KEY`.
 */
export async function startChartPod(cluster: Cluster, { kind, name, nodeName }: ChartPodOptions): Promise<ChartPod> {
  const workload = (await cluster.request(
    'GET',
    `/apis/apps/v1/namespaces/${NAMESPACE}/${kind}/${name}`,
  )) as unknown as Workload;
  const { metadata, spec } = workload.spec.template;
  const podName = `${name}-${nodeName}`;
  const body = { metadata: { ...metadata, name: podName }, spec: { ...spec, nodeName } };
  const pod = await cluster.request('POST', `/api/v1/namespaces/${NAMESPACE}/pods`, body);
  const token = await cluster.serviceAccountToken({
    namespace: NAMESPACE,
    name: String(spec['serviceAccountName']),
    boundPod: { name: podName, uid: pod.metadata?.uid ?? '' },
  });
  return { token, env: await envOf(cluster, spec, { token, nodeName }) };
}

async function envOf(
  cluster: Cluster,
  spec: PodSpec,
  { token, nodeName }: { readonly token: string; readonly nodeName: string },
): Promise<Record<string, string>> {
  const { hostname, port } = new URL(cluster.url);
  const own = (spec.containers[0]?.env ?? []).flatMap(({ name, value }) => {
    if (name === 'NODE_NAME') return [[name, nodeName] as const];
    // The key's file is mounted by a kubelet.
    return value === undefined || name === 'API_KEY_FILE' ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(own),
    SERVICE_ACCOUNT_DIR: await cluster.inClusterDir({ token, namespace: NAMESPACE }),
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT_HTTPS: port,
    ADMIN_HOST: '127.0.0.1',
    ADMIN_PORT: '0',
  };
}
