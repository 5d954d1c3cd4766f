/** Which cluster this is, in the terms of the provider that runs it. */
export type ProviderIdentity =
  | { readonly kind: 'eks'; readonly clusterName: string; readonly region: string; readonly accountId: string }
  | {
      readonly kind: 'gke';
      readonly region: string;
      readonly projectId: string;
      readonly clusterName: string;
      readonly location: string;
    }
  | {
      readonly kind: 'aks';
      readonly region: string;
      readonly nodeResourceGroup: string;
      readonly subscriptionId: string;
    }
  | {
      readonly kind: 'kops';
      readonly cloud: string;
      readonly region: string;
      readonly clusterName: string;
      readonly stateStore: string;
    }
  | {
      readonly kind: 'openshift';
      readonly cloud: string;
      readonly region: string;
      readonly clusterName: string;
      readonly internalId: string;
    }
  | {
      readonly kind: 'self_hosted_with_ec2_nodes';
      readonly clusterName: string;
      readonly region: string;
      readonly accountId: string;
    }
  | { readonly kind: 'anywhere'; readonly clusterName: string; readonly kubeSystemNamespaceId: string };

/** What a cluster registers with. */
export interface ClusterRegistration {
  /** Uid of kube-system, for the providers whose clusters have always been known by it. */
  readonly id?: string;
  /** Empty where the provider's identity has no name. */
  readonly name: string;
  readonly provider: ProviderIdentity;
}
