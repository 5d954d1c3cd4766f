/** The part of the scrub policy about annotations: which may leave, up to which length, and which never by a prefix. */

/** Annotations whose values are longer (in UTF-8 bytes) are dropped whole: a cut JSON document misleads. */
export const MAX_ANNOTATION_BYTES = 2048;

/**
 * Never sent by a prefix, only when an operator names one in full: each repeats all that the policy drops, as its tool applied or found
 * it. kubectl, kapp, Rancher and its fleet, Consul, kopf, metacontroller, operators on Banzai's matcher, Config Sync, Helm operators.
 */
export const LAST_APPLIED_ANNOTATIONS: readonly string[] = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'banzaicloud.com/last-applied',
  'configmanagement.gke.io/declared-config',
  'configsync.gke.io/declared-fields',
  'consul.hashicorp.com/original-pod',
  'kapp.k14s.io/original',
  'kapp.k14s.io/original-diff',
  'kopf.zalando.org/last-handled-configuration',
  'metacontroller.k8s.io/last-applied-configuration',
  'objectset.rio.cattle.io/applied',
];

/**
 * Words in the name of such an annotation, whoever made its tool, in whatever case. Together with the list they are what no prefix lets out.
 */
export const LAST_APPLIED_WORDS: readonly string[] = [
  'last-applied',
  'last-handled',
  'last-config',
  'last_applied',
  'lastapplied',
  'lastconfig',
  'applied-config',
  'applied-manifest',
  'appliedmanifest',
  'declared-config',
  'declared-fields',
  'original-diff',
  'original-pod',
  'original-spec',
  'alm-examples',
];

/** An annotation, or all of a domain, that may leave. */
export interface AllowedAnnotation {
  readonly allow: string;
  /** For the documentation. */
  readonly why: string;
  /** Where it is not `MAX_ANNOTATION_BYTES`. */
  readonly maxBytes?: number;
}

/**
 * Annotations that may leave. `*.domain/` is that domain and every domain below it; another entry that ends in `/` is
 * one domain; anything else is one key.
 */
export const ANNOTATIONS: readonly AllowedAnnotation[] = [
  // The configuration of a workload of many containers is longer than any other annotation.
  { allow: '*.cast.ai/', why: "the platform's own settings on workloads and nodes, up to 16 KiB", maxBytes: 16_384 },
  {
    allow: 'cluster-autoscaler.kubernetes.io/',
    why: 'safe-to-evict and scale-down-disabled forbid to move a pod or remove a node',
  },
  { allow: 'karpenter.sh/', why: 'do-not-disrupt and the hashes that show drift' },
  { allow: 'karpenter.k8s.aws/', why: 'as karpenter.sh, per provider' },
  { allow: 'karpenter.azure.com/', why: 'as karpenter.sh, per provider' },
  { allow: 'controller.kubernetes.io/pod-deletion-cost', why: 'which pod goes first on scale-down' },
  { allow: 'descheduler.alpha.kubernetes.io/', why: 'asks for or forbids eviction, or says that one is under way' },
  { allow: 'openshift.io/node-selector', why: 'node selector of every new pod of a namespace' },
  { allow: 'scheduler.alpha.kubernetes.io/node-selector', why: 'node selector of every new pod of a namespace' },
  { allow: 'scheduler.alpha.kubernetes.io/defaultTolerations', why: 'tolerations of every new pod of a namespace' },
  { allow: 'cluster.x-k8s.io/machine', why: 'which machine of Cluster API a node is' },
  { allow: 'machine.openshift.io/machine', why: 'which machine of OpenShift a node is' },
  { allow: 'autoscaling.x-k8s.io/', why: 'which request for capacity reserved the place of a pod' },
  { allow: 'scheduling.k8s.io/group-name', why: 'pods that are placed together or not at all' },
  { allow: 'kueue.x-k8s.io/pod-group-total-count', why: 'how many pods are placed together' },
  { allow: 'autoscaling.keda.sh/', why: 'pauses of scaled objects' },
  { allow: 'deployment.kubernetes.io/revision', why: 'which replica set is the current one' },
  { allow: 'rollout.argoproj.io/revision', why: 'which replica set is the current one' },
  { allow: 'kubernetes.io/config.source', why: 'static pods cannot be moved' },
  { allow: 'kubernetes.io/config.mirror', why: 'by which drain and autoscaler know a static pod' },
  { allow: 'resource.kubernetes.io/extended-resource-claim', why: 'a device claim that the scheduler made itself' },
  { allow: 'resource.kubernetes.io/pod-claim-name', why: 'ties a generated device claim to its pod' },
  { allow: 'pv.kubernetes.io/provisioned-by', why: 'which driver made a volume' },
  { allow: 'pv.kubernetes.io/bind-completed', why: 'whether a claim with a volume is really bound' },
  { allow: 'volume.kubernetes.io/storage-provisioner', why: 'which driver will make a volume' },
  { allow: 'volume.kubernetes.io/selected-node', why: 'where a volume must be made' },
  { allow: 'volume.beta.kubernetes.io/storage-class', why: 'storage class of old claims' },
  { allow: 'storageclass.kubernetes.io/is-default-class', why: 'storage class of claims that name none' },
  { allow: 'storageclass.beta.kubernetes.io/is-default-class', why: 'the same, as old clusters write it' },
  {
    allow: 'autopilot.gke.io/resource-adjustment',
    why: 'what a pod asked for before GKE Autopilot rounded it up, which is billed',
  },
  { allow: 'oci.oraclecloud.com/node-pool-id', why: 'which pool of OKE a node is of' },
  {
    allow: 'storage.alpha.kubernetes.io/migrated-plugins',
    why: 'whether old volumes count for the CSI driver of a node',
  },
  { allow: 'CapacityProvisioned', why: 'the machine that AWS bills for a pod on Fargate' },
  { allow: 'service.beta.kubernetes.io/aws-load-balancer-type', why: 'which load balancer is billed' },
  { allow: 'service.beta.kubernetes.io/aws-load-balancer-scheme', why: 'whether its address is a public one' },
  { allow: 'service.beta.kubernetes.io/azure-load-balancer-internal', why: 'whether its address is a public one' },
  { allow: 'networking.gke.io/load-balancer-type', why: 'whether its address is a public one' },
  { allow: 'starved_resource', why: 'eviction events: which resource ran out' },
  { allow: 'offending_containers', why: 'eviction events: which containers used it' },
  { allow: 'offending_containers_usage', why: 'eviction events: how much they used' },
];
