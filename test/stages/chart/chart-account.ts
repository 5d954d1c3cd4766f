import { mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ApiObject } from '../../cluster/api-client.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { PodSpec, Workload } from './rendered-objects.ts';

/** Namespace that tests install the chart into. */
export const NAMESPACE = 'castai-agent';
/** Where Kubernetes puts what a pod needs to know. */
const SERVICE_ACCOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

/** A pod of the chart as it would run: bound to a node, with the token of its service account. */
export interface ChartPod {
  /** The variables of its container as the API server has them, and what a container runtime and the kubelet would add. */
  readonly env: Record<string, string>;
  /** Arguments of its container. */
  readonly args: readonly string[];
  /** Token bound to the pod. */
  readonly token: string;
}

/** Makes the namespace, and in it a Secret as a user makes it before the chart is installed. */
export async function createKeySecret(
  cluster: Pick<Cluster, 'request'>,
  { name, key, value }: { readonly name: string; readonly key: string; readonly value: string },
): Promise<void> {
  await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  const secret = { metadata: { name }, stringData: { [key]: value } };
  await cluster.request('POST', `/api/v1/namespaces/${NAMESPACE}/secrets`, secret);
}

/** Which pod. */
export interface ChartPodOptions {
  readonly kind: 'deployments' | 'daemonsets';
  /** Name of the workload. */
  readonly name: string;
  readonly nodeName: string;
}

/**
 * Makes a pod from the template of an installed workload, since no controller does, and gives what its program would be given: its
 * variables, with every path of a mounted Secret or ConfigMap replaced by that of a folder with the same files.
 */
export async function startChartPod(cluster: Cluster, { kind, name, nodeName }: ChartPodOptions): Promise<ChartPod> {
  const workload = (await cluster.request(
    'GET',
    `/apis/apps/v1/namespaces/${NAMESPACE}/${kind}/${name}`,
  )) as unknown as Workload;
  const { metadata, spec } = workload.spec.template;
  const podName = `${name}-${nodeName}`;
  const owner = kind === 'deployments' ? await replicaSetOf(cluster, name, workload) : undefined;
  const ownerReferences = owner === undefined ? [] : [owner];
  const body = { metadata: { ...metadata, name: podName, ownerReferences }, spec: { ...spec, nodeName } };
  const pod = await cluster.request('POST', `/api/v1/namespaces/${NAMESPACE}/pods`, body);
  const tokenFor: TokenFor = async (audience) =>
    cluster.serviceAccountToken({
      namespace: NAMESPACE,
      name: String(spec['serviceAccountName']),
      boundPod: { name: podName, uid: pod.metadata?.uid ?? '' },
      ...(audience === undefined ? {} : { audience }),
    });
  const args = spec.containers[0]?.args ?? [];
  const token = await tokenFor();
  return { token, args, env: await envOf(cluster, spec, { token, tokenFor, nodeName, podName }) };
}

/** Makes what the controller of Deployments would, once, and gives the reference that its pods bear. */
async function replicaSetOf(cluster: Cluster, name: string, { metadata, spec }: Workload): Promise<object> {
  const sets = `/apis/apps/v1/namespaces/${NAMESPACE}/replicasets`;
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name, uid: metadata?.uid, controller: true };
  const body = {
    metadata: { name: `${name}-1`, ownerReferences: [reference] },
    spec: { selector: { matchLabels: spec.template.metadata?.labels }, template: spec.template },
  };
  const made = await cluster.request('GET', `${sets}/${name}-1`).catch(async () => cluster.request('POST', sets, body));
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-1`, uid: made.metadata?.uid, controller: true };
}

/** As the kubelet asks for a token of the pod. */
type TokenFor = (audience?: string) => Promise<string>;

/** What the kubelet knows of the pod. */
interface Started {
  readonly token: string;
  readonly tokenFor: TokenFor;
  readonly nodeName: string;
  readonly podName: string;
}

async function envOf(
  cluster: Cluster,
  spec: PodSpec,
  { token, tokenFor, nodeName, podName }: Started,
): Promise<Record<string, string>> {
  const { hostname, port } = new URL(cluster.url);
  const account = await cluster.inClusterDir({ token, namespace: NAMESPACE });
  const folders = await mountedFolders(cluster, spec, { parent: dirname(account), tokenFor });
  folders.set(SERVICE_ACCOUNT_PATH, account);
  const fields: Readonly<Record<string, string>> = {
    'spec.nodeName': nodeName,
    'metadata.namespace': NAMESPACE,
    'metadata.name': podName,
    'status.hostIP': '127.0.0.1',
  };
  const own = (spec.containers[0]?.env ?? []).map(({ name, value, valueFrom }) => {
    const given = value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ''];
    if (given === undefined) throw new Error(`no kubelet here knows the value of ${name}`);
    return [name, inFolder(given, folders)] as const;
  });
  return {
    ...Object.fromEntries(own),
    SERVICE_ACCOUNT_DIR: account,
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT_HTTPS: port,
    // Other programs of this machine have the port of the pod.
    ADMIN_PORT: '0',
  };
}

/** Path in the container → folder with the files of the Secret, ConfigMap or token that is mounted there, as a kubelet makes it. */
async function mountedFolders(
  cluster: Cluster,
  spec: PodSpec,
  { parent, tokenFor }: { readonly parent: string; readonly tokenFor: TokenFor },
): Promise<Map<string, string>> {
  const folders = new Map<string, string>();
  for (const { name, mountPath } of spec.containers[0]?.volumeMounts ?? []) {
    const volume = spec.volumes.find((one) => one.name === name);
    for (const { serviceAccountToken } of volume?.projected?.sources ?? []) {
      if (serviceAccountToken?.audience === undefined) continue;
      const folder = await mkdtemp(join(parent, `mounted-${name}-`));
      const content = await tokenFor(serviceAccountToken.audience);
      await writeFile(join(folder, serviceAccountToken.path), content, { mode: 0o600 });
      folders.set(mountPath, folder);
    }
    const source = volume?.secret ?? volume?.configMap;
    if (volume === undefined || source === undefined) continue;
    const [resource, object] = volume.secret
      ? ['secrets', volume.secret.secretName]
      : ['configmaps', volume.configMap?.name];
    const found = await cluster.request('GET', `/api/v1/namespaces/${NAMESPACE}/${resource}/${object}`);
    const folder = await mkdtemp(join(parent, `mounted-${name}-`));
    for (const { key, path } of source.items ?? []) {
      await writeFile(join(folder, path), contentOf(found, key, volume.secret !== undefined), { mode: 0o600 });
    }
    folders.set(mountPath, folder);
  }
  return folders;
}

function contentOf(object: ApiObject, key: string, isSecret: boolean): Buffer {
  const data = object['data'] as Readonly<Record<string, string>> | undefined;
  const text = data?.[key];
  // The kubelet would not start the pod.
  if (text === undefined) throw new Error(`${object.metadata?.name} has no key ${key}`);
  return Buffer.from(text, isSecret ? 'base64' : 'utf8');
}

function inFolder(value: string, folders: ReadonlyMap<string, string>): string {
  for (const [path, folder] of folders) {
    if (value === path || value.startsWith(`${path}/`)) return folder + value.slice(path.length);
  }
  return value;
}
