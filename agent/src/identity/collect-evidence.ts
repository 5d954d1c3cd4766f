import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { IdentityEvidence, IdentityOverrides, NodeEvidence } from './evidence.ts';

/** One page: all nodes of a cluster say the same, and a big cluster has megabytes of them. */
const NODE_LIMIT = 10;
const NO_NODES: Readonly<Record<string, unknown>> = {};
/** On every node until its cloud's controller has written the providerID. */
const UNINITIALIZED_TAINT = 'node.cloudprovider.kubernetes.io/uninitialized';

/** Reads the evidence from the API server, once. Rejects with the `KubeError` of what could not be read. */
export async function collectEvidence(
  client: Pick<KubeClient, 'get'>,
  overrides: IdentityOverrides,
  signal: AbortSignal,
): Promise<IdentityEvidence> {
  const [namespace, nodes] = await Promise.all([
    client.get('/api/v1/namespaces/kube-system', signal),
    // Whoever gives the id need not be asked who runs the cluster.
    overrides.clusterId === undefined ? client.get(`/api/v1/nodes?limit=${NODE_LIMIT}`, signal) : NO_NODES,
  ]);
  const items: readonly unknown[] = Array.isArray(nodes['items']) ? nodes['items'] : [];
  return {
    nodes: items.map(nodeEvidence),
    kubeSystemUid: stringIn(memberOf(namespace, 'metadata'), 'uid'),
    overrides,
  };
}

function nodeEvidence(node: unknown): NodeEvidence {
  const metadata = memberOf(node, 'metadata');
  const spec = memberOf(node, 'spec');
  const taints: readonly unknown[] = Array.isArray(spec['taints']) ? spec['taints'] : [];
  const labels = Object.entries(memberOf(metadata, 'labels')).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    name: stringIn(metadata, 'name'),
    providerId: stringIn(spec, 'providerID'),
    labels: Object.fromEntries(labels),
    isUninitialized: taints.some((taint) => isRecord(taint) && taint['key'] === UNINITIALIZED_TAINT),
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
