/**
 * Every string of realistic, full objects is replaced by a word of its own, and every object gets strings in fields that
 * nobody thought of. After scrubbing, exactly the words at the paths listed here may be left, anywhere, also as keys.
 */
import { describe, expect, it } from 'vitest';
import type { ScrubRuleName } from './rules.ts';
import { rulesFor, scrubObject } from './scrub-json.ts';

/** Every free text, and the odd number, of a pod spec of Kubernetes 1.35. */
const container = {
  name: 'main',
  image: 'shop/main:1',
  imagePullPolicy: 'Always',
  workingDir: '/srv',
  command: ['sh', '-c'],
  args: ['serve', '--token=x'],
  env: [
    { name: 'DSN', value: 'postgres://u:p@db' },
    {
      name: 'PASSWORD',
      valueFrom: {
        secretKeyRef: { name: 'db', key: 'password' },
        configMapKeyRef: { name: 'settings', key: 'user' },
        fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.annotations' },
        resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', divisor: '1' },
        fileKeyRef: { volumeName: 'env', path: 'a.env', key: 'k' },
      },
    },
  ],
  envFrom: [{ prefix: 'A_', secretRef: { name: 'all' }, configMapRef: { name: 'some' } }],
  ports: [{ name: 'http', containerPort: 80, hostPort: 8080, protocol: 'TCP', hostIP: '10.0.0.1' }],
  resources: {
    requests: { cpu: '1', 'example.com/gpu': '1' },
    limits: { memory: '1Gi' },
    claims: [{ name: 'gpu', request: 'one' }],
  },
  resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
  restartPolicy: 'Always',
  volumeMounts: [{ name: 'data', mountPath: '/data', subPath: 'a', subPathExpr: '$(POD)', mountPropagation: 'None' }],
  volumeDevices: [{ name: 'raw', devicePath: '/dev/xvda' }],
  livenessProbe: {
    httpGet: {
      path: '/live',
      port: 80,
      host: 'h',
      scheme: 'HTTP',
      httpHeaders: [{ name: 'Authorization', value: 'x' }],
    },
    periodSeconds: 5,
  },
  readinessProbe: {
    exec: { command: ['check'] },
    grpc: { port: 5, service: 's' },
    tcpSocket: { port: 'http', host: 'h' },
  },
  startupProbe: { httpGet: { path: '/start', port: 'http' } },
  lifecycle: {
    postStart: { exec: { command: ['hello'] } },
    preStop: { httpGet: { path: '/bye', port: 80, httpHeaders: [{ name: 'X', value: 'y' }] } },
    stopSignal: 'SIGTERM',
  },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  securityContext: {
    seLinuxOptions: { user: 'u', role: 'r', type: 't', level: 'l' },
    seccompProfile: { type: 'Localhost', localhostProfile: 'p.json' },
    capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
  },
};
const labelSelector = {
  matchLabels: { app: 'shop' },
  matchExpressions: [{ key: 'tier', operator: 'In', values: ['web'] }],
};
const term = {
  matchExpressions: [{ key: 'zone', operator: 'In', values: ['1'] }],
  matchFields: [{ key: 'f', operator: 'In' }],
};
const podSpec = {
  nodeName: 'node-1',
  serviceAccountName: 'shop',
  serviceAccount: 'shop',
  hostname: 'h',
  subdomain: 's',
  hostnameOverride: 'ho',
  setHostnameAsFQDN: true,
  schedulerName: 'default-scheduler',
  priorityClassName: 'high',
  preemptionPolicy: 'Never',
  runtimeClassName: 'gvisor',
  restartPolicy: 'Always',
  dnsPolicy: 'None',
  dnsConfig: { nameservers: ['10.0.0.2'], searches: ['example.com'], options: [{ name: 'ndots', value: '2' }] },
  hostAliases: [{ ip: '10.0.0.3', hostnames: ['db'] }],
  imagePullSecrets: [{ name: 'registry' }],
  nodeSelector: { pool: 'a' },
  overhead: { cpu: '1' },
  os: { name: 'linux' },
  readinessGates: [{ conditionType: 'example.com/gate' }],
  schedulingGates: [{ name: 'example.com/quota' }],
  resourceClaims: [{ name: 'gpu', resourceClaimName: 'c', resourceClaimTemplateName: 't' }],
  securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }], fsGroupChangePolicy: 'Always' },
  tolerations: [{ key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' }],
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'zone',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector,
      matchLabelKeys: ['pod-template-hash'],
      nodeAffinityPolicy: 'Honor',
      nodeTaintsPolicy: 'Ignore',
    },
  ],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: term }],
    },
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        {
          labelSelector,
          namespaceSelector: labelSelector,
          namespaces: ['n'],
          topologyKey: 'host',
          matchLabelKeys: ['a'],
        },
      ],
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, podAffinityTerm: { topologyKey: 'host', mismatchLabelKeys: ['a'] } },
      ],
    },
  },
  containers: [container],
  initContainers: [{ name: 'init', image: 'i', args: ['x'], command: ['x'], env: [{ name: 'A', value: 'x' }] }],
  ephemeralContainers: [
    {
      name: 'debug',
      image: 'd',
      args: ['x'],
      command: ['x'],
      env: [{ name: 'A', value: 'x' }],
      targetContainerName: 'main',
    },
  ],
  volumes: [
    { name: 'secret', secret: { secretName: 's', items: [{ key: 'k', path: 'p' }] } },
    { name: 'config', configMap: { name: 'c', items: [{ key: 'k', path: 'p' }] } },
    { name: 'projected', projected: { sources: [{ serviceAccountToken: { path: 'p', audience: 'a' } }] } },
    { name: 'host', hostPath: { path: '/etc/kubernetes', type: 'Directory' } },
    { name: 'claim', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'empty', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
    {
      name: 'csi',
      csi: { driver: 'd', fsType: 'ext4', volumeAttributes: { a: 'b' }, nodePublishSecretRef: { name: 's' } },
    },
    { name: 'nfs', nfs: { server: 's', path: 'p' } },
    { name: 'azureFile', azureFile: { secretName: 's', shareName: 'n' } },
    { name: 'git', gitRepo: { repository: 'https://u:p@example.com', revision: 'r' } },
    {
      name: 'ephemeral',
      ephemeral: {
        volumeClaimTemplate: {
          metadata: { labels: { a: 'b' } },
          spec: {
            storageClassName: 'fast',
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: '1Gi' } },
          },
        },
      },
    },
  ],
};
const metadata = {
  name: 'n',
  generateName: 'n-',
  namespace: 'ns',
  uid: 'u',
  resourceVersion: '1',
  selfLink: '/api',
  creationTimestamp: '2026-10-01T06:07:44Z',
  labels: { app: 'shop' },
  annotations: {
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
    'vault.example.com/token': 'x',
    'notcast.ai/x': 'x',
    'workloads.cast.ai/x': 'x',
  },
  finalizers: ['example.com/f'],
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u' }],
  managedFields: [{ manager: 'kubectl', operation: 'Apply', fieldsType: 'FieldsV1', fieldsV1: { 'f:a': 'x' } }],
};
const condition = {
  type: 'Ready',
  status: 'True',
  reason: 'Fine',
  message: 'all is well',
  lastTransitionTime: '2026-10-01T06:07:44Z',
};
const terminated = { reason: 'Error', message: 'password is abc', containerID: 'containerd://1', exitCode: 1 };
const containerStatus = {
  name: 'main',
  image: 'shop/main:1',
  imageID: 'sha256:1',
  containerID: 'containerd://1',
  state: { terminated, waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
  lastState: { terminated },
  user: { linux: { note: 'x' } },
  volumeMounts: [{ name: 'data', mountPath: '/data' }],
  allocatedResourcesStatus: [{ name: 'gpu', resources: [{ resourceID: 'r', health: 'Healthy' }] }],
};
const template = { metadata, spec: podSpec };

const objects = {
  pod: {
    metadata,
    spec: podSpec,
    status: {
      phase: 'Running',
      reason: 'Evicted',
      message: 'The node was low on memory',
      qosClass: 'Burstable',
      hostIP: '10.0.0.1',
      hostIPs: [{ ip: '10.0.0.1' }],
      podIP: '10.0.0.2',
      podIPs: [{ ip: '10.0.0.2' }],
      nominatedNodeName: 'node-2',
      conditions: [condition],
      containerStatuses: [containerStatus],
      initContainerStatuses: [{ state: { terminated } }],
      ephemeralContainerStatuses: [{ name: 'debug' }],
      resourceClaimStatuses: [{ name: 'gpu', resourceClaimName: 'c' }],
    },
  },
  deployment: {
    metadata,
    spec: { selector: labelSelector, strategy: { type: 'Recreate', rollingUpdate: { maxSurge: '25%' } }, template },
    status: { conditions: [condition] },
  },
  cronJob: {
    metadata,
    spec: {
      schedule: '* * * * *',
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
      jobTemplate: { metadata, spec: { selector: labelSelector, completionMode: 'Indexed', template } },
    },
    status: { active: [{ kind: 'Job', name: 'j', namespace: 'n', uid: 'u', fieldPath: 'f' }] },
  },
  rollout: {
    metadata,
    spec: {
      selector: labelSelector,
      template,
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
      strategy: {
        canary: { maxSurge: '25%', analysis: { args: [{ name: 'a', value: 'x' }] }, stableService: 's' },
        blueGreen: { activeService: 'a', prePromotionAnalysis: { args: [{ name: 'a', value: 'x' }] } },
      },
      restartAt: '2026-10-01T06:07:44Z',
    },
    status: { phase: 'Healthy', message: 'all good', stableRS: 'abc', currentPodHash: 'abc', conditions: [condition] },
  },
  scaledJob: {
    metadata,
    spec: {
      jobTargetRef: { template },
      triggers: [{ type: 'azure-queue', name: 'q', metadata: { connection: 'x' }, authenticationRef: { name: 'a' } }],
      envSourceContainerName: 'main',
    },
  },
  configMap: { metadata, data: { 'app.conf': 'password=abc' }, binaryData: { 'app.bin': 'cGFzc3dvcmQ=' } },
  /** No feed reads Secrets; should one ever get in, under whatever rule, nothing of it gets out. */
  metadataOnly: {
    metadata,
    type: 'Opaque',
    data: { password: 'YWJj' },
    stringData: { password: 'abc' },
    spec: { token: 'abc', nested: { deep: [{ deeper: 'abc' }] } },
    status: { conditions: [condition], log: 'abc' },
  },
  node: {
    metadata,
    spec: {
      providerID: 'azure:///x',
      podCIDR: '10.0.0.0/24',
      externalID: 'x',
      taints: [{ key: 'k', value: 'v', effect: 'e' }],
    },
    status: {
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
      capacity: { cpu: '4' },
      allocatable: { cpu: '3900m' },
      conditions: [condition],
      config: { assigned: { configMap: { name: 'c' } } },
      images: [{ names: ['shop/main:1'], sizeBytes: 5 }],
      nodeInfo: {
        machineID: 'm',
        systemUUID: 's',
        bootID: 'b',
        kernelVersion: 'k',
        osImage: 'o',
        architecture: 'amd64',
      },
      volumesAttached: [{ name: 'v', devicePath: 'd' }],
    },
  },
  ec2NodeClass: {
    metadata,
    spec: {
      userData: '#!/bin/sh',
      role: 'r',
      instanceProfile: 'p',
      context: 'c',
      tags: { owner: 'me' },
      amiFamily: 'AL2023',
      subnetSelectorTerms: [{ id: 's', tags: { zone: 'a' } }],
      blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: { volumeType: 'gp3', kmsKeyID: 'k', snapshotID: 's' } }],
      kubelet: { clusterDNS: ['10.0.0.10'], systemReserved: { cpu: '1' }, evictionHard: { 'memory.available': '5%' } },
    },
    status: { instanceProfile: 'p', amis: [{ id: 'a', name: 'n' }], conditions: [condition] },
  },
  event: {
    metadata,
    involvedObject: {
      kind: 'Pod',
      namespace: 'n',
      name: 'p',
      uid: 'u',
      apiVersion: 'v1',
      resourceVersion: '1',
      fieldPath: 'f',
    },
    related: { kind: 'Node', name: 'n' },
    reason: 'Evicted',
    message: 'low on memory',
    source: { component: 'kubelet', host: 'node-1' },
    type: 'Warning',
    action: 'Binding',
    reportingComponent: 'kubelet',
    reportingInstance: 'node-1',
  },
  ingress: {
    metadata,
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['shop.example.com'], secretName: 's' }],
      rules: [
        {
          host: 'shop.example.com',
          http: { paths: [{ path: '/a', pathType: 'Exact', backend: { service: { name: 's' } } }] },
        },
      ],
    },
    status: { loadBalancer: { ingress: [{ ip: '1.2.3.4', hostname: 'h' }] } },
  },
} satisfies Partial<Record<ScrubRuleName, object>>;

