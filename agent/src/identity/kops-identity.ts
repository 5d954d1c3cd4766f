import { agree } from './agree.ts';
import type { IdentityEvidence, ProviderFindings } from './evidence.ts';
import { regionOf } from './node-region.ts';
import { parseProviderId } from './provider-id.ts';

/** kops notes each of its addons on the namespace kube-system, with the channel that it came from. */
const ADDON_PREFIX = 'addons.k8s.io/';

interface Channel {
  /** The bucket. */
  readonly stateStore: string;
  readonly clusterName: string;
}

/** Whether kops made the cluster. */
export const isKops = (evidence: Pick<IdentityEvidence, 'kubeSystemAnnotations'>): boolean =>
  channelsOf(evidence).length > 0;

/**
 * State store and name are in the addresses of the addons' channels, which stay when every node is replaced; cloud and region all nodes
 * have in common.
 */
export function kopsIdentity(evidence: IdentityEvidence): ProviderFindings {
  const { nodes, overrides: given, kubeSystemUid } = evidence;
  const channels = channelsOf(evidence);
  const cloud = agree({
    what: 'the cloud',
    variable: 'KOPS_CSP',
    given: given.kopsCsp,
    told: nodes.map(({ providerId }) => parseProviderId(providerId)?.cloud),
  });
  const region = agree({
    what: 'the region',
    variable: 'KOPS_REGION',
    given: given.kopsRegion,
    told: nodes.map(regionOf),
  });
  const clusterName = agree({
    what: "the cluster's name",
    variable: 'KOPS_CLUSTER_NAME',
    given: given.kopsClusterName,
    told: channels.map((channel) => channel.clusterName),
    witness: 'addon of kube-system',
  });
  const stateStore = agree({
    what: 'the state store',
    variable: 'KOPS_STATE_STORE',
    given: given.kopsStateStore,
    told: channels.map((channel) => channel.stateStore),
    witness: 'addon of kube-system',
  });
  if (
    cloud.value === undefined ||
    region.value === undefined ||
    clusterName.value === undefined ||
    stateStore.value === undefined
  ) {
    return {
      problems: [cloud, region, clusterName, stateStore].flatMap(({ problem }) => problem ?? []),
      // Whether kops made the cluster is known from the namespace, once and for all.
      needsOperator: clusterName.value === undefined || stateStore.value === undefined,
    };
  }
  const provider = {
    kind: 'kops',
    cloud: cloud.value,
    region: region.value,
    clusterName: clusterName.value,
    stateStore: stateStore.value,
  } as const;
  return {
    registration: { id: kubeSystemUid, name: clusterName.value, provider },
    reasons: ['addons of kube-system, providerID and labels of the nodes'],
  };
}

/** `{"channel": "s3://<bucket>/<name>/addons/…"}`; what is not like this says nothing. */
function channelsOf({ kubeSystemAnnotations }: Pick<IdentityEvidence, 'kubeSystemAnnotations'>): Channel[] {
  return Object.entries(kubeSystemAnnotations).flatMap(([key, text]) => {
    if (!key.startsWith(ADDON_PREFIX)) return [];
    const groups = CHANNEL.exec(text)?.groups;
    const [stateStore, clusterName] = [groups?.['bucket'], groups?.['name']];
    return stateStore === undefined || clusterName === undefined ? [] : [{ stateStore, clusterName }];
  });
}

const CHANNEL = /"channel"\s*:\s*"[a-z][a-z0-9]*:\/\/(?<bucket>[^/"]+)\/(?<name>[^/"]+)\//u;
