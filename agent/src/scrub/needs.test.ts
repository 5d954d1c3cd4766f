/**
 * What schedulers, autoscalers, removal of nodes, bills and people need of a cluster, asked of the policy: each line is a field or an
 * annotation that somebody reads, and a simulation or a number is wrong without it. The readers are kube-scheduler, cluster-autoscaler,
 * Karpenter, the descheduler, OpenCost, kube-state-metrics, and the platform.
 */
import { describe, expect, it } from 'vitest';
import { completeObjects } from '@castai/test/samples/complete-objects/complete-objects.ts';
import { leaving, policyStates, REVIEWED_FEEDS } from './review/policy-states.ts';

const states = policyStates(completeObjects());

/** Paths below one prefix, in lines of words. */
const below = (prefix: string, ...lines: readonly string[]): string[] =>
  lines.flatMap((line) => line.split(' ')).map((path) => `${prefix}${path}`);

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Everywhere: without it every simulation is wrong. */
const RANK_1: Readonly<Record<string, readonly string[]>> = {
  'where a pod fits': [
    ...below('Container ', 'resources.requests.* resources.limits.* restartPolicy ports[].hostPort ports[].protocol'),
    ...below('PodSpec ', 'overhead.* resources.requests.* resources.limits.* nodeName nodeSelector.* hostNetwork'),
    ...below('PodSpec affinity.nodeAffinity.', `${REQUIRED}.nodeSelectorTerms[].matchExpressions[].values[]`),
    ...below(
      'PodSpec affinity.nodeAffinity.',
      `${REQUIRED}.nodeSelectorTerms[].matchFields[].values[] ${PREFERRED}[].weight`,
    ),
    ...below(
      'PodSpec topologySpreadConstraints[].',
      'maxSkew minDomains topologyKey whenUnsatisfiable matchLabelKeys[]',
    ),
    ...below('PodSpec topologySpreadConstraints[].', 'labelSelector.matchLabels.* nodeAffinityPolicy nodeTaintsPolicy'),
    ...below(
      `PodSpec affinity.podAffinity.${REQUIRED}[].`,
      'labelSelector.matchLabels.* namespaceSelector.matchLabels.*',
    ),
    ...below(
      `PodSpec affinity.podAffinity.${REQUIRED}[].`,
      'namespaces[] topologyKey matchLabelKeys[] mismatchLabelKeys[]',
    ),
    ...below(`PodSpec affinity.podAntiAffinity.${PREFERRED}[].`, 'weight'),
    ...below('PodSpec tolerations[].', 'key operator value effect tolerationSeconds'),
    ...below(
      'PodSpec ',
      'schedulingGates[].name priority preemptionPolicy schedulerName runtimeClassName priorityClassName',
    ),
    ...below('ContainerStatus ', 'allocatedResources.* resources.requests.*'),
    ...below('Pod status.', 'nominatedNodeName'),
    ...below('PriorityClass ', 'value globalDefault preemptionPolicy'),
    'Metadata labels.*',
    ...below('Condition ', 'type status reason lastTransitionTime'),
  ],
  'what a node has': [
    ...below('Node spec.', 'taints[].key taints[].value taints[].effect unschedulable providerID'),
    ...below('Node status.', 'allocatable.* capacity.* nodeInfo.kubeletVersion nodeInfo.osImage'),
    ...below('Node status.nodeInfo.', 'kernelVersion containerRuntimeVersion architecture operatingSystem'),
  ],
  volumes: [
    ...below(
      'PodSpec volumes[].',
      'persistentVolumeClaim.claimName csi.driver emptyDir.medium emptyDir.sizeLimit hostPath.type',
    ),
    'PodSpec volumes[].ephemeral.volumeClaimTemplate.spec.storageClassName',
    ...below(
      'PersistentVolumeClaim spec.',
      'volumeName storageClassName accessModes[] resources.requests.* volumeMode',
    ),
    ...below('PersistentVolumeClaim ', 'spec.selector.matchLabels.* status.phase'),
    ...below(
      'PersistentVolume spec.',
      'csi.driver claimRef.name claimRef.uid capacity.* storageClassName accessModes[]',
    ),
    'PersistentVolume spec.nodeAffinity.required.nodeSelectorTerms[].matchExpressions[].values[]',
    ...below('PersistentVolume ', 'spec.persistentVolumeReclaimPolicy spec.volumeAttributesClassName status.phase'),
    ...below('StorageClass ', 'volumeBindingMode provisioner allowedTopologies[].matchLabelExpressions[].values[]'),
    ...below('CSINode spec.drivers[].', 'name allocatable.count topologyKeys[]'),
    ...below('VolumeAttachment ', 'spec.attacher spec.nodeName spec.source.persistentVolumeName status.attached'),
  ],
  devices: [
    ...below('ResourceClaim spec.devices.requests[].exactly.', 'deviceClassName count selectors[].cel.expression'),
    ...below('ResourceClaim status.allocation.devices.results[].', 'device pool driver'),
    'ResourceClaim status.reservedFor[].uid',
    ...below('ResourceSlice spec.', 'driver pool.name pool.generation pool.resourceSliceCount nodeName allNodes'),
    ...below('ResourceSlice spec.devices[].', 'name attributes.*.string capacity.*.value taints[].effect'),
    ...below('DeviceClass spec.', 'selectors[].cel.expression extendedResourceName'),
  ],
  removal: [
    ...below(
      'PodDisruptionBudget spec.',
      'minAvailable maxUnavailable selector.matchLabels.* unhealthyPodEvictionPolicy',
    ),
    ...below(
      'PodDisruptionBudget status.',
      'disruptionsAllowed currentHealthy desiredHealthy expectedPods observedGeneration',
    ),
    ...below(
      'Metadata ',
      'ownerReferences[].kind ownerReferences[].controller finalizers[] deletionTimestamp creationTimestamp',
    ),
    ...below('PodSpec ', 'terminationGracePeriodSeconds restartPolicy'),
    ...below('Pod status.', 'phase startTime'),
    ...below('NodePool spec.', 'disruption.budgets[].nodes disruption.budgets[].schedule limits.* weight'),
  ],
  autoscalers: [
    ...below('HorizontalPodAutoscaler spec.', 'scaleTargetRef.name minReplicas maxReplicas'),
    'HorizontalPodAutoscaler spec.metrics[].resource.target.averageUtilization',
    ...below('HorizontalPodAutoscaler status.', 'currentReplicas desiredReplicas'),
    'VerticalPodAutoscaler status.recommendation.containerRecommendations[].target.*',
    ...below('ScaledObject spec.', 'triggers[].type minReplicaCount maxReplicaCount idleReplicaCount'),
  ],
};

