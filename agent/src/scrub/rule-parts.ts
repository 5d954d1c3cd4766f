/**
 * Parts of the scrub policy that several kinds have in common: metadata, the pod spec wherever it is nested, selectors,
 * node templates, devices. A field is here because a cost optimiser needs it; see `rules.ts` for the whole policy.
 */
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
  text,
  time,
  titled,
  unlessOnly,
  when,
} from './shape.ts';

export const labels = map(text);
export const quantities = map(quantity);
export const conditions = list(
  titled('condition', {
    ...each(text, 'type'),
    ...each(reason, 'status reason'),
    ...each(time, 'lastTransitionTime'),
    observedGeneration: number,
    message: when('conditionMessages', message),
  }),
);
export const metadata = titled('metadata', {
  ...each(text, 'name namespace uid'),
  ...each(number, 'generation deletionGracePeriodSeconds'),
  ...each(time, 'creationTimestamp deletionTimestamp'),
  labels,
  annotations,
  ownerReferences: list(fields({ ...each(text, 'apiVersion kind name uid'), controller: flag })),
  finalizers: list(text),
});
export const templateMetadata = fields({ labels, annotations });
export const objectRef = titled('object reference', each(text, 'apiVersion apiGroup group kind namespace name uid'));
export const labelSelector = titled('label selector', {
  matchLabels: labels,
  matchExpressions: list(fields({ ...each(text, 'key operator'), values: list(text) })),
});
export const requirements = list(fields({ ...each(text, 'key operator'), values: list(text), minValues: number }));
const nodeSelectorTerm = titled('node selector term', { matchExpressions: requirements, matchFields: requirements });
export const nodeSelector = fields({ nodeSelectorTerms: list(nodeSelectorTerm) });
export const taints = list(fields({ ...each(text, 'key value effect'), timeAdded: time }));
const tolerations = list(fields({ ...each(text, 'key operator value effect'), tolerationSeconds: number }));
const resources = titled('resources', {
  limits: quantities,
  requests: quantities,
  claims: list(fields(each(text, 'name request'))),
});

export const claimSpec = titled('volume claim spec', {
  ...each(text, 'storageClassName volumeMode volumeName volumeAttributesClassName'),
  accessModes: list(text),
  resources,
  selector: labelSelector,
  ...each(objectRef, 'dataSource dataSourceRef'),
});
export const claimTemplate = fields({
  metadata: fields({ ...each(text, 'name'), labels, annotations }),
  spec: claimSpec,
});

const podAffinityTerm = fields({
  ...each(labelSelector, 'labelSelector namespaceSelector'),
  ...each(list(text), 'namespaces matchLabelKeys mismatchLabelKeys'),
  topologyKey: text,
});
const podAffinity = titled('pod affinity', {
  requiredDuringSchedulingIgnoredDuringExecution: list(podAffinityTerm),
  preferredDuringSchedulingIgnoredDuringExecution: list(fields({ weight: number, podAffinityTerm })),
});
const nodeAffinity = fields({
  requiredDuringSchedulingIgnoredDuringExecution: nodeSelector,
  preferredDuringSchedulingIgnoredDuringExecution: list(fields({ weight: number, preference: nodeSelectorTerm })),
});

// The sources of environment variables name Secrets and ConfigMaps; which those are is nobody's business by default.
const keyRef = fields(each(text, 'name key'));
const env = list(
  fields({
    name: text,
    value: when('envValues', longText(1_048_576)),
    valueFrom: when(
      'envValues',
      fields({
        ...each(keyRef, 'configMapKeyRef secretKeyRef'),
        fieldRef: fields(each(text, 'fieldPath')),
        resourceFieldRef: fields(each(text, 'containerName resource')),
      }),
    ),
  }),
);
const command = list(longText(131_072));
const httpHeaders = list(fields(each(text, 'name value')));
const probe = titled('probe', {
  ...each(number, 'initialDelaySeconds periodSeconds timeoutSeconds successThreshold failureThreshold'),
  terminationGracePeriodSeconds: number,
  exec: fields({ command: when('commands', command) }),
  httpGet: fields({
    port: numberOrText,
    scheme: text,
    ...each(when('probeRequests', text), 'path host'),
    httpHeaders: when('probeRequests', httpHeaders),
  }),
  tcpSocket: fields({ port: numberOrText }),
  grpc: fields({ port: number, service: when('probeRequests', text) }),
});
const hook = titled('hook', {
  exec: fields({ command }),
  httpGet: fields({ port: numberOrText, ...each(text, 'scheme path host'), httpHeaders }),
  sleep: fields({ seconds: number }),
});
const container = titled('container', {
  ...each(text, 'name image imagePullPolicy restartPolicy'),
  resources,
  resizePolicy: list(fields(each(text, 'resourceName restartPolicy'))),
  ports: list(fields({ ...each(text, 'name protocol'), ...each(number, 'containerPort hostPort') })),
  env,
  command: when('commands', command),
  args: when('args', command),
  ...each(probe, 'livenessProbe readinessProbe startupProbe'),
  lifecycle: when('lifecycleHooks', fields(each(hook, 'postStart preStop'))),
});

