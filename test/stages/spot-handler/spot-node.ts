/** The node that a spot handler runs on, as it is made and as it is judged. */
import { isRecord, type KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { ImdsOf } from './staged-imds.ts';

/** Name of the node that the handler runs on. */
export const NODE_NAME = 'aks-spotpool-12345678-vmss000003';
/** The taint that a handler sets. */
export const DRAINING_TAINT = { key: 'autoscaling.cast.ai/draining', value: 'true', effect: 'NoSchedule' };
/** A taint of somebody else. */
export const FOREIGN_TAINT = { key: 'scheduling.example.com/spot', value: 'true', effect: 'NoSchedule' };

const PROVIDER_IDS = {
  azure:
    'azure:///subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/mc_group_cluster_westeurope/providers/Microsoft.Compute/virtualMachineScaleSets/aks-spotpool-12345678-vmss/virtualMachines/3',
  aws: 'aws:///eu-central-1a/i-0a1b2c3d4e5f60718',
  gcp: 'gce://sample-project/europe-west3-a/gke-sample-pool-1-7c1d2e3f-0001',
} as const;

/** What of a node these tests look at. */
export interface NodeSummary {
  readonly unschedulable: boolean;
  readonly drainingLabel: string | undefined;
  readonly taints: readonly unknown[];
  readonly record: string | undefined;
  /** Cordoned, labelled and tainted. */
  readonly isMarked: boolean;
}

/** Sums a node up. */
export function summarize(node: Readonly<Record<string, unknown>> | undefined): NodeSummary {
  const metadata = isRecord(node?.['metadata']) ? node['metadata'] : {};
  const spec = isRecord(node?.['spec']) ? node['spec'] : {};
  const labels = isRecord(metadata['labels']) ? metadata['labels'] : {};
  const annotations = isRecord(metadata['annotations']) ? metadata['annotations'] : {};
  const taints: unknown[] = Array.isArray(spec['taints']) ? spec['taints'] : [];
  const drainingLabel = labels['autoscaling.cast.ai/draining'] as string | undefined;
  const hasTaint = taints.some((taint) => isRecord(taint) && taint['key'] === DRAINING_TAINT.key);
  const unschedulable = spec['unschedulable'] === true;
  return {
    unschedulable,
    drainingLabel,
    taints,
    record: annotations['autoscaling.cast.ai/spot-handler'] as string | undefined,
    isMarked: unschedulable && hasTaint && drainingLabel === 'spot-interruption',
  };
}

/** A spot node with a taint of somebody else. */
export function sampleSpotNode(cloud: keyof ImdsOf, name = NODE_NAME): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'provisioner.cast.ai/node-id': 'node-0001' },
      annotations: { 'node.alpha.kubernetes.io/ttl': '0' },
    },
    spec: { podCIDR: '10.64.0.0/24', providerID: PROVIDER_IDS[cloud], taints: [FOREIGN_TAINT] },
    status: { nodeInfo: { bootID: '11111111-2222-3333-4444-555555555555', kubeletVersion: 'v1.37.2' } },
  };
}