/** Kinds whose fields no module has, with an object of which all has to be sent. */
const OTHER_KINDS: readonly (readonly [kind: string, object: object])[] = [
  ['NodeMetrics', { timestamp: '2026-10-01T06:07:44Z', window: '20s', usage: { cpu: '120m', memory: '3Gi' } }],
  ['PodGroup', { spec: { minMember: 3, minResources: { cpu: '3' }, queue: 'q' } }],
  [
    'ProvisioningRequest',
    { spec: { provisioningClassName: 'c', podSets: [{ count: 3, podTemplateRef: { name: 't' } }] } },
  ],
  [
    'ComputeClass',
    { spec: { priorities: [{ machineFamily: 'n4', spot: true, minCores: 8 }], whenUnsatisfiable: 'ScaleUpAnyway' } },
  ],
  [
    'GCENodeClass',
    { spec: { disks: [{ category: 'pd-ssd', sizeGiB: 60, boot: true }], kubeletConfiguration: { maxPods: 50 } } },
  ],
  [
    'NodeClass',
    { spec: { ephemeralStorage: { size: '80Gi', iops: 3000 } }, status: { subnets: [{ id: 's', zone: 'a' }] } },
  ],
  [
    'ExtendedDaemonSet',
    { spec: { template: { spec: { containers: [{ name: 'a', image: 'b' }] } } }, status: { desired: 3 } },
  ],
];

