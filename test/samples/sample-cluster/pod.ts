import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { imageDigest, type OwnerReference, type SampleObject, sampleTime } from './sample-object.ts';
import { type PodTemplate, templateLabels } from './pod-template.ts';

/** A pod of a workload. */
export interface PodSpec {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace: string;
  /** Empty: no node was found for it. */
  readonly node: string;
  readonly template: PodTemplate;
  readonly owner: OwnerReference;
  readonly extraLabels: Readonly<Record<string, string>>;
  /** Seconds after the sample's epoch. */
  readonly createdAt: number;
  readonly hasFinished?: boolean;
  /** How many nodes the cluster has, for what the scheduler says of one that has none. */
  readonly nodeCount?: number;
}

/** A scheduled pod with its status, 8.2 to 8.7 KB with the managed fields that are added to every object. */
export function samplePod(random: SeededRandom, pod: PodSpec): SampleObject {
  const { template } = pod;
  const access = `kube-api-access-${random.hex(5)}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: pod.name,
      ...(pod.generateName === undefined ? {} : { generateName: pod.generateName }),
      namespace: pod.namespace,
      labels: { ...templateLabels(template), ...pod.extraLabels },
      annotations: template.annotations,
      ownerReferences: [pod.owner],
    },
    spec: {
      ...template.spec,
      containers: template.spec.containers.map((container) => ({
        ...container,
        volumeMounts: [
          ...container.volumeMounts,
          { name: access, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
        ],
      })),
      enableServiceLinks: true,
      ...(pod.node === '' ? {} : { nodeName: pod.node }),
      preemptionPolicy: 'PreemptLowerPriority',
      priority: 0,
      serviceAccount: 'default',
      serviceAccountName: 'default',
      tolerations: ['not-ready', 'unreachable'].map((key) => ({
        key: `node.kubernetes.io/${key}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
      volumes: [...template.spec.volumes, accessVolume(access)],
    },
    status: pod.node === '' ? waitingStatus(pod) : podStatus(random, pod),
  };
}

function accessVolume(name: string): unknown {
  return {
    name,
    projected: {
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}

/** As the scheduler writes it: what rules out how many nodes. */
function waitingStatus({ createdAt, nodeCount = 0 }: PodSpec): unknown {
  const nodes = `0/${nodeCount} nodes are available`;
  const message = `${nodes}: ${nodeCount} node(s) didn't match Pod's node affinity/selector. preemption: ${nodes}: ${nodeCount} Preemption is not helpful for scheduling.`;
  const lastTransitionTime = sampleTime(createdAt);
  const condition = {
    type: 'PodScheduled',
    observedGeneration: 1,
    status: 'False',
    lastProbeTime: null,
    lastTransitionTime,
  };
  return {
    observedGeneration: 1,
    phase: 'Pending',
    conditions: [{ ...condition, reason: 'Unschedulable', message }],
    qosClass: 'Burstable',
  };
}

function podStatus(random: SeededRandom, { template, createdAt, hasFinished = false }: PodSpec): unknown {
  const hostIP = `10.1.${random.integer(250)}.${random.integer(250)}`;
  const podIP = `10.64.${random.integer(250)}.${random.integer(250)}`;
  const ready = hasFinished ? 'False' : 'True';
  const startedAt = sampleTime(createdAt + 4);
  const condition = (type: string, seconds: number, status = 'True') => ({
    type,
    observedGeneration: 1,
    status,
    lastProbeTime: null,
    lastTransitionTime: sampleTime(createdAt + seconds),
    ...(status === 'True' ? {} : { reason: 'PodCompleted' }),
  });
  return {
    observedGeneration: 1,
    phase: hasFinished ? 'Succeeded' : 'Running',
    conditions: [
      condition('PodReadyToStartContainers', 3, ready),
      condition('Initialized', 1),
      condition('Ready', 9, ready),
      condition('ContainersReady', 9, ready),
      condition('PodScheduled', 0),
    ],
    hostIP,
    hostIPs: [{ ip: hostIP }],
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: sampleTime(createdAt),
    containerStatuses: template.spec.containers.map(({ name, image, resources }) => ({
      name,
      state: hasFinished
        ? {
            terminated: {
              exitCode: 0,
              reason: 'Completed',
              startedAt,
              finishedAt: sampleTime(createdAt + 90),
              containerID: `containerd://${random.hex(64)}`,
            },
          }
        : { running: { startedAt } },
      lastState: {},
      ready: !hasFinished,
      restartCount: random.chance(0.1) ? random.integer(9) : 0,
      image,
      imageID: `${image.split(':')[0] ?? image}@${imageDigest(image)}`,
      containerID: `containerd://${random.hex(64)}`,
      started: !hasFinished,
      allocatedResources: resources.requests,
      resources,
    })),
    qosClass: 'Burstable',
  };
}