/** The same paths below others. */
function under(paths: readonly string[], ...prefixes: readonly string[]): string[] {
  return prefixes.flatMap((prefix) => paths.map((path) => `${prefix}.${path}`));
}

const SELECTOR = [
  'matchExpressions[].key',
  'matchExpressions[].operator',
  'matchExpressions[].values[]',
  'matchLabels.app',
  'matchLabels.surprise',
];
const POD_SPEC = [
  'affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[].preference.matchExpressions[].key',
  'affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[].preference.matchExpressions[].operator',
  'affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[].preference.matchExpressions[].values[]',
  'affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[].preference.matchFields[].key',
  'affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[].preference.matchFields[].operator',
  'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[].matchExpressions[].key',
  'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[].matchExpressions[].operator',
  'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[].matchExpressions[].values[]',
  'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[].matchFields[].key',
  'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[].matchFields[].operator',
  'affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm.mismatchLabelKeys[]',
  'affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm.topologyKey',
  'affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[].matchLabelKeys[]',
  'affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[].namespaces[]',
  'affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[].topologyKey',
  'containers[].env[].name',
  'containers[].image',
  'containers[].imagePullPolicy',
  'containers[].livenessProbe.httpGet.scheme',
  'containers[].name',
  'containers[].ports[].name',
  'containers[].ports[].protocol',
  'containers[].readinessProbe.tcpSocket.port',
  'containers[].resizePolicy[].resourceName',
  'containers[].resizePolicy[].restartPolicy',
  'containers[].resources.claims[].name',
  'containers[].resources.claims[].request',
  'containers[].restartPolicy',
  'containers[].startupProbe.httpGet.port',
  'ephemeralContainers[].env[].name',
  'ephemeralContainers[].image',
  'ephemeralContainers[].name',
  'initContainers[].env[].name',
  'initContainers[].image',
  'initContainers[].name',
  'nodeName',
  'nodeSelector.pool',
  'nodeSelector.surprise',
  'os.name',
  'preemptionPolicy',
  'priorityClassName',
  'resourceClaims[].name',
  'resourceClaims[].resourceClaimName',
  'resourceClaims[].resourceClaimTemplateName',
  'restartPolicy',
  'runtimeClassName',
  'schedulerName',
  'schedulingGates[].name',
  'tolerations[].effect',
  'tolerations[].key',
  'tolerations[].operator',
  'tolerations[].value',
  'topologySpreadConstraints[].matchLabelKeys[]',
  'topologySpreadConstraints[].nodeAffinityPolicy',
  'topologySpreadConstraints[].nodeTaintsPolicy',
  'topologySpreadConstraints[].topologyKey',
  'topologySpreadConstraints[].whenUnsatisfiable',
  'volumes[].csi.driver',
  'volumes[].emptyDir.medium',
  'volumes[].ephemeral.volumeClaimTemplate.metadata.labels.a',
  'volumes[].ephemeral.volumeClaimTemplate.metadata.labels.surprise',
  'volumes[].ephemeral.volumeClaimTemplate.spec.accessModes[]',
  'volumes[].ephemeral.volumeClaimTemplate.spec.storageClassName',
  'volumes[].hostPath.type',
  'volumes[].name',
  'volumes[].persistentVolumeClaim.claimName',
  ...under(
    SELECTOR,
    'affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[].labelSelector',
    'affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[].namespaceSelector',
    'topologySpreadConstraints[].labelSelector',
  ),
];
const TEMPLATE = [
  'metadata.annotations.workloads.cast.ai/x',
  'metadata.labels.app',
  'metadata.labels.surprise',
  ...under(POD_SPEC, 'spec'),
];
const METADATA = [
  'metadata.annotations.workloads.cast.ai/x',
  'metadata.finalizers[]',
  'metadata.labels.app',
  'metadata.labels.surprise',
  'metadata.name',
  'metadata.namespace',
  'metadata.ownerReferences[].apiVersion',
  'metadata.ownerReferences[].kind',
  'metadata.ownerReferences[].name',
  'metadata.ownerReferences[].uid',
  'metadata.uid',
];
const CONDITIONS = ['status.conditions[].type', 'status.conditions[].status', 'status.conditions[].reason'];

