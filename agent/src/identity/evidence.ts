import type { ClusterRegistration } from './registration.ts';

/** What an operator says about the cluster. Every part may be missing; what is given wins over what nodes tell. */
export interface IdentityOverrides {
  /** Id that the platform gave this cluster: nothing is registered then. */
  readonly clusterId?: string | undefined;
  readonly provider?: Provider | undefined;
  readonly aksSubscriptionId?: string | undefined;
  readonly aksNodeResourceGroup?: string | undefined;
  readonly aksLocation?: string | undefined;
  readonly eksAccountId?: string | undefined;
  readonly eksRegion?: string | undefined;
  readonly eksClusterName?: string | undefined;
  readonly gkeProjectId?: string | undefined;
  readonly gkeRegion?: string | undefined;
  readonly gkeLocation?: string | undefined;
  readonly gkeClusterName?: string | undefined;
  readonly kopsCsp?: string | undefined;
  readonly kopsRegion?: string | undefined;
  readonly kopsClusterName?: string | undefined;
  readonly kopsStateStore?: string | undefined;
  readonly openshiftCsp?: string | undefined;
  readonly openshiftRegion?: string | undefined;
  readonly openshiftClusterName?: string | undefined;
  readonly openshiftInternalId?: string | undefined;
  readonly selfhostedec2AccountId?: string | undefined;
  readonly selfhostedec2Region?: string | undefined;
  readonly selfhostedec2ClusterName?: string | undefined;
  readonly anywhereClusterName?: string | undefined;
}

/** Who runs a cluster, as far as the platform tells apart what we can find out without a cloud call. */
export type Provider = 'aks' | 'eks' | 'gke' | 'kops' | 'openshift' | 'selfhostedec2' | 'anywhere';

/** What one node tells about its cluster. */
export interface NodeEvidence {
  readonly name: string;
  /** `spec.providerID`; empty when the node has none. */
  readonly providerId: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The cloud's controller has not seen this node yet, so a missing providerID means nothing. */
  readonly isUninitialized: boolean;
  /** A virtual kubelet, which any cloud may be behind: it says nothing about who runs its cluster. */
  readonly isVirtual: boolean;
}

/** What OpenShift's own objects tell; each empty where it is not told, or may not be read. */
export interface OpenShiftEvidence {
  /** `spec.clusterID` of the ClusterVersion. */
  readonly internalId: string;
  /** Of the Infrastructure; its machines bear it as their cluster's name. */
  readonly infrastructureName: string;
  /** `aws`, `azure`, `gcp`. */
  readonly cloud: string;
  readonly region: string;
}

/** Everything from which a cluster is recognised. */
export interface IdentityEvidence {
  /** Some of each kind that tells something, and some that come first. */
  readonly nodes: readonly NodeEvidence[];
  /** Uid of the namespace kube-system: lives exactly as long as the cluster. */
  readonly kubeSystemUid: string;
  readonly kubeSystemAnnotations: Readonly<Record<string, string>>;
  readonly openshift: OpenShiftEvidence;
  readonly overrides: IdentityOverrides;
}

/** What nodes and operator tell about a cluster of one provider: all that is needed, or everything that is missing. */
export type ProviderFindings =
  | { readonly registration: ClusterRegistration; readonly reasons: readonly string[] }
  | {
      readonly registration?: never;
      readonly problems: readonly string[];
      /** Something is missing or wrong that no node ever tells. */
      readonly needsOperator: boolean;
    };
