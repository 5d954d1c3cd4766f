/**
 * The table of feeds: everything that the agent may list and watch, most important first.
 *
 * The order is the order of the first snapshot: nodes and pods carry the cost of a cluster, so the platform has a useful
 * picture long before the last feed is done. Which of them a cluster serves, in which version, and whether the agent may
 * read it, is found out by discovery and access reviews; a feed that is missing or forbidden never holds up the others.
 * Source of the kinds: the existing agent's watched kinds, plus the other clouds' node classes, the Gateway API's routes, and what
 * the scheduler and the autoscalers read beside.
 */
import type { ScrubRuleName } from '../scrub/rules.ts';
import { type ExtraKind, extraKindPattern, parseExtraKinds } from './extra-kinds.ts';

/** One list+watch, before discovery has chosen the version. An empty string means "not set", as on the wire. */
export interface FeedSpec {
  /** Unique and stable; the label of this feed in logs, metrics and `/statusz`. */
  readonly name: string;
  readonly group: string;
  /** Preferred first; the first one that the cluster serves is used, so that no object is sent in two versions. */
  readonly versions: readonly [string, ...string[]];
  readonly resource: string;
  readonly kind: string;
  /** `poll`: the API has no watch, the list is read again and again. */
  readonly mode: 'watch' | 'poll';
  readonly namespace: string;
  readonly fieldSelector: string;
  /** The scrub policy of its objects. */
  readonly scrub: ScrubRuleName;
  /** An operator can switch these feeds off as a group. */
  readonly readSwitch?: ReadSwitch;
  /** Not of the table: `EXTRA_KINDS` names it. Its `kind` is that of its path until discovery has told the real one. */
  readonly isExtra?: true;
  /** Position in the first snapshot; smaller is earlier. */
  readonly priority: number;
}

/** Groups of feeds that security reviews ask about. */
export type ReadSwitch = 'rbac' | 'ingress';

/** What an operator decides about feeds. */
export interface FeedOptions {
  /** Namespaces whose ConfigMaps are read; none unless named. Values are dropped by the scrub policy all the same. */
  readonly configMapNamespaces: readonly string[];
  /** Roles and their bindings. */
  readonly readRbac: boolean;
  /** Ingresses, network policies and the Gateway API's routes. */
  readonly readIngress: boolean;
  /** Names of feeds that are not read, whatever else is allowed; none unless told. The indispensable ones are read all the same. */
  readonly skipFeeds?: readonly string[];
  /** Further kinds, as `EXTRA_KINDS` has them; none unless told. */
  readonly extraKinds?: readonly string[];
}

/** Every feed that these options allow, most important first. Secrets are in no case among them. */
export function allFeeds(options: FeedOptions): FeedSpec[] {
  const isOn = { rbac: options.readRbac, ingress: options.readIngress };
  const skipped = new Set(options.skipFeeds);
  const rows = [
    ...TABLE.filter((row) => row.readSwitch === undefined || isOn[row.readSwitch]),
    ...[...new Set(options.configMapNamespaces)].map(configMaps),
    ...parseExtraKinds(options.extraKinds ?? []).map(extra),
  ];
  const read = rows.filter(({ name }) => !skipped.has(name) || isIndispensable(name));
  return read.map((row, priority) => ({ ...row, priority }));
}

/** Whether the platform has no picture of the cluster without this feed; every other one only adds to it. */
export function isIndispensable(name: string): boolean {
  return name === 'nodes' || name === 'pods';
}

/** Every feed that an operator may leave out by its name. */
export function skippableFeeds(): string[] {
  return TABLE.map(({ name }) => name).filter((name) => !isIndispensable(name));
}

/** What an entry of `EXTRA_KINDS` looks like. */
export function extraKindForm(): RegExp {
  return extraKindPattern(TABLE);
}

/** The path of the collection that a feed lists and watches, e.g. `/apis/apps/v1/deployments`. */
export function listPath(spec: Pick<FeedSpec, 'group' | 'resource' | 'namespace'>, version: string): string {
  const root = spec.group === '' ? `/api/${version}` : `/apis/${spec.group}/${version}`;
  const scope = spec.namespace === '' ? '' : `/namespaces/${encodeURIComponent(spec.namespace)}`;
  return `${root}${scope}/${spec.resource}`;
}