/** Beside METADATA: all whose words may be left, per object. */
const ALLOWED: Record<keyof typeof objects, readonly string[]> = {
  pod: [
    'status.containerStatuses[].lastState.terminated.reason',
    'status.containerStatuses[].name',
    'status.containerStatuses[].state.terminated.reason',
    'status.containerStatuses[].state.waiting.reason',
    'status.ephemeralContainerStatuses[].name',
    'status.initContainerStatuses[].state.terminated.reason',
    'status.nominatedNodeName',
    'status.phase',
    'status.qosClass',
    'status.reason',
    'status.resourceClaimStatuses[].name',
    'status.resourceClaimStatuses[].resourceClaimName',
    ...under(POD_SPEC, 'spec'),
    ...CONDITIONS,
  ],
  deployment: [
    'spec.strategy.rollingUpdate.maxSurge',
    'spec.strategy.type',
    ...under(TEMPLATE, 'spec.template'),
    ...CONDITIONS,
    ...under(SELECTOR, 'spec.selector'),
  ],
  cronJob: [
    'spec.concurrencyPolicy',
    'spec.jobTemplate.metadata.annotations.workloads.cast.ai/x',
    'spec.jobTemplate.metadata.labels.app',
    'spec.jobTemplate.metadata.labels.surprise',
    'spec.jobTemplate.spec.completionMode',
    'spec.schedule',
    'spec.timeZone',
    'status.active[].kind',
    'status.active[].name',
    'status.active[].namespace',
    'status.active[].uid',
    ...under(TEMPLATE, 'spec.jobTemplate.spec.template'),
    ...under(SELECTOR, 'spec.jobTemplate.spec.selector'),
  ],
  rollout: [
    'spec.strategy.canary.maxSurge',
    'spec.workloadRef.apiVersion',
    'spec.workloadRef.kind',
    'spec.workloadRef.name',
    'status.currentPodHash',
    'status.phase',
    'status.stableRS',
    ...under(TEMPLATE, 'spec.template'),
    ...CONDITIONS,
    ...under(SELECTOR, 'spec.selector'),
  ],
  scaledJob: ['spec.triggers[].type', ...under(TEMPLATE, 'spec.jobTargetRef.template')],
  configMap: [],
  metadataOnly: [...CONDITIONS],
  node: [
    'spec.providerID',
    'spec.taints[].effect',
    'spec.taints[].key',
    'spec.taints[].value',
    'status.nodeInfo.architecture',
    'status.nodeInfo.kernelVersion',
    'status.nodeInfo.osImage',
    ...CONDITIONS,
  ],
  ec2NodeClass: [
    'spec.amiFamily',
    'spec.blockDeviceMappings[].deviceName',
    'spec.blockDeviceMappings[].ebs.volumeType',
    'spec.kubelet.evictionHard.memory.available',
    'spec.kubelet.evictionHard.surprise',
    'status.amis[].id',
    'status.amis[].name',
    ...CONDITIONS,
  ],
  event: [
    'action',
    'involvedObject.apiVersion',
    'involvedObject.fieldPath',
    'involvedObject.kind',
    'involvedObject.name',
    'involvedObject.namespace',
    'involvedObject.uid',
    'reason',
    'reportingComponent',
    'reportingInstance',
    'source.component',
    'source.host',
    'type',
  ],
  ingress: ['spec.ingressClassName', 'spec.rules[].http.paths[].backend.service.name'],
};