/** Where the feature is used. */
const RANK_2: Readonly<Record<string, readonly string[]>> = {
  'Kubernetes 1.36': [
    ...below('Node status.', 'declaredFeatures[]'),
    ...below('PodSpec ', 'hostUsers schedulingGroup.podGroupName'),
    ...below('Container ', 'restartPolicyRules[].action ports[].hostIP'),
    ...below('Pod status.', 'resources.requests.* allocatedResources.* extendedResourceClaimStatus.resourceClaimName'),
    ...below('ResourceClaim status.allocation.devices.results[].', 'adminAccess consumedCapacity.* shareID'),
    ...below('ResourceSlice spec.devices[].', 'allowMultipleAllocations capacity.*.requestPolicy.default bindsToNode'),
  ],
  'storage that is not everywhere': [
    ...below('CSIDriver spec.', 'storageCapacity preventPodSchedulingIfMissing attachRequired'),
    ...below('CSIStorageCapacity ', 'storageClassName capacity maximumVolumeSize nodeTopology.matchLabels.*'),
    'VolumeAttributesClass driverName',
  ],
  'pods that do not exist yet': below(
    'RuntimeClass ',
    'overhead.podFixed.* scheduling.nodeSelector.* scheduling.tolerations[].key',
  ),
  'gangs and queues': [
    ...below('Workload spec.', 'queueName priority active podSets[].count'),
    'Workload status.admission.podSetAssignments[].resourceUsage.*',
  ],
  'head-room on purpose': below(
    'CapacityBuffer ',
    'spec.replicas spec.percentage spec.podTemplateRef.name status.replicas',
  ),
  jobs: below('Job spec.podFailurePolicy.rules[].', 'action onPodConditions[].type'),
  nodes: [
    'NodeClaim status.lastPodEventTime',
    ...below(
      'EC2NodeClass status.capacityReservations[].',
      'instanceType availabilityZone reservationType state interruptible',
    ),
  ],
  'what drives replicas': [
    ...below(
      'HorizontalPodAutoscaler status.currentMetrics[].',
      'type resource.current.averageUtilization external.current.value',
    ),
    ...below(
      'VerticalPodAutoscaler spec.',
      'updatePolicy.evictionRequirements[].changeRequirement startupBoost.cpu.type',
    ),
    ...below('ScaledObject spec.', 'fallback.replicas'),
    ...below(
      'Rollout ',
      'status.canary.weights.canary.weight spec.workloadRef.scaleDown status.pauseConditions[].reason',
    ),
    ...below('Rollout spec.strategy.blueGreen.', 'previewReplicaCount scaleDownDelaySeconds'),
  ],
};

/** What linters judge by: behind switches. */
const SWITCHED: readonly string[] = [
  ...below(
    'Container securityContext.',
    'privileged allowPrivilegeEscalation runAsNonRoot runAsUser readOnlyRootFilesystem',
  ),
  ...below('Container securityContext.', 'capabilities.add[] capabilities.drop[] seccompProfile.type procMount'),
  ...below(
    'PodSpec ',
    'securityContext.runAsNonRoot securityContext.seccompProfile.type securityContext.sysctls[].name',
  ),
  ...below('PodSpec ', 'hostPID hostIPC shareProcessNamespace automountServiceAccountToken serviceAccountName'),
  ...below(
    '',
    'PodSpec|volumes[].hostPath.path Container|volumeMounts[].readOnly Container|volumeMounts[].mountPath',
  ).map((path) => path.replace('|', ' ')),
];

