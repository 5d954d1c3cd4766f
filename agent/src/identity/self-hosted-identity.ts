import { agree } from './agree.ts';
import { normaliseAccountId } from './aws-account.ts';
import type { IdentityOverrides, NodeEvidence, ProviderFindings } from './evidence.ts';
import { regionOf } from './node-region.ts';

/** A cluster on machines of EC2 that nobody manages: its nodes tell the region, and nothing else of what identifies it. */
export function selfHostedIdentity(nodes: readonly NodeEvidence[], given: IdentityOverrides): ProviderFindings {
  const accountId = normaliseAccountId(given.selfhostedec2AccountId, 'SELFHOSTEDEC2_ACCOUNT_ID');
  const region = agree({
    what: 'the region',
    variable: 'SELFHOSTEDEC2_REGION',
    given: given.selfhostedec2Region,
    told: nodes.filter(({ providerId }) => providerId.startsWith('aws:')).map(regionOf),
  });
  const clusterName = agree({
    what: "the cluster's name",
    variable: 'SELFHOSTEDEC2_CLUSTER_NAME',
    given: given.selfhostedec2ClusterName,
    told: [],
  });
  if (accountId.value === undefined || region.value === undefined || clusterName.value === undefined) {
    return {
      problems: [accountId, region, clusterName].flatMap(({ problem }) => problem ?? []),
      needsOperator: accountId.value === undefined || clusterName.value === undefined,
    };
  }
  const provider = {
    kind: 'self_hosted_with_ec2_nodes',
    clusterName: clusterName.value,
    region: region.value,
    accountId: accountId.value,
  } as const;
  return {
    registration: { name: clusterName.value, provider },
    reasons: ['SELFHOSTEDEC2_* and labels of the nodes'],
  };
}