// Only what ties a pod to a place or costs disk: a volume from a ConfigMap, a Secret or a projection says nothing here,
// and its generated name would be the largest random part of a pod.
const volume = unlessOnly('name', {
  name: text,
  persistentVolumeClaim: fields({ claimName: text, readOnly: flag }),
  ephemeral: fields({ volumeClaimTemplate: claimTemplate }),
  emptyDir: fields({ medium: text, sizeLimit: quantity }),
  hostPath: fields({ type: text }),
  csi: fields({ driver: text, readOnly: flag }),
  awsElasticBlockStore: fields({ volumeID: text }),
  azureDisk: fields(each(text, 'diskName diskURI kind')),
  gcePersistentDisk: fields({ pdName: text }),
  ...each(fields({}), 'azureFile nfs iscsi fc cephfs rbd vsphereVolume portworxVolume'),
});
export const podSpec = titled('pod spec', {
  nodeName: text,
  ...each(list(container), 'containers initContainers ephemeralContainers'),
  resources,
  overhead: quantities,
  nodeSelector: labels,
  affinity: titled('affinity', { nodeAffinity, ...each(podAffinity, 'podAffinity podAntiAffinity') }),
  tolerations,
  topologySpreadConstraints: list(
    fields({
      ...each(number, 'maxSkew minDomains'),
      ...each(text, 'topologyKey whenUnsatisfiable nodeAffinityPolicy nodeTaintsPolicy'),
      labelSelector,
      matchLabelKeys: list(text),
    }),
  ),
  volumes: list(volume),
  resourceClaims: list(fields(each(text, 'name resourceClaimName resourceClaimTemplateName'))),
  schedulingGates: list(fields(each(text, 'name'))),
  ...each(text, 'priorityClassName preemptionPolicy schedulerName runtimeClassName restartPolicy'),
  ...each(number, 'priority terminationGracePeriodSeconds activeDeadlineSeconds'),
  hostNetwork: flag,
  os: fields({ name: text }),
});
export const podTemplate = titled('pod template', { metadata: templateMetadata, spec: podSpec });

const terminationMessage = when('terminationMessages', message);
const containerState = titled('container state', {
  running: fields({ startedAt: time }),
  waiting: fields({ reason, message: terminationMessage }),
  terminated: fields({
    ...each(number, 'exitCode signal'),
    reason,
    ...each(time, 'startedAt finishedAt'),
    message: terminationMessage,
  }),
});
export const containerStatuses = list(
  titled('container status', {
    name: text,
    ...each(flag, 'ready started'),
    restartCount: number,
    ...each(containerState, 'state lastState'),
    allocatedResources: quantities,
    resources,
  }),
);

export const jobSpec = titled('job spec', {
  ...each(number, 'parallelism completions backoffLimit backoffLimitPerIndex maxFailedIndexes'),
  ...each(number, 'activeDeadlineSeconds ttlSecondsAfterFinished'),
  ...each(text, 'completionMode podReplacementPolicy managedBy'),
  suspend: flag,
  selector: labelSelector,
  template: podTemplate,
});
export const replicaCounts = each(
  number,
  'replicas readyReplicas availableReplicas updatedReplicas currentReplicas fullyLabeledReplicas',
  'unavailableReplicas terminatingReplicas observedGeneration collisionCount',
);
const rollingUpdate = fields({ ...each(numberOrText, 'maxUnavailable maxSurge'), partition: number });
export const updateStrategy = fields({ type: text, rollingUpdate });

