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
  | { readonly kind: 'anywhere'; readonly clusterName: string; readonly kubeSystemNamespaceId: string };

/** What a cluster registers with. */
export interface ClusterRegistration {
  /** Empty where the provider's identity has no name. */
  readonly name: string;
  readonly provider: ProviderIdentity;
}
