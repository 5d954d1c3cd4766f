import type { ClusterRegistration } from './registration.ts';
import { aksIdentity, isAksNode } from './aks-identity.ts';
import { eksIdentity, isEksNode } from './eks-identity.ts';
import type { IdentityEvidence, IdentityOverrides, NodeEvidence, Provider, ProviderFindings } from './evidence.ts';
import { gkeIdentity, isGkeNode } from './gke-identity.ts';
import { isKops, kopsIdentity } from './kops-identity.ts';
import { isOpenShift, openshiftIdentity } from './openshift-identity.ts';
import { IDENTITY_VARIABLES } from './said-by-operator.ts';
import { selfHostedIdentity } from './self-hosted-identity.ts';

/** Which cluster this is. `reasons` says how it was found out, for the log and `/statusz`. */
export type Verdict =
  | { readonly kind: 'fixed'; readonly clusterId: string; readonly reasons: readonly string[] }
  | { readonly kind: 'register'; readonly registration: ClusterRegistration; readonly reasons: readonly string[] }
  | {
      readonly kind: 'unknown';
      /** All of them at once, each saying what to do. */
      readonly problems: readonly string[];
      /** Looking again cannot help: what the operator said is in contradiction to itself or not enough. */
      readonly isFinal: boolean;
    };

/**
 * Recognises the cluster from its nodes and from what the operator says, without asking any cloud.
 *
 * A managed cluster whose identity is incomplete without the operator registers as `anywhere`, by the uid of the namespace
 * kube-system: always unambiguous, always available. But whoever names a provider, by `PROVIDER` or by any of its
 * variables, gets that provider or an error, never silently another identity. Only what all nodes of a cluster have in
 * common is used, so that a restart that sees other nodes does not register the cluster a second time. What the nodes of today do not
 * tell, those of tomorrow may: that is waited for and said. It is final only where no node ever tells it.
 */
export function identify(evidence: IdentityEvidence): Verdict {
  const { overrides, nodes, kubeSystemUid } = evidence;
  if (overrides.clusterId !== undefined) {
    return { kind: 'fixed', clusterId: overrides.clusterId, reasons: ['CLUSTER_ID is set'] };
  }
  const named = providersNamed(overrides);
  if (named.size > 1) return contradiction(overrides, named);
  const [chosen] = named;
  if (chosen === undefined) return recognise(evidence);
  const reasons = [overrides.provider === undefined ? `variables of ${chosen} are set` : `PROVIDER is ${chosen}`];
  if (chosen === 'anywhere') return anywhere(evidence, reasons);
  const findings = FIND[chosen](evidence);
  if (findings.registration !== undefined) {
    return { kind: 'register', registration: findings.registration, reasons: [...reasons, ...findings.reasons] };
  }
  const isFinal = findings.needsOperator ? areConclusive(nodes) : areAllForeign(nodes, chosen);
  return { kind: 'unknown', problems: findings.problems, isFinal: kubeSystemUid !== '' && isFinal };
}

const FIND: Record<Exclude<Provider, 'anywhere'>, (evidence: IdentityEvidence) => ProviderFindings> = {
  aks: ({ nodes, overrides }) => aksIdentity(nodes, overrides),
  eks: ({ nodes, overrides }) => eksIdentity(nodes, overrides),
  gke: ({ nodes, overrides }) => gkeIdentity(nodes, overrides),
  kops: kopsIdentity,
  openshift: openshiftIdentity,
  selfhostedec2: ({ nodes, overrides }) => selfHostedIdentity(nodes, overrides),
};

/** `ANYWHERE_CLUSTER_NAME` alone names no provider: it is the name in case the cluster turns out to be none of the others. */
function providersNamed(overrides: IdentityOverrides): Set<Provider> {
  const given = IDENTITY_VARIABLES.filter(({ key }) => overrides[key] !== undefined);
  const byVariable = given.map(({ provider }) => provider);
  return new Set(overrides.provider === undefined ? byVariable : [overrides.provider, ...byVariable]);
}