/** Of which kind the objects of the feed's lists say to be; undefined: what an operator names may be a resource whose list is called otherwise. */
export function listedKind({ kind, isExtra }: Pick<FeedSpec, 'kind' | 'isExtra'>): string | undefined {
  return isExtra === true ? undefined : kind;
}

type Row = Omit<FeedSpec, 'priority'>;

/** `versions` is a comma-separated list, preferred first. */
function feed(groupVersions: string, resource: string, row: Pick<Row, 'kind' | 'scrub'> & Partial<Row>): Row {
  const slash = groupVersions.indexOf('/');
  const group = slash === -1 ? '' : groupVersions.slice(0, slash);
  const [preferred = '', ...older] = groupVersions.slice(slash + 1).split(',');
  const name = group === '' ? resource : `${resource}.${group}`;
  return {
    name,
    group,
    versions: [preferred, ...older],
    resource,
    mode: 'watch',
    namespace: '',
    fieldSelector: '',
    ...row,
  };
}

const configMaps = (namespace: string): Row =>
  feed('v1', 'configmaps', { name: `configmaps/${namespace}`, kind: 'ConfigMap', scrub: 'configMap', namespace });

const extra = ({ group, version, resource, scrub }: ExtraKind): Row =>
  feed(`${group}/${version}`, resource, { kind: resource, scrub, isExtra: true });

