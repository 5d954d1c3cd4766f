import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { type PodTemplate, templateBody, templateLabels } from './pod-template.ts';
import { type OwnerReference, type SampleObject, sampleTime } from './sample-object.ts';

/** What the makers of workloads need to know. */
export interface WorkloadSpec {
  readonly name: string;
  readonly namespace: string;
  readonly template: PodTemplate;
  /** Pods it has. */
  readonly replicas: number;
  /** Seconds after the sample's epoch. */
  readonly createdAt: number;
}

/** A settled deployment whose third revision is rolled out. */
export function sampleDeployment({ name, namespace, template, replicas, createdAt }: WorkloadSpec): SampleObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace,
      labels: templateLabels(template),
      annotations: {
        'deployment.kubernetes.io/revision': '3',
        'meta.helm.sh/release-name': name,
        'meta.helm.sh/release-namespace': namespace,
      },
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: template.app } },
      template: templateBody(template),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
    status: {
      observedGeneration: 1,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
      conditions: [
        {
          type: 'Progressing',
          status: 'True',
          lastUpdateTime: sampleTime(createdAt + 30),
          lastTransitionTime: sampleTime(createdAt),
          reason: 'NewReplicaSetAvailable',
          message: `ReplicaSet "${name}" has successfully progressed.`,
        },
        {
          type: 'Available',
          status: 'True',
          lastUpdateTime: sampleTime(createdAt + 30),
          lastTransitionTime: sampleTime(createdAt + 30),
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
        },
      ],
    },
  };
}

/** One revision of a deployment. */
export interface ReplicaSetSpec extends WorkloadSpec {
  readonly owner: OwnerReference;
  readonly revision: number;
  /** Value of the label pod-template-hash. */
  readonly hash: string;
}

/** A replica set of a deployment; old revisions have no replicas. */
export function sampleReplicaSet(spec: ReplicaSetSpec): SampleObject {
  const { name, namespace, template, replicas, owner, hash } = spec;
  const extraLabels = { 'pod-template-hash': hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace,
      labels: { ...templateLabels(template), ...extraLabels },
      annotations: {
        'deployment.kubernetes.io/desired-replicas': String(replicas),
        'deployment.kubernetes.io/max-replicas': String(replicas + 1),
        'deployment.kubernetes.io/revision': String(spec.revision),
      },
      ownerReferences: [owner],
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: template.app, ...extraLabels } },
      template: templateBody(template, extraLabels),
    },
    status: {
      replicas,
      ...(replicas === 0
        ? {}
        : { fullyLabeledReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas }),
      observedGeneration: 1,
    },
  };
}

/** A stateful set with one claim template. */
export function sampleStatefulSet({ name, namespace, template, replicas }: WorkloadSpec): SampleObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace, labels: templateLabels(template) },
    spec: {
      replicas,
      selector: { matchLabels: { app: template.app } },
      template: templateBody(template),
      serviceName: name,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
    },
    status: {
      observedGeneration: 1,
      replicas,
      readyReplicas: replicas,
      currentReplicas: replicas,
      updatedReplicas: replicas,
      availableReplicas: replicas,
      collisionCount: 0,
    },
  };
}

/** A daemon set that runs on `replicas` nodes. */
export function sampleDaemonSet({ name, namespace, template, replicas }: WorkloadSpec): SampleObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name,
      namespace,
      labels: templateLabels(template),
      annotations: { 'deprecated.daemonset.template.generation': '1' },
    },
    spec: {
      selector: { matchLabels: { app: template.app } },
      template: templateBody(template),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
    },
    status: {
      currentNumberScheduled: replicas,
      numberMisscheduled: 0,
      desiredNumberScheduled: replicas,
      numberReady: replicas,
      observedGeneration: 1,
      updatedNumberScheduled: replicas,
      numberAvailable: replicas,
    },
  };
}

/** A job that ran once and succeeded. */
export function sampleJob({ name, namespace, template, createdAt }: WorkloadSpec): SampleObject {
  const done = (type: string) => ({
    type,
    status: 'True',
    lastProbeTime: sampleTime(createdAt + 95),
    lastTransitionTime: sampleTime(createdAt + 95),
    reason: 'CompletionsReached',
    message: 'Reached expected number of succeeded pods',
  });
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels: templateLabels(template) },
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      manualSelector: true,
      selector: { matchLabels: { app: template.app } },
      template: templateBody(template),
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
    },
    status: {
      conditions: [done('SuccessCriteriaMet'), done('Complete')],
      startTime: sampleTime(createdAt),
      completionTime: sampleTime(createdAt + 95),
      succeeded: 1,
      terminating: 0,
      uncountedTerminatedPods: {},
      ready: 0,
    },
  };
}

/** A cron job that starts every quarter of an hour. */
export function sampleCronJob({ name, namespace, template, createdAt }: WorkloadSpec): SampleObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace, labels: templateLabels(template) },
    spec: {
      schedule: '*/15 * * * *',
      concurrencyPolicy: 'Forbid',
      suspend: false,
      jobTemplate: { metadata: {}, spec: { template: templateBody(template) } },
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    },
    status: { lastScheduleTime: sampleTime(createdAt + 900), lastSuccessfulTime: sampleTime(createdAt + 990) },
  };
}

/** An object of the kind that came before replica sets and is still served. */
export function sampleReplicationController({ name, namespace, template, replicas }: WorkloadSpec): SampleObject {
  return {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name, namespace, labels: templateLabels(template) },
    spec: { replicas, selector: { app: template.app }, template: templateBody(template) },
    status: { replicas, observedGeneration: 1 },
  };
}

/** The template of a job's pods: they are not restarted, as jobs demand. */
export function jobTemplate(random: SeededRandom, template: PodTemplate): PodTemplate {
  const restartPolicy = random.chance(0.5) ? 'Never' : 'OnFailure';
  return { ...template, spec: { ...template.spec, restartPolicy } };
}