/** A copy in which every string is a word of its own; `words` tells where each word was put. */
function plant(value: unknown, path: string, words: Map<string, string>): unknown {
  const word = (at: string): string => {
    const canary = `Canary${words.size}Bird`;
    words.set(canary, at);
    return canary;
  };
  if (typeof value === 'string') return word(path);
  if (Array.isArray(value)) return [...value.map((item) => plant(item, `${path}[]`, words)), word(`${path}[]`)];
  if (typeof value !== 'object' || value === null) return value;
  const of = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const planted = Object.entries(value).map(([key, child]) => [key, plant(child, of(key), words)]);
  return {
    ...Object.fromEntries(planted),
    surprise: word(of('surprise')),
    surpriseList: [word(of('surpriseList[]'))],
    surpriseObject: { inner: word(of('surpriseObject.inner')) },
  };
}

const ruleNames: readonly (keyof typeof objects)[] = [
  'pod',
  'deployment',
  'cronJob',
  'rollout',
  'scaledJob',
  'configMap',
  'metadataOnly',
  'node',
  'ec2NodeClass',
  'event',
  'ingress',
];

/** The paths whose words are found anywhere in what is left of a planted object. */
function survivors(rule: ScrubRuleName, object: object): string[] {
  const words = new Map<string, string>();
  const scrubbed = scrubObject(
    rulesFor({ scrub: rule }, { reenable: new Set(), annotationPrefixes: [] }),
    plant(object, '', words),
  );
  const found = JSON.stringify(scrubbed).match(/Canary\d+Bird/g) ?? [];
  return [...new Set(found.map((canary) => words.get(canary) ?? `unknown ${canary}`))].toSorted();
}

describe('scrubbing full objects', () => {
  it.each(ruleNames)('lets out of %s only what is listed', (rule) => {
    expect(survivors(rule, objects[rule])).toEqual([...METADATA, ...ALLOWED[rule]].toSorted());
  });

  it('keeps every word of an object from which the policy is taken away, so that this test can fail', () => {
    const words = new Map<string, string>();
    const planted = JSON.stringify(plant(objects.pod, '', words));
    expect(words.size).toBeGreaterThan(500);
    expect(new Set(planted.match(/Canary\d+Bird/g))).toEqual(new Set(words.keys()));
  });
});
