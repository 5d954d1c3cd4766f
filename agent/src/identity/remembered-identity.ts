import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { IdentityEvidence } from './evidence.ts';
import type { ClusterRegistration, ProviderIdentity } from './registration.ts';
import { saidByOperator } from './said-by-operator.ts';

/** For which cluster, and on whose words, an identity was found. */
export type IdentityGround = Pick<IdentityEvidence, 'kubeSystemUid' | 'overrides'>;

/**
 * An identity as it is written down: nodes tell it, and all of them may be replaced by others that do not. Good only for the same cluster,
 * which its kube-system tells, and as long as the operator says the same: whoever sets another variable wants another identity.
 */
export function encodeIdentity(registration: ClusterRegistration, ground: IdentityGround): string {
  const { kubeSystemUid: cluster, overrides } = ground;
  return JSON.stringify({ cluster, said: saidByOperator(overrides), registration });
}

/** The identity that was written down for this cluster and these words; undefined where there is none, or none that can be read. */
export function parseIdentity(
  text: string,
  { kubeSystemUid, overrides }: IdentityGround,
): ClusterRegistration | undefined {
  const { cluster, said, registration } = parse(text);
  if (cluster !== kubeSystemUid || kubeSystemUid === '' || said !== saidByOperator(overrides)) return undefined;
  if (!isRecord(registration)) return undefined;
  const { id, name, provider } = registration;
  if (typeof name !== 'string' || !isProvider(provider)) return undefined;
  return typeof id === 'string' ? { id, name, provider } : { name, provider };
}

/** What belongs to an identity, besides its kind. */
const MEMBERS: { readonly [Kind in ProviderIdentity['kind']]: readonly string[] } = {
  eks: ['clusterName', 'region', 'accountId'],
  gke: ['region', 'projectId', 'clusterName', 'location'],
  aks: ['region', 'nodeResourceGroup', 'subscriptionId'],
  kops: ['cloud', 'region', 'clusterName', 'stateStore'],
  openshift: ['cloud', 'region', 'clusterName', 'internalId'],
  self_hosted_with_ec2_nodes: ['clusterName', 'region', 'accountId'],
  anywhere: ['clusterName', 'kubeSystemNamespaceId'],
};

function isProvider(value: unknown): value is ProviderIdentity {
  if (!isRecord(value)) return false;
  const { kind, ...members } = value;
  const wanted = Object.entries(MEMBERS).find(([name]) => name === kind)?.[1];
  const isWhole = wanted?.every((name) => typeof members[name] === 'string') ?? false;
  return isWhole && Object.keys(members).length === wanted?.length;
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    // Somebody has changed it: it is found anew.
    return {};
  }
}
