/**
 * Parts of the scrub policy that several kinds have in common: metadata, selectors, node templates, devices; those of pods are in
 * `pod-parts.ts`. A field is here because a cost optimiser needs it; see `rules.ts` for the whole policy.
 */
import {
  annotations,
  each,
  fields,
  flag,
  from,
  keyed,
  labels,
  list,
  longText,
  map,
  mapOnly,
  mapWithout,
  message,
  number,
  numberOrText,
  oversized,
  quantity,
  reason,
  summary,
  text,
  time,
  titled,
  when,
  whereOr,
} from './shape.ts';

export const quantities = map(quantity);
export const condition = {
  ...each(text, 'type'),
  ...each(reason, 'status reason'),
  ...each(time, 'lastTransitionTime'),
  observedGeneration: number,
  message: when('conditionMessages', message),
};
export const conditions = list(titled('condition', condition));
export const metadata = titled('metadata', {
  ...each(text, 'name namespace uid'),
  ...each(number, 'generation deletionGracePeriodSeconds'),
  ...each(time, 'creationTimestamp deletionTimestamp'),
  labels,
  annotations,
  annotationsLeftOut: from('annotations', oversized),
  ownerReferences: list(fields({ ...each(text, 'apiVersion kind name uid'), controller: flag })),
  finalizers: list(text),
});
export const templateMetadata = fields({ labels, annotations });
export const objectRef = titled('object reference', each(text, 'apiVersion apiGroup group kind namespace name uid'));
export const labelSelector = titled('label selector', {
  matchLabels: labels,
  matchExpressions: list(keyed({ ...each(text, 'key operator'), values: list(text) })),
});
export const requirements = list(keyed({ ...each(text, 'key operator'), values: list(text), minValues: number }));
export const nodeSelectorTerm = titled('node selector term', {
  matchExpressions: requirements,
  matchFields: requirements,
});
export const nodeSelector = fields({ nodeSelectorTerms: list(nodeSelectorTerm) });
export const taints = list(keyed({ ...each(text, 'key value effect'), timeAdded: time }));
export const tolerations = list(keyed({ ...each(text, 'key operator value effect'), tolerationSeconds: number }));
export const resources = titled('resources', {
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
// Selectors of metrics name queues, topics and customers; so do the names that KEDA gives to external ones.
const metricName = fields({ name: text });
const externalMetricName = fields({ name: when('externalMetricNames', text, summary('metricType')) });
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
      ...each(fields({ describedObject: objectRef, metric: metricName, target: metricTarget }), 'pods object'),
      external: fields({ metric: externalMetricName, target: metricTarget }),
    }),
  ),
  behavior: scalingBehavior,
});
// Of the current values the numbers. Which metric of several it is, is told by its type and place.
const currentMetric = fields({
  current: fields({ ...each(quantity, 'value averageValue'), averageUtilization: number }),
});
export const currentMetrics = list(
  fields({
    type: text,
    resource: fields({ name: text, ...currentMetric.fields }),
    containerResource: fields({ ...each(text, 'name container'), ...currentMetric.fields }),
    ...each(currentMetric, 'pods object external'),
  }),
);
// What scales when: times of cron, and of other triggers numbers alone. Hosts, queues and queries stay.
const thresholds = fields(
  each(
    quantity,
    'value activationValue threshold activationThreshold targetValue activationTargetValue desiredReplicas',
    'lagThreshold activationLagThreshold queueLength activationQueueLength listLength activationListLength messageCount',
  ),
);
export const scaleTriggers = list(
  fields({
    // Its name is for formulas, which stay, and names what is scaled by.
    ...each(text, 'type metricType'),
    useCachedMetrics: flag,
    metadata: whereOr(
      'type',
      { cron: fields({ ...each(text, 'start end timezone'), desiredReplicas: quantity }) },
      thresholds,
    ),
  }),
);
export const scaleFallback = fields({ ...each(number, 'failureThreshold replicas'), behavior: text });