/** Kind, key, and a value as it stands there. */
const ANNOTATED: readonly (readonly [kind: string, key: string, value: string])[] = [
  ['Pod', 'kubernetes.io/config.mirror', '9f0e'],
  ['Pod', 'kubernetes.io/config.source', 'file'],
  ['Pod', 'cluster-autoscaler.kubernetes.io/safe-to-evict', 'false'],
  ['Pod', 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes', 'a,b'],
  ['Pod', 'karpenter.sh/do-not-disrupt', 'true'],
  ['Pod', 'autoscaling.cast.ai/removal-disabled', 'true'],
  ['Pod', 'descheduler.alpha.kubernetes.io/evict', 'true'],
  ['Pod', 'descheduler.alpha.kubernetes.io/prefer-no-eviction', 'true'],
  ['Pod', 'descheduler.alpha.kubernetes.io/request-evict-only', 'true'],
  ['Pod', 'descheduler.alpha.kubernetes.io/eviction-in-progress', 'true'],
  ['Pod', 'autoscaling.x-k8s.io/consume-provisioning-request', 'pr-1'],
  ['Pod', 'scheduling.k8s.io/group-name', 'gang'],
  ['Pod', 'kueue.x-k8s.io/pod-group-total-count', '2'],
  ['Pod', 'CapacityProvisioned', '0.25vCPU 0.5GB'],
  ['Pod', 'autopilot.gke.io/resource-adjustment', '{"input":{"containers":[]}}'],
  ['Node', 'oci.oraclecloud.com/node-pool-id', 'ocid1.nodepool.oc1..a'],
  ['CSINode', 'storage.alpha.kubernetes.io/migrated-plugins', 'kubernetes.io/aws-ebs'],
  ['Node', 'cluster-autoscaler.kubernetes.io/scale-down-disabled', 'true'],
  ['Node', 'cluster.x-k8s.io/machine', 'm-1'],
  ['Node', 'machine.openshift.io/machine', 'openshift-machine-api/m-1'],
  ['Namespace', 'openshift.io/node-selector', 'pool=a'],
  ['Namespace', 'scheduler.alpha.kubernetes.io/node-selector', 'pool=a'],
  ['Namespace', 'scheduler.alpha.kubernetes.io/defaultTolerations', '[]'],
  ['PersistentVolumeClaim', 'volume.kubernetes.io/selected-node', 'node-1'],
  ['PersistentVolumeClaim', 'pv.kubernetes.io/bind-completed', 'yes'],
  ['ResourceClaim', 'resource.kubernetes.io/extended-resource-claim', 'true'],
  ['StorageClass', 'storageclass.kubernetes.io/is-default-class', 'true'],
  ['StorageClass', 'storageclass.beta.kubernetes.io/is-default-class', 'true'],
  ['Deployment', 'workloads.cast.ai/configuration', 'x'.repeat(3000)],
  ['Service', 'service.beta.kubernetes.io/aws-load-balancer-type', 'nlb'],
  ['Service', 'service.beta.kubernetes.io/aws-load-balancer-scheme', 'internal'],
  ['Service', 'service.beta.kubernetes.io/azure-load-balancer-internal', 'true'],
  ['Service', 'networking.gke.io/load-balancer-type', 'Internal'],
];

/** Names of parameters as drivers document them, which do not heed the case of their letters. */
const PARAMETERS: readonly string[] = below(
  '',
  'type skuName skuname SkuName storageaccounttype storageAccountType iops iopsPerGB throughput DiskIOPSReadWrite',
  'diskIOPSReadWrite DiskMBpsReadWrite diskMBpsReadWrite maxshares perfprofile replication-type accessTier',
  'provisioned-iops-on-create provisioned-throughput-on-create',
);

describe('what is needed', () => {
  it.each(Object.keys(RANK_1))('everywhere is sent: %s', (topic) => {
    expect((RANK_1[topic] ?? []).filter((path) => states.get(path) !== 'sent')).toEqual([]);
  });

  it.each(Object.keys(RANK_2))('where it is used is sent: %s', (topic) => {
    expect((RANK_2[topic] ?? []).filter((path) => states.get(path) !== 'sent')).toEqual([]);
  });

  it.each(OTHER_KINDS)('of %s is sent', (name, object) => {
    expect(leaving(name, { metadata: { name: 'n' }, ...object })).toEqual({ metadata: { name: 'n' }, ...object });
  });

  it('by linters leaves when an operator says so', () => {
    expect(SWITCHED.filter((path) => states.get(path) !== 'switched')).toEqual([]);
  });

  it('among annotations is sent', () => {
    const lost = ANNOTATED.filter(([kind, key, value]) => {
      const sent = leaving(kind, { metadata: { name: 'n', annotations: { [key]: value } } });
      return !JSON.stringify(sent).includes(JSON.stringify(value));
    });
    expect(lost.map(([kind, key]) => `${kind} ${key}`)).toEqual([]);
  });

  it('of a storage class is what its disks cost, and no path of a pool', () => {
    const parameters = Object.fromEntries(PARAMETERS.map((name) => [name, '5']));
    const pool = { 'storage-pools': 'projects/acme/zones/z/storagePools/pool-1', secretName: 'x', server: 'nas01' };
    expect(leaving('StorageClass', { metadata: {}, parameters: { ...parameters, ...pool } })).toMatchObject({
      parameters: { ...parameters, 'storage-pools': 'pool-1' },
    });
    expect(JSON.stringify(leaving('StorageClass', { metadata: {}, parameters: pool }))).not.toMatch(
      /acme|secret|nas01/u,
    );
  });

  it('of a trigger of KEDA are times of cron and numbers of others, and nothing else', () => {
    const triggers = [
      {
        type: 'cron',
        metadata: { timezone: 'Europe/Berlin', start: '0 8 * * *', end: '0 18 * * *', desiredReplicas: '9' },
      },
      { type: 'cpu', metadata: { value: '60' } },
      {
        type: 'prometheus',
        metadata: { threshold: '5', activationThreshold: '1.5', query: 'acme', serverAddress: 'http://x' },
      },
      { type: 'external', metadata: { start: 'acme', threshold: 'acme' } },
    ];
    expect(leaving('ScaledObject', { metadata: {}, spec: { triggers } })).toMatchObject({
      spec: {
        triggers: [
          triggers[0],
          triggers[1],
          { type: 'prometheus', metadata: { threshold: '5', activationThreshold: '1.5' } },
          { type: 'external', metadata: {} },
        ],
      },
    });
  });

  it('of a load balancer is whether it has addresses, and none of them', () => {
    const ingress = [{ ip: '203.0.113.9' }, { hostname: 'acme.elb.example.com' }];
    expect(leaving('Service', { metadata: {}, status: { loadBalancer: { ingress } } })).toEqual({
      metadata: {},
      status: { loadBalancer: { ingress: 2 } },
    });
  });

  it('of the own objects of the platform is what was changed in them', () => {
    const spec = {
      limitsPolicy: { cpu: { type: 'multiplier', multiplier: '1.5' } },
      containersGrouping: [{ into: 'main', key: 'name', operator: 'contains', values: ['a'] }],
      recommendation: [
        {
          containerName: 'main',
          requests: { cpu: '1' },
          resourceStrategy: {
            type: 'NodeAllocatablePercentage',
            nodeAllocatablePercentage: { requests: { cpuPercent: '5' } },
          },
        },
      ],
      rolloutBehavior: { type: 'Default', preferOneByOne: true, delaySeconds: 5 },
      runtimeSpec: { main: { runtime: 'jvm' } },
    };
    expect(leaving('Recommendation', { metadata: {}, spec })).toMatchObject({ spec });
    const groups = [{ name: 'a', percentage: 40 }];
    const mutation = { metadata: {}, spec: { distributionGroups: groups, patches: [{ value: 'x' }] } };
    expect(leaving('PodMutation', mutation)).toMatchObject({ spec: { distributionGroups: groups } });
  });

  it('is asked of kinds and fields that there are', () => {
    const asked = [...Object.values(RANK_1), ...Object.values(RANK_2), SWITCHED].flat();
    expect(asked.filter((path) => !states.has(path))).toEqual([]);
    expect(asked.length).toBeGreaterThan(190);
    expect(
      ANNOTATED.map(([kind]) => kind).filter((kind) => !REVIEWED_FEEDS.some((feed) => feed.kind === kind)),
    ).toEqual([]);
  });
});
