/**
 * Which feed an object of a delta belongs to. Pure.
 *
 * A delta names the kind alone. Objects of built-in kinds come without `apiVersion` from existing agents, whose client strips it, so for
 * those the version is the one that they read (facts: watched kinds); others bring it.
 */
import type { DeltaFeed } from '../store/delta-change.ts';

/** `group/version` and resource of each kind, for objects that do not say. */
const KINDS: Readonly<Record<string, readonly [groupVersion: string, resource: string]>> = {
  Node: ['v1', 'nodes'],
  Pod: ['v1', 'pods'],
  Namespace: ['v1', 'namespaces'],
  Service: ['v1', 'services'],
  PersistentVolume: ['v1', 'persistentvolumes'],
  PersistentVolumeClaim: ['v1', 'persistentvolumeclaims'],
  ReplicationController: ['v1', 'replicationcontrollers'],
  ConfigMap: ['v1', 'configmaps'],
  Event: ['v1', 'events'],
  LimitRange: ['v1', 'limitranges'],
  ResourceQuota: ['v1', 'resourcequotas'],
  Deployment: ['apps/v1', 'deployments'],
  ReplicaSet: ['apps/v1', 'replicasets'],
  DaemonSet: ['apps/v1', 'daemonsets'],
  StatefulSet: ['apps/v1', 'statefulsets'],
  Job: ['batch/v1', 'jobs'],
  CronJob: ['batch/v1', 'cronjobs'],
  StorageClass: ['storage.k8s.io/v1', 'storageclasses'],
  CSINode: ['storage.k8s.io/v1', 'csinodes'],
  CSIDriver: ['storage.k8s.io/v1', 'csidrivers'],
  VolumeAttributesClass: ['storage.k8s.io/v1', 'volumeattributesclasses'],
  VolumeAttachment: ['storage.k8s.io/v1', 'volumeattachments'],
  CSIStorageCapacity: ['storage.k8s.io/v1', 'csistoragecapacities'],
  PriorityClass: ['scheduling.k8s.io/v1', 'priorityclasses'],
  PodDisruptionBudget: ['policy/v1', 'poddisruptionbudgets'],
  HorizontalPodAutoscaler: ['autoscaling/v1', 'horizontalpodautoscalers'],
  VerticalPodAutoscaler: ['autoscaling.k8s.io/v1', 'verticalpodautoscalers'],
  Ingress: ['networking.k8s.io/v1', 'ingresses'],
  NetworkPolicy: ['networking.k8s.io/v1', 'networkpolicies'],
  HTTPRoute: ['gateway.networking.k8s.io/v1', 'httproutes'],
  GRPCRoute: ['gateway.networking.k8s.io/v1', 'grpcroutes'],
  TLSRoute: ['gateway.networking.k8s.io/v1', 'tlsroutes'],
  TCPRoute: ['gateway.networking.k8s.io/v1', 'tcproutes'],
  UDPRoute: ['gateway.networking.k8s.io/v1', 'udproutes'],
  Role: ['rbac.authorization.k8s.io/v1', 'roles'],
  RoleBinding: ['rbac.authorization.k8s.io/v1', 'rolebindings'],
  ClusterRole: ['rbac.authorization.k8s.io/v1', 'clusterroles'],
  ClusterRoleBinding: ['rbac.authorization.k8s.io/v1', 'clusterrolebindings'],
  DeviceClass: ['resource.k8s.io/v1', 'deviceclasses'],
  ResourceClaim: ['resource.k8s.io/v1', 'resourceclaims'],
  ResourceClaimTemplate: ['resource.k8s.io/v1', 'resourceclaimtemplates'],
  ResourceSlice: ['resource.k8s.io/v1', 'resourceslices'],
  PodMetrics: ['metrics.k8s.io/v1beta1', 'pods'],
  NodeMetrics: ['metrics.k8s.io/v1beta1', 'nodes'],
  Rollout: ['argoproj.io/v1alpha1', 'rollouts'],
  ExtendedDaemonSetReplicaSet: ['datadoghq.com/v1alpha1', 'extendeddaemonsetreplicasets'],
  ScaledObject: ['keda.sh/v1alpha1', 'scaledobjects'],
  ScaledJob: ['keda.sh/v1alpha1', 'scaledjobs'],
  NodePool: ['karpenter.sh/v1', 'nodepools'],
  NodeClaim: ['karpenter.sh/v1', 'nodeclaims'],
  NodeOverlay: ['karpenter.sh/v1alpha1', 'nodeoverlays'],
  Provisioner: ['karpenter.sh/v1alpha5', 'provisioners'],
  Machine: ['karpenter.sh/v1alpha5', 'machines'],
  AKSNodeClass: ['karpenter.azure.com/v1beta1', 'aksnodeclasses'],
  EC2NodeClass: ['karpenter.k8s.aws/v1', 'ec2nodeclasses'],
  AWSNodeTemplate: ['karpenter.k8s.aws/v1alpha1', 'awsnodetemplates'],
  NodeClass: ['eks.amazonaws.com/v1', 'nodeclasses'],
  Recommendation: ['autoscaling.cast.ai/v1', 'recommendations'],
  CustomMetricsExporterConfig: ['autoscaling.cast.ai/v1', 'custommetricsexporterconfigs'],
  PodMutation: ['pod-mutations.cast.ai/v1', 'podmutations'],
  NodeDiskRecommendation: ['storageoptimization.cast.ai/v1alpha1', 'nodediskrecommendations'],
  RecommendationSync: ['runbooks.cast.ai/v1alpha1', 'recommendationsyncs'],
  Migration: ['live.cast.ai/v1', 'migrations'],
  VulnerabilityReport: ['aquasecurity.github.io/v1alpha1', 'vulnerabilityreports'],
  ClusterVulnerabilityReport: ['aquasecurity.github.io/v1alpha1', 'clustervulnerabilityreports'],
  ConfigAuditReport: ['aquasecurity.github.io/v1alpha1', 'configauditreports'],
  ClusterConfigAuditReport: ['aquasecurity.github.io/v1alpha1', 'clusterconfigauditreports'],
  ClusterComplianceReport: ['aquasecurity.github.io/v1alpha1', 'clustercompliancereports'],
};

/** The feed of a kind; `apiVersion` as the object has it, empty when it has none. A kind that is not known has no group, and a plural by rule. */
export function feedOfKind(kind: string, apiVersion: string): DeltaFeed {
  const known = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  const groupVersion = apiVersion === '' ? (known?.[0] ?? '') : apiVersion;
  const slash = groupVersion.indexOf('/');
  return {
    group: slash === -1 ? '' : groupVersion.slice(0, slash),
    version: groupVersion.slice(slash + 1),
    resource: known?.[1] ?? pluralOf(kind),
    kind,
  };
}

/** As controller generators do it: good enough for a name that people read. */
function pluralOf(kind: string): string {
  const name = kind.toLowerCase();
  if (/(?:s|x|z|ch|sh)$/u.test(name)) return `${name}es`;
  return /[^aeiou]y$/u.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;
}
