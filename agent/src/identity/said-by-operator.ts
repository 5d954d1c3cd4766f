import type { IdentityOverrides, Provider } from './evidence.ts';

/** The variables by which an operator says whose cluster it is. */
export const IDENTITY_VARIABLES: readonly {
  readonly provider: Provider;
  readonly key: keyof IdentityOverrides;
  readonly variable: string;
}[] = [
  { provider: 'aks', key: 'aksSubscriptionId', variable: 'AKS_SUBSCRIPTION_ID' },
  { provider: 'aks', key: 'aksNodeResourceGroup', variable: 'AKS_NODE_RESOURCE_GROUP' },
  { provider: 'aks', key: 'aksLocation', variable: 'AKS_LOCATION' },
  { provider: 'eks', key: 'eksAccountId', variable: 'EKS_ACCOUNT_ID' },
  { provider: 'eks', key: 'eksRegion', variable: 'EKS_REGION' },
  { provider: 'eks', key: 'eksClusterName', variable: 'EKS_CLUSTER_NAME' },
  { provider: 'gke', key: 'gkeProjectId', variable: 'GKE_PROJECT_ID' },
  { provider: 'gke', key: 'gkeRegion', variable: 'GKE_REGION' },
  { provider: 'gke', key: 'gkeLocation', variable: 'GKE_LOCATION' },
  { provider: 'gke', key: 'gkeClusterName', variable: 'GKE_CLUSTER_NAME' },
  { provider: 'kops', key: 'kopsCsp', variable: 'KOPS_CSP' },
  { provider: 'kops', key: 'kopsRegion', variable: 'KOPS_REGION' },
  { provider: 'kops', key: 'kopsClusterName', variable: 'KOPS_CLUSTER_NAME' },
  { provider: 'kops', key: 'kopsStateStore', variable: 'KOPS_STATE_STORE' },
  { provider: 'openshift', key: 'openshiftCsp', variable: 'OPENSHIFT_CSP' },
  { provider: 'openshift', key: 'openshiftRegion', variable: 'OPENSHIFT_REGION' },
  { provider: 'openshift', key: 'openshiftClusterName', variable: 'OPENSHIFT_CLUSTER_NAME' },
  { provider: 'openshift', key: 'openshiftInternalId', variable: 'OPENSHIFT_INTERNAL_ID' },
  { provider: 'selfhostedec2', key: 'selfhostedec2AccountId', variable: 'SELFHOSTEDEC2_ACCOUNT_ID' },
  { provider: 'selfhostedec2', key: 'selfhostedec2Region', variable: 'SELFHOSTEDEC2_REGION' },
  { provider: 'selfhostedec2', key: 'selfhostedec2ClusterName', variable: 'SELFHOSTEDEC2_CLUSTER_NAME' },
];

/** All that an operator said of the cluster's identity, as one text: another text is another wish. */
export function saidByOperator(overrides: IdentityOverrides): string {
  const given = IDENTITY_VARIABLES.map(({ key, variable }) => [variable, overrides[key]]);
  const all = [['PROVIDER', overrides.provider], ['ANYWHERE_CLUSTER_NAME', overrides.anywhereClusterName], ...given];
  return all.flatMap(([variable, value]) => (value === undefined ? [] : [`${variable}=${value}`])).join(' ');
}