const TABLE: readonly Row[] = [
  feed('v1', 'nodes', { kind: 'Node', scrub: 'node' }),
  feed('v1', 'pods', { kind: 'Pod', scrub: 'pod' }),
  feed('v1', 'namespaces', { kind: 'Namespace', scrub: 'namespace' }),
  feed('apps/v1', 'deployments', { kind: 'Deployment', scrub: 'deployment' }),
  feed('apps/v1', 'replicasets', { kind: 'ReplicaSet', scrub: 'replicaSet' }),
  feed('apps/v1', 'daemonsets', { kind: 'DaemonSet', scrub: 'daemonSet' }),
  feed('apps/v1', 'statefulsets', { kind: 'StatefulSet', scrub: 'statefulSet' }),
  feed('batch/v1', 'jobs', { kind: 'Job', scrub: 'job' }),
  feed('batch/v1', 'cronjobs', { kind: 'CronJob', scrub: 'cronJob' }),
  feed('v1', 'replicationcontrollers', { kind: 'ReplicationController', scrub: 'replicationController' }),
  feed('argoproj.io/v1alpha1', 'rollouts', { kind: 'Rollout', scrub: 'rollout' }),
  feed('datadoghq.com/v1alpha1', 'extendeddaemonsetreplicasets', {
    kind: 'ExtendedDaemonSetReplicaSet',
    scrub: 'extendedDaemonSetReplicaSet',
  }),

  feed('datadoghq.com/v1alpha1', 'extendeddaemonsets', { kind: 'ExtendedDaemonSet', scrub: 'extendedDaemonSet' }),

  feed('v1', 'persistentvolumeclaims', { kind: 'PersistentVolumeClaim', scrub: 'persistentVolumeClaim' }),
  feed('v1', 'persistentvolumes', { kind: 'PersistentVolume', scrub: 'persistentVolume' }),
  feed('storage.k8s.io/v1', 'storageclasses', { kind: 'StorageClass', scrub: 'storageClass' }),
  feed('storage.k8s.io/v1', 'csinodes', { kind: 'CSINode', scrub: 'csiNode' }),
  feed('storage.k8s.io/v1', 'volumeattachments', { kind: 'VolumeAttachment', scrub: 'volumeAttachment' }),
  feed('storage.k8s.io/v1', 'csidrivers', { kind: 'CSIDriver', scrub: 'csiDriver' }),
  feed('storage.k8s.io/v1', 'csistoragecapacities', { kind: 'CSIStorageCapacity', scrub: 'csiStorageCapacity' }),
  feed('storage.k8s.io/v1,v1beta1', 'volumeattributesclasses', {
    kind: 'VolumeAttributesClass',
    scrub: 'volumeAttributesClass',
  }),
  feed('node.k8s.io/v1', 'runtimeclasses', { kind: 'RuntimeClass', scrub: 'runtimeClass' }),
  feed('scheduling.k8s.io/v1', 'priorityclasses', { kind: 'PriorityClass', scrub: 'priorityClass' }),
  feed('policy/v1', 'poddisruptionbudgets', { kind: 'PodDisruptionBudget', scrub: 'podDisruptionBudget' }),
  feed('v1', 'services', { kind: 'Service', scrub: 'service' }),

  feed('autoscaling/v2,v1', 'horizontalpodautoscalers', {
    kind: 'HorizontalPodAutoscaler',
    scrub: 'horizontalPodAutoscaler',
  }),
  feed('autoscaling.k8s.io/v1', 'verticalpodautoscalers', {
    kind: 'VerticalPodAutoscaler',
    scrub: 'verticalPodAutoscaler',
  }),
  feed('keda.sh/v1alpha1', 'scaledobjects', { kind: 'ScaledObject', scrub: 'scaledObject' }),
  feed('keda.sh/v1alpha1', 'scaledjobs', { kind: 'ScaledJob', scrub: 'scaledJob' }),

  feed('karpenter.sh/v1,v1beta1', 'nodepools', { kind: 'NodePool', scrub: 'nodePool' }),
  feed('karpenter.sh/v1,v1beta1', 'nodeclaims', { kind: 'NodeClaim', scrub: 'nodeClaim' }),
  feed('karpenter.sh/v1alpha1', 'nodeoverlays', { kind: 'NodeOverlay', scrub: 'nodeOverlay' }),
  feed('karpenter.sh/v1alpha5', 'provisioners', { kind: 'Provisioner', scrub: 'provisioner' }),
  feed('karpenter.sh/v1alpha5', 'machines', { kind: 'Machine', scrub: 'nodeClaim' }),
  feed('karpenter.azure.com/v1beta1,v1alpha2', 'aksnodeclasses', { kind: 'AKSNodeClass', scrub: 'aksNodeClass' }),
  feed('karpenter.k8s.aws/v1,v1beta1', 'ec2nodeclasses', { kind: 'EC2NodeClass', scrub: 'ec2NodeClass' }),
  feed('karpenter.k8s.aws/v1alpha1', 'awsnodetemplates', { kind: 'AWSNodeTemplate', scrub: 'ec2NodeClass' }),
  feed('eks.amazonaws.com/v1', 'nodeclasses', { kind: 'NodeClass', scrub: 'eksNodeClass' }),

  feed('karpenter.k8s.gcp/v1alpha1', 'gcenodeclasses', { kind: 'GCENodeClass', scrub: 'gceNodeClass' }),
  feed('cloud.google.com/v1', 'computeclasses', { kind: 'ComputeClass', scrub: 'computeClass' }),
  feed('autoscaling.x-k8s.io/v1beta1,v1alpha1', 'capacitybuffers', { kind: 'CapacityBuffer', scrub: 'capacityBuffer' }),
  feed('autoscaling.x-k8s.io/v1,v1beta1', 'provisioningrequests', {
    kind: 'ProvisioningRequest',
    scrub: 'provisioningRequest',
  }),
  feed('scheduling.volcano.sh/v1beta1', 'podgroups', { kind: 'PodGroup', scrub: 'volcanoPodGroup' }),
  feed('kueue.x-k8s.io/v1beta2,v1beta1', 'workloads', { kind: 'Workload', scrub: 'queuedWorkload' }),

  feed('resource.k8s.io/v1,v1beta2,v1beta1', 'deviceclasses', { kind: 'DeviceClass', scrub: 'deviceClass' }),
  feed('resource.k8s.io/v1,v1beta2,v1beta1', 'resourceslices', { kind: 'ResourceSlice', scrub: 'resourceSlice' }),
  feed('resource.k8s.io/v1,v1beta2,v1beta1', 'resourceclaims', { kind: 'ResourceClaim', scrub: 'resourceClaim' }),
  feed('resource.k8s.io/v1,v1beta2,v1beta1', 'resourceclaimtemplates', {
    kind: 'ResourceClaimTemplate',
    scrub: 'resourceClaimTemplate',
  }),
  feed('v1', 'limitranges', { kind: 'LimitRange', scrub: 'limitRange' }),
  feed('v1', 'resourcequotas', { kind: 'ResourceQuota', scrub: 'resourceQuota' }),

  feed('autoscaling.cast.ai/v1', 'recommendations', { kind: 'Recommendation', scrub: 'recommendation' }),
  feed('autoscaling.cast.ai/v1', 'custommetricsexporterconfigs', {
    kind: 'CustomMetricsExporterConfig',
    scrub: 'customMetricsExporterConfig',
  }),
  feed('pod-mutations.cast.ai/v1', 'podmutations', { kind: 'PodMutation', scrub: 'podMutation' }),
  feed('storageoptimization.cast.ai/v1alpha1', 'nodediskrecommendations', {
    kind: 'NodeDiskRecommendation',
    scrub: 'nodeDiskRecommendation',
  }),
  feed('runbooks.cast.ai/v1alpha1', 'recommendationsyncs', { kind: 'RecommendationSync', scrub: 'metadataOnly' }),
  feed('live.cast.ai/v1', 'migrations', { kind: 'Migration', scrub: 'metadataOnly' }),

  // Reports of trivy-operator.
  feed('aquasecurity.github.io/v1alpha1', 'vulnerabilityreports', {
    kind: 'VulnerabilityReport',
    scrub: 'vulnerabilityReport',
  }),
  feed('aquasecurity.github.io/v1alpha1', 'clustervulnerabilityreports', {
    kind: 'ClusterVulnerabilityReport',
    scrub: 'vulnerabilityReport',
  }),
  feed('aquasecurity.github.io/v1alpha1', 'configauditreports', {
    kind: 'ConfigAuditReport',
    scrub: 'configAuditReport',
  }),
  feed('aquasecurity.github.io/v1alpha1', 'clusterconfigauditreports', {
    kind: 'ClusterConfigAuditReport',
    scrub: 'configAuditReport',
  }),
  feed('aquasecurity.github.io/v1alpha1', 'clustercompliancereports', {
    kind: 'ClusterComplianceReport',
    scrub: 'clusterComplianceReport',
  }),

  feed('networking.k8s.io/v1', 'ingresses', { kind: 'Ingress', scrub: 'ingress', readSwitch: 'ingress' }),
  feed('networking.k8s.io/v1', 'networkpolicies', {
    kind: 'NetworkPolicy',
    scrub: 'networkPolicy',
    readSwitch: 'ingress',
  }),
  feed('gateway.networking.k8s.io/v1,v1beta1', 'httproutes', {
    kind: 'HTTPRoute',
    scrub: 'route',
    readSwitch: 'ingress',
  }),
  feed('gateway.networking.k8s.io/v1,v1alpha2', 'grpcroutes', {
    kind: 'GRPCRoute',
    scrub: 'route',
    readSwitch: 'ingress',
  }),
  feed('gateway.networking.k8s.io/v1,v1alpha3,v1alpha2', 'tlsroutes', {
    kind: 'TLSRoute',
    scrub: 'route',
    readSwitch: 'ingress',
  }),
  feed('gateway.networking.k8s.io/v1,v1alpha2', 'tcproutes', {
    kind: 'TCPRoute',
    scrub: 'route',
    readSwitch: 'ingress',
  }),
  feed('gateway.networking.k8s.io/v1,v1alpha2', 'udproutes', {
    kind: 'UDPRoute',
    scrub: 'route',
    readSwitch: 'ingress',
  }),

  feed('rbac.authorization.k8s.io/v1', 'roles', { kind: 'Role', scrub: 'role', readSwitch: 'rbac' }),
  feed('rbac.authorization.k8s.io/v1', 'rolebindings', {
    kind: 'RoleBinding',
    scrub: 'roleBinding',
    readSwitch: 'rbac',
  }),
  feed('rbac.authorization.k8s.io/v1', 'clusterroles', { kind: 'ClusterRole', scrub: 'role', readSwitch: 'rbac' }),
  feed('rbac.authorization.k8s.io/v1', 'clusterrolebindings', {
    kind: 'ClusterRoleBinding',
    scrub: 'roleBinding',
    readSwitch: 'rbac',
  }),

  // Events have no watch cache: every watch of them is a stream of all events out of etcd, so that there are two and no more. Why a pod
  // is pending is in its own status.
  // Memory evictions by the kubelet. Container OOM kills are in the pod's own status.
  feed('v1', 'events', {
    name: 'events/oom',
    kind: 'Event',
    scrub: 'event',
    fieldSelector: 'involvedObject.kind=Pod,reason=Evicted',
  }),
  feed('v1', 'events', {
    name: 'events/autoscaler',
    kind: 'Event',
    scrub: 'event',
    fieldSelector: 'reportingComponent=autoscaler.cast.ai',
  }),
  feed('metrics.k8s.io/v1beta1', 'nodes', { kind: 'NodeMetrics', scrub: 'nodeMetrics', mode: 'poll' }),
  feed('metrics.k8s.io/v1beta1', 'pods', { kind: 'PodMetrics', scrub: 'podMetrics', mode: 'poll' }),
];
