import { agree } from './agree.ts';
import type { IdentityOverrides, NodeEvidence, ProviderFindings } from './evidence.ts';
import { regionOf } from './node-region.ts';
import { parseProviderId } from './provider-id.ts';

const POOL_LABEL = 'cloud.google.com/gke-nodepool';

/** Whether a node is of GKE, not just of Google Cloud. */
export const isGkeNode = (node: NodeEvidence): boolean =>
  POOL_LABEL in node.labels && parseProviderId(node.providerId)?.cloud === 'gcp';

/**
 * The project is in every node's providerID, the region is a label, the cluster's name is in the names of the nodes.
 * Where the control plane lives (a region, or one zone of it) nodes do not tell; the region is taken, because it does not
 * depend on which nodes exist today: the identity must be the same at every start.
 */
export function gkeIdentity(nodes: readonly NodeEvidence[], given: IdentityOverrides): ProviderFindings {
  const ids = nodes.map((node) => parseProviderId(node.providerId));
  const projectId = agree({
    what: 'the project',
    variable: 'GKE_PROJECT_ID',
    given: given.gkeProjectId,
    told: ids.map((id) => (id?.cloud === 'gcp' ? id.projectId : undefined)),
  });
  const region = agree({
    what: 'the region',
    variable: 'GKE_REGION',
    given: given.gkeRegion,
    told: nodes.map(regionOf),
  });
  const clusterName = agree({
    what: "the cluster's full name",
    variable: 'GKE_CLUSTER_NAME',
    given: given.gkeClusterName,
    told: nodes.map(clusterNameOf),
  });
  if (projectId.value === undefined || region.value === undefined || clusterName.value === undefined) {
    return { problems: [projectId, region, clusterName].flatMap(({ problem }) => problem ?? []), needsOperator: false };
  }
  const provider = {
    kind: 'gke',
    region: region.value,
    projectId: projectId.value,
    clusterName: clusterName.value,
    location: given.gkeLocation ?? region.value,
  } as const;
  const reasons = ['providerID, names and labels of the nodes'];
  if (given.gkeLocation === undefined)
    reasons.push('the region is taken for the location; set GKE_LOCATION for a zonal cluster');
  return { registration: { name: clusterName.value, provider }, reasons };
}

/** GKE cuts long names to fit a node's name. Beyond this length it may have, and two clusters would get one identity. */
const LONGEST_SAFE_NAME = 15;
/** So much of a pool's name must be left of it to prove where the cluster's name ends. */
const SHORTEST_POOL_PART = 8;

/** `shop` of `gke-shop-pool-1-7c1d2e3f-x1yz` (Autopilot: `gk3-…`), if the pool's label proves where the name ends. */
function clusterNameOf(node: NodeEvidence): string | undefined {
  const pool = node.labels[POOL_LABEL];
  const name = /^gk[e3]-(?<middle>.+)-[0-9a-f]{8}-[0-9a-z]{4}$/.exec(node.name)?.groups?.['middle'];
  if (pool === undefined || name === undefined) return undefined;
  for (let length = pool.length; length >= Math.min(pool.length, SHORTEST_POOL_PART); length -= 1) {
    const ending = `-${pool.slice(0, length)}`;
    if (!name.endsWith(ending)) continue;
    const clusterName = name.slice(0, -ending.length);
    return clusterName.length <= LONGEST_SAFE_NAME ? clusterName : undefined;
  }
  return undefined;
}