function contradiction(overrides: IdentityOverrides, named: ReadonlySet<Provider>): Verdict {
  const set = IDENTITY_VARIABLES.filter(({ key }) => overrides[key] !== undefined).map(({ variable }) => variable);
  const all = overrides.provider === undefined ? set : [`PROVIDER=${overrides.provider}`, ...set];
  const problem = `${all.join(', ')} speak of different providers (${[...named].join(', ')}); unset those that do not apply`;
  return { kind: 'unknown', problems: [problem], isFinal: true };
}

/** No provider is named: the nodes decide. */
function recognise(evidence: IdentityEvidence): Verdict {
  const { nodes } = evidence;
  if (!areConclusive(nodes)) {
    return {
      kind: 'unknown',
      problems: ['no node is known to its cloud yet; set PROVIDER if this cluster has none'],
      isFinal: false,
    };
  }
  // Both run on machines of a cloud, and say what they are themselves, whichever nodes there are today.
  const itself = isOpenShift(evidence) ? 'openshift' : isKops(evidence) ? 'kops' : undefined;
  if (itself !== undefined) return orAnywhere(itself, FIND[itself](evidence), evidence);
  const found = RECOGNISE.map(({ provider, isOf }) => ({ provider, own: nodes.filter(isOf) })).filter(
    ({ own }) => own.length > 0,
  );
  if (found.length === 0) return anywhere(evidence, ['no node is of AKS, EKS or GKE']);
  const count = found.reduce((sum, { own }) => sum + own.length, 0);
  // A few machines that were joined from another cloud do not make it another cluster, nor does their end.
  const most = found.find(({ own }) => own.length * 2 > count);
  if (most === undefined) {
    return anywhere(evidence, [`nodes are of ${found.map(({ provider }) => provider).join(' and ')}`]);
  }
  return orAnywhere(most.provider, FIND[most.provider]({ ...evidence, nodes: most.own }), evidence);
}

/** What was found out by itself, or, where that is not all that is needed, the identity that every cluster has. */
function orAnywhere(provider: Provider, findings: ProviderFindings, evidence: IdentityEvidence): Verdict {
  if (findings.registration !== undefined) {
    return { kind: 'register', registration: findings.registration, reasons: findings.reasons };
  }
  return anywhere(evidence, [`nodes are of ${provider}, but ${findings.problems.join('; ')}`]);
}

const RECOGNISE = [
  { provider: 'aks', isOf: isAksNode },
  { provider: 'eks', isOf: isEksNode },
  { provider: 'gke', isOf: isGkeNode },
] as const;

/** Whether what the nodes do not say may be taken as a no: at least one of them has been seen by its cloud, if it has one. */
const areConclusive = (nodes: readonly NodeEvidence[]): boolean =>
  nodes.some((node) => !node.isVirtual && (node.providerId !== '' || !node.isUninitialized));

/** How the providerIDs of a provider's machines begin. */
const SCHEMES: Readonly<Record<Provider, readonly string[]>> = {
  aks: ['azure:'],
  eks: ['aws:', 'eks-hybrid:'],
  gke: ['gce:'],
  kops: [''],
  openshift: [''],
  selfhostedec2: ['aws:'],
  anywhere: [''],
};

/** Whether all nodes are known to be somebody else's: the operator named the wrong provider. */
function areAllForeign(nodes: readonly NodeEvidence[], provider: Provider): boolean {
  const isForeign = ({ providerId, isVirtual }: NodeEvidence): boolean =>
    !isVirtual && providerId !== '' && !SCHEMES[provider].some((scheme) => providerId.toLowerCase().startsWith(scheme));
  return nodes.length > 0 && nodes.every(isForeign);
}

function anywhere({ kubeSystemUid, overrides }: IdentityEvidence, reasons: readonly string[]): Verdict {
  if (kubeSystemUid === '') {
    return { kind: 'unknown', problems: ['the namespace kube-system has no uid'], isFinal: false };
  }
  const clusterName = overrides.anywhereClusterName ?? '';
  const provider = { kind: 'anywhere', clusterName, kubeSystemNamespaceId: kubeSystemUid } as const;
  return {
    kind: 'register',
    registration: { name: clusterName, provider },
    reasons: [...reasons, 'the uid of kube-system is the identity'],
  };
}