const metricTarget = titled('metric target', {
  type: text,
  ...each(quantity, 'value averageValue'),
  averageUtilization: number,
});
// Selectors of external metrics name queues, topics and customers; the metric's name is enough.
const metricName = fields({ name: text });
const scalingRules = titled('scaling rules', {
  stabilizationWindowSeconds: number,
  selectPolicy: text,
  tolerance: quantity,
  policies: list(fields({ type: text, ...each(number, 'value periodSeconds') })),
});
export const scalingBehavior = fields(each(scalingRules, 'scaleUp scaleDown'));
export const autoscalerSpec = titled('autoscaler spec', {
  scaleTargetRef: objectRef,
  ...each(number, 'minReplicas maxReplicas targetCPUUtilizationPercentage'),
  metrics: list(
    fields({
      type: text,
      resource: fields({ name: text, target: metricTarget }),
      containerResource: fields({ ...each(text, 'name container'), target: metricTarget }),
      ...each(fields({ describedObject: objectRef, metric: metricName, target: metricTarget }), 'pods object external'),
    }),
  ),
  behavior: scalingBehavior,
});
export const scaleTriggers = list(fields({ ...each(text, 'type name metricType'), useCachedMetrics: flag }));

// Beside the reserved and evicted amounts only numbers and named policies; never addresses, files or arguments.
export const kubelet = titled('kubelet', {
  ...each(number, 'maxPods podsPerCore podPidsLimit evictionMaxPodGracePeriod containerLogMaxFiles'),
  ...each(number, 'imageGCHighThresholdPercent imageGCLowThresholdPercent'),
  ...each(text, 'cpuManagerPolicy topologyManagerPolicy containerLogMaxSize cpuCFSQuotaPeriod'),
  cpuCFSQuota: flag,
  ...each(quantities, 'systemReserved kubeReserved'),
  ...each(labels, 'evictionHard evictionSoft evictionSoftGracePeriod'),
});
export const nodeTemplateSpec = {
  requirements,
  ...each(taints, 'taints startupTaints'),
  ...each(objectRef, 'nodeClassRef providerRef machineTemplateRef'),
  ...each(text, 'expireAfter terminationGracePeriod'),
  resources,
  ...each(kubelet, 'kubelet kubeletConfiguration'),
};
export const userData = when('userData', longText(65_536));
export const cloudSelectors = list(fields({ ...each(text, 'alias id name owner'), tags: labels }));
export const cloudObjects = list(fields({ ...each(text, 'id name zone zoneID'), requirements }));

export const deviceSelectors = list(fields({ cel: fields({ expression: longText(10_240) }) }));
const exactDevices = {
  ...each(text, 'deviceClassName allocationMode'),
  selectors: deviceSelectors,
  count: number,
  adminAccess: flag,
  tolerations,
  capacity: fields({ requests: quantities }),
};
const subRequests = list(fields({ name: text, ...exactDevices }));
export const deviceClaimSpec = fields({
  devices: fields({
    requests: list(fields({ name: text, ...exactDevices, exactly: fields(exactDevices), firstAvailable: subRequests })),
    constraints: list(fields({ requests: list(text), ...each(text, 'matchAttribute distinctAttribute') })),
  }),
});
export const deviceContent = {
  attributes: map(fields({ int: number, bool: flag, ...each(text, 'string version') })),
  capacity: map(fields({ value: quantity })),
  taints,
  nodeName: text,
  nodeSelector,
  allNodes: flag,
  consumesCounters: list(fields({ counterSet: text, counters: map(fields({ value: quantity })) })),
};

export const networkPeers = list(
  fields({
    ...each(labelSelector, 'podSelector namespaceSelector'),
    ipBlock: fields({ cidr: text, except: list(text) }),
  }),
);
export const networkPorts = list(fields({ protocol: text, port: numberOrText, endPort: number }));
export const backend = fields({
  service: fields({ name: text, port: fields({ name: text, number }) }),
  resource: objectRef,
});
export const filterTexts = each(list(text), 'kinds names namespaces excludeKinds excludeNames excludeNamespaces');
export const labelPairs = list(fields(each(text, 'key value')));
export const adjustments = list(
  fields({ containerName: text, ...each(quantities, 'requests limits'), env: list(fields({ name: text })) }),
);
