import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { IdentityEvidence, IdentityOverrides, NodeEvidence, OpenShiftEvidence } from './evidence.ts';

/** Of each kind of node. A big cluster has megabytes of them, and nodes of one kind say the same. */
const NODE_LIMIT = 20;
/**
 * What identities are made of is asked for by name, beside a sample: nodes come in the order of their names, and which names come first
 * changes with every node that is replaced. A cluster whose first nodes are of Karpenter, Fargate or another cloud is the same cluster.
 */
const TELLING_LABELS = [
  'alpha.eksctl.io/cluster-name',
  'eks.amazonaws.com/nodegroup',
  'eks.amazonaws.com/compute-type',
  'kubernetes.azure.com/cluster',
  'cloud.google.com/gke-nodepool',
] as const;
/** On every node until its cloud's controller has written the providerID. */
const UNINITIALIZED_TAINT = 'node.cloudprovider.kubernetes.io/uninitialized';
/** Reads the evidence from the API server, once. Rejects with the `KubeError` of what could not be read. */
export async function collectEvidence(
  client: Pick<KubeClient, 'get'>,
  overrides: IdentityOverrides,
  signal: AbortSignal,
): Promise<IdentityEvidence> {
  const sample = `/api/v1/nodes?limit=${NODE_LIMIT}`;
  const telling = TELLING_LABELS.map((label) => `${sample}&labelSelector=${encodeURIComponent(label)}`);
  // Whoever gives the id need not be asked who runs the cluster.
  const paths = overrides.clusterId === undefined ? [sample, ...telling] : [];
  const [[namespace, ...pages], openshift] = await Promise.all([
    Promise.all(['/api/v1/namespaces/kube-system', ...paths].map((path) => client.get(path, signal))),
    overrides.clusterId === undefined ? readOpenShift(client, signal) : NO_OPENSHIFT,
  ]);
  const metadata = memberOf(namespace, 'metadata');
  return {
    nodes: withoutRepetition(pages.flatMap(itemsOf).map(nodeEvidence)),
    kubeSystemUid: stringIn(metadata, 'uid'),
    kubeSystemAnnotations: textsIn(metadata, 'annotations'),
    openshift,
    overrides,
  };
}

const OPENSHIFT = '/apis/config.openshift.io/v1';
const NO_OPENSHIFT: OpenShiftEvidence = { internalId: '', infrastructureName: '', cloud: '', region: '' };

/** Two objects that only OpenShift has. Elsewhere they are not there, or not to be read: both say nothing. */
async function readOpenShift(client: Pick<KubeClient, 'get'>, signal: AbortSignal): Promise<OpenShiftEvidence> {
  const [version, infrastructure] = await Promise.all([
    getIfAny(client, `${OPENSHIFT}/clusterversions/version`, signal),
    getIfAny(client, `${OPENSHIFT}/infrastructures/cluster`, signal),
  ]);
  const status = memberOf(infrastructure, 'status');
  const platform = memberOf(status, 'platformStatus');
  const cloud = stringIn(platform, 'type').toLowerCase();
  return {
    internalId: stringIn(memberOf(version, 'spec'), 'clusterID'),
    infrastructureName: stringIn(status, 'infrastructureName'),
    cloud: KNOWN_CLOUDS.has(cloud) ? cloud : '',
    region: stringIn(memberOf(platform, cloud), 'region'),
  };
}

/** As `parse-provider-id` calls them; an Infrastructure also says `None`, `BareMetal`, `VSphere`. */
const KNOWN_CLOUDS: ReadonlySet<string> = new Set(['aws', 'azure', 'gcp']);

async function getIfAny(client: Pick<KubeClient, 'get'>, path: string, signal: AbortSignal): Promise<unknown> {
  try {
    return await client.get(path, signal);
  } catch (error) {
    if (error instanceof KubeError && (error.code === 'KUBE_NOT_FOUND' || error.code === 'KUBE_FORBIDDEN')) return {};
    throw error;
  }
}

function itemsOf({ items }: Readonly<Record<string, unknown>>): readonly unknown[] {
  return Array.isArray(items) ? items : [];
}

/** A node that is on several pages speaks once. */
function withoutRepetition(nodes: readonly NodeEvidence[]): NodeEvidence[] {
  const names = new Set<string>();
  return nodes.filter(({ name }) => name === '' || (!names.has(name) && names.add(name)));
}

function nodeEvidence(node: unknown): NodeEvidence {
  const metadata = memberOf(node, 'metadata');
  const spec = memberOf(node, 'spec');
  const taints: readonly unknown[] = Array.isArray(spec['taints']) ? spec['taints'] : [];
  const labels = textsIn(metadata, 'labels');
  return {
    name: stringIn(metadata, 'name'),
    providerId: stringIn(spec, 'providerID'),
    labels,
    isUninitialized: taints.some((taint) => isRecord(taint) && taint['key'] === UNINITIALIZED_TAINT),
    isVirtual: labels['type'] === 'virtual-kubelet',
  };
}

function memberOf(value: unknown, key: string): Record<string, unknown> {
  const member = isRecord(value) ? value[key] : undefined;
  return isRecord(member) ? member : {};
}

function textsIn(value: Record<string, unknown>, key: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(memberOf(value, key)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function stringIn(value: Record<string, unknown>, key: string): string {
  const member = value[key];
  return typeof member === 'string' ? member : '';
}
