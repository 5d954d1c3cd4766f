/**
 * The scrub policy: everything of every object that may leave the cluster. What is not written here stays.
 *
 * Chosen for what a cost optimiser needs: identity and ownership, what a workload asks for and where it may run, what it
 * is doing (phases, reasons, times, counts), and what capacity exists. Not here, on purpose: values of environment
 * variables, arguments, commands, prose written by programs, ConfigMap values, user data, cloud tags, names of people, IP
 * addresses and host names (but for those that are part of a node's name and labels), security contexts, image pull secrets, volume
 * mounts, opaque parameters and driver configuration.
 * `apiVersion`, `kind` and `metadata.resourceVersion` are not in the body either: the feed and the upsert carry them, and
 * list items of built-in kinds do not have the first two, so that a list and a watch would tell one object differently.
 */
import { containerStatuses, jobSpec, podSpec, podTemplate } from './pod-parts.ts';
import {
  annotations,
  each,
  fields,
  flag,
  list,
  longText,
  map,
  message,
  number,
  numberOrText,
  quantity,
  reason,
  sizes,
  summary,
  text,
  time,
  when,
  where,
  type FieldsShape,
  type ScrubSwitch,
} from './shape.ts';
import {
  adjustments,
  autoscalerSpec,
  backend,
  claimSpec,
  claimTemplate,
  cloudObjects,
  conditions,
  deviceClaimSpec,
  deviceContent,
  deviceSelectors,
  filterTexts,
  kubelet,
  labelPairs,
  labelSelector,
  labels,
  metadata,
  networkPeers,
  networkPorts,
  nodeSelector,
  nodeTemplateSpec,
  objectRef,
  quantities,
  replicaCounts,
  requirements,
  scaleTriggers,
  scalingBehavior,
  taints,
  templateMetadata,
  updateStrategy,
  userData,
} from './rule-parts.ts';

/**
 * Drivers whose volumes are disks of a cloud: their handles are ids of disks, which a bill has too. Those of file shares and buckets
 * are servers, paths, accounts and customers.
 */
const DISK_DRIVERS = [
  'disk.csi.azure.com',
  'ebs.csi.aws.com',
  'ebs.csi.eks.amazonaws.com',
  'pd.csi.storage.gke.io',
  'blockvolume.csi.oraclecloud.com',
  'cinder.csi.openstack.org',
  'csi.vsphere.vmware.com',
  'dobs.csi.digitalocean.com',
];

/** What each switch lets out; the option table and the README are made of this. */
export const SCRUB_SWITCHES: Readonly<Record<ScrubSwitch, string>> = {
  args: 'arguments of containers',
  commands: 'commands of containers and of exec probes',
  conditionMessages: 'prose in conditions and in the status of pods',
  configMapValues: 'values of ConfigMaps (otherwise their sizes)',
  envValues:
    'values of environment variables and names of the objects they come from (otherwise only the names of the variables)',
  eventMessages: 'prose in events',
  externalMetricNames: 'whole names of external metrics (otherwise only which scaler of KEDA made them)',
  lifecycleHooks: 'what containers run or call after start and before stop',
  nodeImages: 'names and sizes of the container images on nodes',
  probeRequests: 'paths, hosts and headers of HTTP probes, services of gRPC probes',
  terminationMessages: 'what containers write when they end or cannot start',
  userData: "scripts and settings that node classes hand to a machine's first start",
};

const plain = (of: FieldsShape['fields']): FieldsShape => fields({ metadata, ...of });
const withSpec = (spec: FieldsShape['fields'], status: FieldsShape['fields'] = {}): FieldsShape =>
  plain({ spec: fields(spec), status: fields({ conditions, ...status }) });
const policy = <Name extends string>(rules: Readonly<Record<Name, FieldsShape>>): Readonly<Record<Name, FieldsShape>> =>
  rules;

