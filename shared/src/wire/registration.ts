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

/** The platform derives the id from the provider's identity; the field itself has always been sent. */
const NO_ID = '00000000-0000-0000-0000-000000000000';

/** The JSON body of the registration call. Providers that do not apply are sent as null, as the platform has always got them. */
export function toRegistrationBody({ name, provider }: ClusterRegistration): Readonly<Record<string, unknown>> {
  const { kind, ...identity } = provider;
  return {
    id: NO_ID,
    name,
    eks: null,
    gke: null,
    kops: null,
    aks: null,
    openshift: null,
    anywhere: null,
    self_hosted_with_ec2_nodes: null,
    [kind]: identity,
  };
}
