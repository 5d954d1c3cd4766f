import { defineOptions } from '@castai/shared/config/option-table.ts';

/** What tells which cluster this is, where that is to be said rather than found out. A part of the agent's options. */
export const IDENTITY_OPTIONS = defineOptions({
  provider: {
    kind: 'enum',
    variable: 'PROVIDER',
    values: ['aks', 'eks', 'gke', 'kops', 'openshift', 'selfhostedec2', 'anywhere'],
    meaning: 'Who runs the cluster; otherwise told from itself, but for a cluster of your own on EC2.',
  },
  eksAccountId: {
    kind: 'string',
    variable: 'EKS_ACCOUNT_ID',
    meaning: 'EKS: the AWS account, which nodes do not tell.',
  },
  eksRegion: { kind: 'string', variable: 'EKS_REGION', meaning: 'EKS: region, otherwise told from the nodes.' },
  eksClusterName: {
    kind: 'string',
    variable: 'EKS_CLUSTER_NAME',
    meaning: 'EKS: name of the cluster, which nodes tell only in part.',
  },
  gkeProjectId: { kind: 'string', variable: 'GKE_PROJECT_ID', meaning: 'GKE: project, otherwise told from the nodes.' },
  gkeRegion: { kind: 'string', variable: 'GKE_REGION', meaning: 'GKE: region, otherwise told from the nodes.' },
  gkeLocation: {
    kind: 'string',
    variable: 'GKE_LOCATION',
    meaning: 'GKE: zone or region of the control plane, otherwise the region.',
  },
  gkeClusterName: {
    kind: 'string',
    variable: 'GKE_CLUSTER_NAME',
    meaning: 'GKE: name of the cluster, otherwise told from the nodes.',
  },
  aksSubscriptionId: {
    kind: 'string',
    variable: 'AKS_SUBSCRIPTION_ID',
    meaning: 'AKS: subscription, otherwise told from the nodes.',
  },
  aksNodeResourceGroup: {
    kind: 'string',
    variable: 'AKS_NODE_RESOURCE_GROUP',
    meaning: 'AKS: resource group of the nodes, otherwise told from them.',
  },
  aksLocation: { kind: 'string', variable: 'AKS_LOCATION', meaning: 'AKS: region, otherwise told from the nodes.' },
  kopsCsp: { kind: 'string', variable: 'KOPS_CSP', meaning: 'kops: cloud, otherwise told from the nodes.' },
  kopsRegion: { kind: 'string', variable: 'KOPS_REGION', meaning: 'kops: region, otherwise told from the nodes.' },
  kopsClusterName: {
    kind: 'string',
    variable: 'KOPS_CLUSTER_NAME',
    meaning: 'kops: name of the cluster, otherwise told from the addons of kube-system.',
  },
  kopsStateStore: {
    kind: 'string',
    variable: 'KOPS_STATE_STORE',
    meaning: 'kops: bucket of the state, otherwise told from the addons of kube-system.',
  },
  openshiftCsp: {
    kind: 'string',
    variable: 'OPENSHIFT_CSP',
    meaning: 'OpenShift: cloud, otherwise told from the cluster or its nodes.',
  },
  openshiftRegion: {
    kind: 'string',
    variable: 'OPENSHIFT_REGION',
    meaning: 'OpenShift: region, otherwise told from the cluster or its nodes.',
  },
  openshiftClusterName: {
    kind: 'string',
    variable: 'OPENSHIFT_CLUSTER_NAME',
    meaning: 'OpenShift: name of the infrastructure, otherwise told from the cluster.',
  },
  openshiftInternalId: {
    kind: 'string',
    variable: 'OPENSHIFT_INTERNAL_ID',
    meaning: 'OpenShift: id of the cluster, otherwise told from its ClusterVersion.',
  },
  selfhostedec2AccountId: {
    kind: 'string',
    variable: 'SELFHOSTEDEC2_ACCOUNT_ID',
    meaning: 'A cluster of your own on EC2: the AWS account, which nodes do not tell.',
  },
  selfhostedec2Region: {
    kind: 'string',
    variable: 'SELFHOSTEDEC2_REGION',
    meaning: 'A cluster of your own on EC2: region, otherwise told from the nodes.',
  },
  selfhostedec2ClusterName: {
    kind: 'string',
    variable: 'SELFHOSTEDEC2_CLUSTER_NAME',
    meaning: 'A cluster of your own on EC2: the name to register it by.',
  },
  anywhereClusterName: {
    kind: 'string',
    variable: 'ANYWHERE_CLUSTER_NAME',
    meaning: 'Any other cluster: the name to show.',
  },
});