/** The policy, by the name that the table of feeds uses. */
export const RULES = policy({
  /** For kinds whose content nobody has named: that the object exists, and its conditions. */
  metadataOnly: withSpec({}),

  pod: withSpec(podSpec.fields, {
    ...each(text, 'phase qosClass nominatedNodeName resize'),
    reason,
    startTime: time,
    message: when('conditionMessages', message),
    ...each(containerStatuses, 'containerStatuses initContainerStatuses ephemeralContainerStatuses'),
    resourceClaimStatuses: list(fields(each(text, 'name resourceClaimName'))),
  }),
  node: withSpec(
    { providerID: text, taints, unschedulable: flag },
    {
      ...each(quantities, 'capacity allocatable'),
      nodeInfo: fields(
        each(text, 'architecture operatingSystem osImage kernelVersion kubeletVersion containerRuntimeVersion'),
      ),
      images: when('nodeImages', list(fields({ names: list(text), sizeBytes: number }))),
    },
  ),
  namespace: withSpec({}, { phase: text }),

  deployment: withSpec(
    {
      ...each(number, 'replicas minReadySeconds progressDeadlineSeconds'),
      paused: flag,
      selector: labelSelector,
      strategy: updateStrategy,
      template: podTemplate,
    },
    replicaCounts,
  ),
  replicaSet: withSpec(
    { ...each(number, 'replicas minReadySeconds'), selector: labelSelector, template: podTemplate },
    replicaCounts,
  ),
  replicationController: withSpec(
    { ...each(number, 'replicas minReadySeconds'), selector: labels, template: podTemplate },
    replicaCounts,
  ),
  daemonSet: withSpec(
    { minReadySeconds: number, selector: labelSelector, updateStrategy, template: podTemplate },
    each(
      number,
      'currentNumberScheduled desiredNumberScheduled numberAvailable numberMisscheduled numberReady',
      'numberUnavailable updatedNumberScheduled observedGeneration collisionCount',
    ),
  ),
  statefulSet: withSpec(
    {
      ...each(number, 'replicas minReadySeconds'),
      ...each(text, 'serviceName podManagementPolicy'),
      selector: labelSelector,
      updateStrategy,
      ordinals: fields({ start: number }),
      persistentVolumeClaimRetentionPolicy: fields(each(text, 'whenDeleted whenScaled')),
      template: podTemplate,
      volumeClaimTemplates: list(claimTemplate),
    },
    { ...replicaCounts, ...each(text, 'currentRevision updateRevision') },
  ),
  job: withSpec(jobSpec.fields, {
    ...each(number, 'active ready succeeded failed terminating'),
    ...each(time, 'startTime completionTime'),
  }),
  cronJob: withSpec(
    {
      ...each(text, 'schedule timeZone concurrencyPolicy'),
      ...each(number, 'startingDeadlineSeconds successfulJobsHistoryLimit failedJobsHistoryLimit'),
      suspend: flag,
      jobTemplate: fields({ metadata: templateMetadata, spec: jobSpec }),
    },
    { active: list(objectRef), ...each(time, 'lastScheduleTime lastSuccessfulTime') },
  ),
  rollout: withSpec(
    {
      ...each(number, 'replicas minReadySeconds progressDeadlineSeconds'),
      paused: flag,
      selector: labelSelector,
      workloadRef: objectRef,
      strategy: fields({ canary: fields(each(numberOrText, 'maxUnavailable maxSurge')), blueGreen: fields({}) }),
      template: podTemplate,
    },
    {
      ...replicaCounts,
      HPAReplicas: number,
      observedGeneration: numberOrText,
      ...each(text, 'phase currentPodHash stableRS'),
    },
  ),
  extendedDaemonSetReplicaSet: withSpec(
    { selector: labelSelector, template: podTemplate, templateGeneration: text },
    { status: text, ...each(number, 'desired current ready available ignoredUnresponsiveNodes') },
  ),

  persistentVolumeClaim: withSpec(claimSpec.fields, {
    phase: text,
    accessModes: list(text),
    ...each(quantities, 'capacity allocatedResources'),
    currentVolumeAttributesClassName: text,
  }),
  persistentVolume: withSpec(
    {
      capacity: quantities,
      accessModes: list(text),
      ...each(text, 'storageClassName volumeMode persistentVolumeReclaimPolicy volumeAttributesClassName'),
      claimRef: objectRef,
      nodeAffinity: fields({ required: nodeSelector }),
      csi: fields({
        ...each(text, 'driver fsType'),
        volumeHandle: where('driver', DISK_DRIVERS, text),
        readOnly: flag,
      }),
      awsElasticBlockStore: fields({ volumeID: text }),
      azureDisk: fields(each(text, 'diskName diskURI kind')),
      gcePersistentDisk: fields({ pdName: text }),
      ...each(fields({}), 'azureFile nfs local hostPath iscsi fc'),
    },
    { phase: text, reason, lastPhaseTransitionTime: time },
  ),
  storageClass: plain({
    ...each(text, 'provisioner reclaimPolicy volumeBindingMode'),
    allowVolumeExpansion: flag,
    allowedTopologies: list(fields({ matchLabelExpressions: list(fields({ key: text, values: list(text) })) })),
    // What a disk costs. Other parameters name accounts, endpoints and Secrets of the storage.
    parameters: fields(
      each(
        text,
        'type kind skuName skuname storageaccounttype tier iops iopsPerGB throughput DiskIOPSReadWrite',
        'DiskMBpsReadWrite perfProfile cachingMode cachingmode maxShares fsType fstype',
        'csi.storage.k8s.io/fstype encrypted replication-type',
      ),
    ),
  }),
  csiNode: plain({
    spec: fields({
      drivers: list(fields({ name: text, topologyKeys: list(text), allocatable: fields({ count: number }) })),
    }),
  }),
  podDisruptionBudget: withSpec(
    {
      ...each(numberOrText, 'minAvailable maxUnavailable'),
      selector: labelSelector,
      unhealthyPodEvictionPolicy: text,
    },
    each(number, 'currentHealthy desiredHealthy disruptionsAllowed expectedPods observedGeneration'),
  ),
  service: withSpec({
    ...each(text, 'type externalTrafficPolicy internalTrafficPolicy trafficDistribution loadBalancerClass'),
    selector: labels,
    ports: list(
      fields({
        ...each(text, 'name protocol appProtocol'),
        ...each(number, 'port nodePort'),
        targetPort: numberOrText,
      }),
    ),
  }),

  horizontalPodAutoscaler: withSpec(autoscalerSpec.fields, {
    ...each(number, 'currentReplicas desiredReplicas observedGeneration currentCPUUtilizationPercentage'),
    lastScaleTime: time,
  }),
  verticalPodAutoscaler: withSpec(
    {
      targetRef: objectRef,
      updatePolicy: fields({ updateMode: text, minReplicas: number }),
      resourcePolicy: fields({
        containerPolicies: list(
          fields({
            ...each(text, 'containerName mode controlledValues'),
            ...each(quantities, 'minAllowed maxAllowed'),
            controlledResources: list(text),
          }),
        ),
      }),
    },
    {
      recommendation: fields({
        containerRecommendations: list(
          fields({ containerName: text, ...each(quantities, 'target lowerBound upperBound uncappedTarget') }),
        ),
      }),
    },
  ),
  scaledObject: withSpec(
    {
      scaleTargetRef: objectRef,
      ...each(number, 'pollingInterval cooldownPeriod initialCooldownPeriod idleReplicaCount'),
      ...each(number, 'minReplicaCount maxReplicaCount'),
      triggers: scaleTriggers,
      advanced: fields({
        restoreToOriginalReplicaCount: flag,
        horizontalPodAutoscalerConfig: fields({ name: text, behavior: scalingBehavior }),
      }),
    },
    { ...each(text, 'hpaName scaleTargetKind'), originalReplicaCount: number, lastActiveTime: time },
  ),
  scaledJob: withSpec(
    {
      jobTargetRef: jobSpec,
      ...each(number, 'pollingInterval minReplicaCount maxReplicaCount'),
      scalingStrategy: fields({ strategy: text }),
      triggers: scaleTriggers,
    },
    { lastActiveTime: time },
  ),

  nodePool: withSpec(
    {
      template: fields({ metadata: templateMetadata, spec: fields(nodeTemplateSpec) }),
      disruption: fields({
        ...each(text, 'consolidationPolicy consolidateAfter expireAfter'),
        budgets: list(fields({ ...each(text, 'nodes schedule duration'), reasons: list(text) })),
      }),
      limits: quantities,
      ...each(number, 'weight replicas'),
    },
    { resources: quantities, nodes: number },
  ),
  nodeClaim: withSpec(nodeTemplateSpec, {
    ...each(text, 'nodeName providerID imageID'),
    ...each(quantities, 'capacity allocatable'),
  }),
  nodeOverlay: withSpec({
    requirements,
    ...each(text, 'price priceAdjustment'),
    capacity: quantities,
    weight: number,
  }),
  provisioner: withSpec(
    {
      ...nodeTemplateSpec,
      labels,
      annotations,
      limits: fields({ resources: quantities }),
      ...each(number, 'weight ttlSecondsAfterEmpty ttlSecondsUntilExpired'),
      consolidation: fields({ enabled: flag }),
    },
    { resources: quantities },
  ),
  aksNodeClass: withSpec(
    {
      ...each(text, 'imageFamily imageVersion fipsMode'),
      vnetSubnetID: summary('lastPart'),
      ...each(number, 'osDiskSizeGB maxPods'),
      kubelet,
      security: fields({ encryptionAtHost: flag }),
      localDNS: fields({ mode: text }),
      artifactStreaming: fields({ enabled: flag }),
      userData,
    },
    { images: cloudObjects, ...each(text, 'kubernetesVersion localDNSState') },
  ),
  ec2NodeClass: withSpec(
    {
      ...each(text, 'amiFamily instanceStorePolicy'),
      // The name of a public image. Other selectors name tags, owners and accounts; the status has what they resolved to.
      amiSelectorTerms: list(fields({ alias: text })),
      blockDeviceMappings: list(
        fields({
          deviceName: text,
          rootVolume: flag,
          ebs: fields({
            volumeType: text,
            volumeSize: quantity,
            ...each(number, 'iops throughput'),
            ...each(flag, 'encrypted deleteOnTermination'),
          }),
        }),
      ),
      metadataOptions: fields({
        ...each(text, 'httpEndpoint httpProtocolIPv6 httpTokens'),
        httpPutResponseHopLimit: number,
      }),
      ...each(flag, 'detailedMonitoring associatePublicIPAddress'),
      kubelet,
      userData,
    },
    { ...each(cloudObjects, 'amis subnets securityGroups capacityReservations') },
  ),

  deviceClass: withSpec({ selectors: deviceSelectors, extendedResourceName: text }),
  resourceSlice: withSpec({
    driver: text,
    ...deviceContent,
    perDeviceNodeSelection: flag,
    pool: fields({ name: text, ...each(number, 'generation resourceSliceCount') }),
    devices: list(fields({ name: text, ...deviceContent, basic: fields(deviceContent) })),
    sharedCounters: list(fields({ name: text, counters: map(fields({ value: quantity })) })),
  }),
  resourceClaim: withSpec(deviceClaimSpec.fields, {
    allocation: fields({
      nodeSelector,
      devices: fields({ results: list(fields(each(text, 'request driver pool device'))) }),
    }),
    reservedFor: list(fields(each(text, 'apiGroup resource name uid'))),
  }),
  resourceClaimTemplate: withSpec({ metadata: templateMetadata, spec: deviceClaimSpec }),
  limitRange: withSpec({
    limits: list(
      fields({
        type: text,
        ...each(quantities, 'min max default defaultRequest maxLimitRequestRatio'),
      }),
    ),
  }),
  resourceQuota: withSpec(
    {
      hard: quantities,
      scopes: list(text),
      scopeSelector: fields({
        matchExpressions: list(fields({ ...each(text, 'scopeName operator'), values: list(text) })),
      }),
    },
    each(quantities, 'hard used'),
  ),

  recommendation: withSpec({
    targetRef: objectRef,
    replicas: number,
    recommendation: adjustments,
    hpa: fields({ takeOwnership: flag, spec: autoscalerSpec }),
    rolloutBehavior: fields({ type: text, preferOneByOne: flag }),
    startup: fields({ duration: text }),
    postStartup: fields({ verticalHash: text, recommendation: adjustments }),
  }),
  customMetricsExporterConfig: withSpec(
    { ...each(number, 'concurrency failureLimit'), interval: text },
    { lastUpdateTime: time, observedGeneration: number },
  ),
  podMutation: withSpec({
    filter: fields({
      workload: fields(filterTexts),
      pod: fields({
        ...each(text, 'labelsOperator excludeLabelsOperator'),
        ...each(labelPairs, 'labelsFilter excludeLabelsFilter'),
      }),
    }),
    restartPolicy: text,
    spotConfig: fields({ mode: text, distributionPercentage: number }),
  }),
  nodeDiskRecommendation: withSpec(
    {
      nodeTemplate: text,
      recommendations: list(
        fields({ ...each(text, 'diskType volumeType'), ...each(number, 'sizeBytes iops throughputMiBps') }),
      ),
    },
    { lastUpdateTime: time },
  ),

  ingress: withSpec({
    ingressClassName: text,
    defaultBackend: backend,
    rules: list(fields({ http: fields({ paths: list(fields({ backend })) }) })),
  }),
  networkPolicy: withSpec({
    podSelector: labelSelector,
    policyTypes: list(text),
    ingress: list(fields({ from: networkPeers, ports: networkPorts })),
    egress: list(fields({ to: networkPeers, ports: networkPorts })),
  }),
  route: withSpec({
    parentRefs: list(fields({ ...each(text, 'group kind namespace name sectionName'), port: number })),
    rules: list(
      fields({
        backendRefs: list(fields({ ...each(text, 'group kind namespace name'), ...each(number, 'port weight') })),
        timeouts: fields(each(text, 'request backendRequest')),
      }),
    ),
  }),
  role: plain({
    rules: list(
      fields({
        ...each(list(text), 'apiGroups resources verbs'),
        // Names of Secrets among others, and paths of the API server.
        ...each(summary('count'), 'resourceNames nonResourceURLs'),
      }),
    ),
    aggregationRule: fields({ clusterRoleSelectors: list(labelSelector) }),
  }),
  roleBinding: plain({ roleRef: objectRef, subjects: summary('subjects') }),

  configMap: plain({
    immutable: flag,
    ...each(when('configMapValues', map(longText(1_048_576)), sizes), 'data binaryData'),
  }),
  event: plain({
    involvedObject: fields(each(text, 'apiVersion kind namespace name uid fieldPath')),
    ...each(reason, 'type reason action'),
    ...each(text, 'reportingComponent reportingInstance'),
    source: fields(each(text, 'component host')),
    count: number,
    ...each(time, 'firstTimestamp lastTimestamp eventTime'),
    series: fields({ count: number, lastObservedTime: time }),
    message: when('eventMessages', message),
  }),
  podMetrics: fields({
    metadata: fields(each(text, 'name namespace')),
    timestamp: time,
    window: text,
    containers: list(fields({ name: text, usage: quantities })),
  }),
});

/** Names a part of the policy. */
export type ScrubRuleName = keyof typeof RULES;