// Beside the reserved and evicted amounts only numbers and named policies; never addresses, files or arguments.
export const kubelet = titled('kubelet', {
  ...each(number, 'maxPods podsPerCore podPidsLimit evictionMaxPodGracePeriod containerLogMaxFiles'),
  ...each(number, 'imageGCHighThresholdPercent imageGCLowThresholdPercent'),
  ...each(text, 'cpuManagerPolicy topologyManagerPolicy containerLogMaxSize cpuCFSQuotaPeriod'),
  cpuCFSQuota: flag,
  ...each(quantities, 'systemReserved kubeReserved'),
  ...each(map(text), 'evictionHard evictionSoft evictionSoftGracePeriod'),
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
// What network devices and accelerators publish beside what one chooses them by: addresses of the network, numbers of the one device.
const ADDRESS_WORDS = (
  'addr addrs address addresses cidr cidrs dns endpoint endpoints eui fqdn gateway gid gids guid host hostname hostnames hwaddr ip ips ' +
  'ipaddress ipv4 ipv6 iqn mac macaddr macaddress macs nguid nqn owner password peer secret serial serialnumber serials server sn subnet ' +
  'subnets token uri url user username uuid wwid wwn wwnn wwpn'
).split(' ');
export const deviceContent = {
  attributes: mapWithout(
    ADDRESS_WORDS,
    fields({ int: number, bool: flag, ...each(summary('unlessAddress'), 'string version') }),
  ),
  capacity: map(
    fields({
      value: quantity,
      requestPolicy: fields({
        default: quantity,
        validValues: list(quantity),
        validRange: fields(each(quantity, 'min max step')),
      }),
    }),
  ),
  ...each(flag, 'allowMultipleAllocations bindsToNode'),
  taints,
  nodeName: text,
  nodeSelector,
  allNodes: flag,
  consumesCounters: list(fields({ counterSet: text, counters: map(fields({ value: quantity })) })),
};

export const networkPeers = list(
  fields({
    ...each(labelSelector, 'podSelector namespaceSelector'),
    // Networks of customers and partners.
    ipBlock: fields({ cidr: summary('addressRange'), except: list(summary('addressRange')) }),
  }),
);
export const networkPorts = list(fields({ protocol: text, port: numberOrText, endPort: number }));
export const backend = fields({
  service: fields({ name: text, port: fields({ name: text, number }) }),
  resource: objectRef,
});
export const filterTexts = each(list(text), 'kinds names namespaces excludeKinds excludeNames excludeNamespaces');
export const labelPairs = list(keyed(each(text, 'key value')));
const bounds = fields(each(quantity, 'min max'));
export const adjustments = list(
  fields({
    containerName: text,
    ...each(quantities, 'requests limits'),
    env: list(fields({ name: text })),
    resourceStrategy: fields({
      type: text,
      constraints: fields(each(bounds, 'cpu memory')),
      nodeAllocatablePercentage: fields({
        requests: fields(each(quantity, 'cpuPercent memoryPercent')),
        limits: fields(each(quantity, 'cpuRatio memoryRatio')),
      }),
    }),
  }),
);
const limitPolicy = fields({
  type: text,
  multiplier: quantity,
  ...each(flag, 'onlyIfOriginalExist onlyIfOriginalLower'),
});
export const limitsPolicy = fields(each(limitPolicy, 'cpu memory'));
/** What a disk costs. Other parameters name accounts, endpoints and Secrets of the storage. Some drivers do not heed the case of a name. */
export const diskParameters = mapOnly(
  (
    'type kind skuName storageAccountType tier iops iopsPerGB throughput diskIOPSReadWrite diskMBpsReadWrite perfProfile ' +
    'cachingMode maxShares fsType csi.storage.k8s.io/fstype encrypted replication-type provisioned-iops-on-create ' +
    'provisioned-throughput-on-create storage-pools accessTier performancePlus enableBursting provisionedIops ' +
    'provisionedBandwidth blockExpress allowAutoIOPSPerGBIncrease'
  ).split(' '),
  summary('lastPart'),
);
