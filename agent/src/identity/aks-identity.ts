import { agree, regionLabel } from './agree.ts';
import type { IdentityOverrides, NodeEvidence, ProviderFindings } from './evidence.ts';
import { parseProviderId } from './provider-id.ts';

/** AKS puts this on every node; its value is the node resource group, cut to the 63 characters of a label. */
const CLUSTER_LABEL = 'kubernetes.azure.com/cluster';

/** Whether a node is of AKS, not just of Azure. */
export const isAksNode = (node: NodeEvidence): boolean =>
  CLUSTER_LABEL in node.labels && parseProviderId(node.providerId)?.cloud === 'azure';

/**
 * Subscription and node resource group are in every node's providerID, the region is a label: no call to the instance
 * metadata service, which clusters with restricted metadata access forbid.
 */
export function aksIdentity(nodes: readonly NodeEvidence[], given: IdentityOverrides): ProviderFindings {
  const ids = nodes.map((node) => ({ node, id: parseProviderId(node.providerId) }));
  const subscriptionId = agree({
    what: 'the subscription',
    variable: 'AKS_SUBSCRIPTION_ID',
    given: given.aksSubscriptionId,
    told: ids.map(({ id }) => (id?.cloud === 'azure' ? id.subscriptionId : undefined)),
  });
  const nodeResourceGroup = agree({
    what: 'the node resource group',
    variable: 'AKS_NODE_RESOURCE_GROUP',
    given: given.aksNodeResourceGroup,
    told: ids.map(({ node, id }) => (id?.cloud === 'azure' ? inItsOwnSpelling(id.resourceGroup, node) : undefined)),
  });
  const region = agree({
    what: 'the region',
    variable: 'AKS_LOCATION',
    given: given.aksLocation,
    told: nodes.filter(isAksNode).map((node) => regionLabel(node.labels)),
  });
  if (subscriptionId.value === undefined || nodeResourceGroup.value === undefined || region.value === undefined) {
    return {
      problems: [subscriptionId, nodeResourceGroup, region].flatMap(({ problem }) => problem ?? []),
      needsOperator: false,
    };
  }
  const provider = {
    kind: 'aks',
    region: region.value,
    nodeResourceGroup: nodeResourceGroup.value,
    subscriptionId: subscriptionId.value,
  } as const;
  // The platform has always got AKS clusters without a name.
  return { registration: { name: '', provider }, reasons: ['providerID and labels of the nodes'] };
}

/**
 * A providerID has the group's name in lower case; the label has it as it was given, as does the metadata service that
 * the existing agent asks. The same spelling means the same cluster to the platform.
 */
function inItsOwnSpelling(resourceGroup: string, node: NodeEvidence): string {
  const label = node.labels[CLUSTER_LABEL];
  return label !== undefined && label.toLowerCase() === resourceGroup.toLowerCase() ? label : resourceGroup;
}
