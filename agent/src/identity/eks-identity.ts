import { agree } from './agree.ts';
import { normaliseAccountId } from './aws-account.ts';
import type { IdentityOverrides, NodeEvidence, ProviderFindings } from './evidence.ts';
import { regionOf } from './node-region.ts';
import { parseProviderId } from './provider-id.ts';

const EKS_LABEL_PREFIX = 'eks.amazonaws.com/';
const EKSCTL_CLUSTER_LABEL = 'alpha.eksctl.io/cluster-name';

/** Whether a node is of EKS, not just of AWS. */
export const isEksNode = (node: NodeEvidence): boolean =>
  parseProviderId(node.providerId)?.cloud === 'aws' &&
  Object.keys(node.labels).some((label) => label.startsWith(EKS_LABEL_PREFIX) || label === EKSCTL_CLUSTER_LABEL);

/**
 * Nodes tell the region, and the cluster's name where eksctl made them or where they are hybrid nodes; the account only the operator
 * knows.
 */
export function eksIdentity(nodes: readonly NodeEvidence[], given: IdentityOverrides): ProviderFindings {
  const accountId = normaliseAccountId(given.eksAccountId, 'EKS_ACCOUNT_ID');
  const region = agree({
    what: 'the region',
    variable: 'EKS_REGION',
    given: given.eksRegion,
    // Machines that were joined from elsewhere have regions of their own.
    told: nodes.map((node) => hybridOf(node)?.['region'] ?? (isOfAws(node) ? regionOf(node) : undefined)),
  });
  const clusterName = agree({
    what: "the cluster's name",
    variable: 'EKS_CLUSTER_NAME',
    given: given.eksClusterName,
    told: nodes.map((node) => node.labels[EKSCTL_CLUSTER_LABEL] ?? hybridOf(node)?.['clusterName']),
  });
  if (accountId.value === undefined || region.value === undefined || clusterName.value === undefined) {
    return {
      problems: [accountId, region, clusterName].flatMap(({ problem }) => problem ?? []),
      needsOperator: accountId.value === undefined,
    };
  }
  const provider = {
    kind: 'eks',
    clusterName: clusterName.value,
    region: region.value,
    accountId: accountId.value,
  } as const;
  return { registration: { name: clusterName.value, provider }, reasons: ['EKS_ACCOUNT_ID and what the nodes tell'] };
}

/** `eks-hybrid:///eu-central-1/shop/mi-0a1b`: a machine outside of AWS says whose it is. */
const HYBRID = /^eks-hybrid:\/\/\/(?<region>[^/]+)\/(?<clusterName>[^/]+)\/./;

function hybridOf({ providerId }: NodeEvidence): Readonly<Record<string, string>> | undefined {
  return HYBRID.exec(providerId)?.groups;
}

/** Fargate's ids are no ids of machines. */
const isOfAws = (node: NodeEvidence): boolean => node.providerId.startsWith('aws:');
