import { agree } from './agree.ts';
import type { IdentityEvidence, NodeEvidence, ProviderFindings } from './evidence.ts';
import { regionOf } from './node-region.ts';
import { parseProviderId } from './provider-id.ts';

/** OpenShift puts this on every node, whatever it runs on. */
const OS_LABEL = 'node.openshift.io/os_id';

const isOpenShiftNode = (node: NodeEvidence): boolean => OS_LABEL in node.labels;

/** Whether the cluster is OpenShift, wherever it runs: it says so itself, or its nodes do. */
export const isOpenShift = ({ openshift, nodes }: Pick<IdentityEvidence, 'openshift' | 'nodes'>): boolean =>
  openshift.internalId !== '' || openshift.infrastructureName !== '' || nodes.some(isOpenShiftNode);

/**
 * The cluster's own objects tell its id and its name (the infrastructure's, which its machines bear as well), and mostly cloud and region;
 * else the nodes do. The agent may read the two objects where the chart knows that it is OpenShift.
 */
export function openshiftIdentity(evidence: IdentityEvidence): ProviderFindings {
  const { nodes, overrides: given, kubeSystemUid, openshift } = evidence;
  const own = (value: string, ...told: (string | undefined)[]): readonly (string | undefined)[] =>
    value === '' ? told : [value];
  const internalId = agree({
    what: 'the id of the cluster',
    variable: 'OPENSHIFT_INTERNAL_ID',
    given: given.openshiftInternalId,
    told: own(openshift.internalId),
    witness: 'ClusterVersion that the agent may read',
  });
  const clusterName = agree({
    what: "the cluster's name",
    variable: 'OPENSHIFT_CLUSTER_NAME',
    given: given.openshiftClusterName,
    told: own(openshift.infrastructureName),
    witness: 'Infrastructure that the agent may read',
  });
  const cloud = agree({
    what: 'the cloud',
    variable: 'OPENSHIFT_CSP',
    given: given.openshiftCsp,
    told: own(openshift.cloud, ...nodes.map(({ providerId }) => parseProviderId(providerId)?.cloud)),
  });
  const region = agree({
    what: 'the region',
    variable: 'OPENSHIFT_REGION',
    given: given.openshiftRegion,
    told: own(openshift.region, ...nodes.map(regionOf)),
  });
  if (
    internalId.value === undefined ||
    clusterName.value === undefined ||
    cloud.value === undefined ||
    region.value === undefined
  ) {
    return {
      problems: [internalId, clusterName, cloud, region].flatMap(({ problem }) => problem ?? []),
      // Rights may be granted while the agent waits.
      needsOperator: false,
    };
  }
  const provider = {
    kind: 'openshift',
    cloud: cloud.value,
    region: region.value,
    clusterName: clusterName.value,
    internalId: internalId.value,
  } as const;
  return {
    registration: { id: kubeSystemUid, name: clusterName.value, provider },
    reasons: ['ClusterVersion and Infrastructure of OpenShift, and its nodes'],
  };
}
