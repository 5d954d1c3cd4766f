import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { IdentityEvidence, IdentityOverrides, NodeEvidence } from './evidence.ts';

/** Of each kind of node. A big cluster has megabytes of them, and nodes of one kind say the same. */
const NODE_LIMIT = 20;
/**
 * What identities are made of is asked for by name, beside a sample: nodes come in the order of their names, and which names come first
 * changes with every node that is replaced. A cluster whose first nodes are of Karpenter, Fargate or another cloud is the same cluster.
 */
const TELLING_LABELS = [
  'alpha.eksctl.io/cluster-name',
  'eks.amazonaws.com/nodegroup',
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
  const [namespace, ...pages] = await Promise.all(
    ['/api/v1/namespaces/kube-system', ...paths].map((path) => client.get(path, signal)),
  );
  return {
    nodes: withoutRepetition(pages.flatMap(itemsOf).map(nodeEvidence)),
    kubeSystemUid: stringIn(memberOf(namespace, 'metadata'), 'uid'),
    overrides,
  };
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
  const labels: Readonly<Record<string, string>> = Object.fromEntries(
    Object.entries(memberOf(metadata, 'labels')).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
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

function stringIn(value: Record<string, unknown>, key: string): string {
  const member = value[key];
  return typeof member === 'string' ? member : '';
}
