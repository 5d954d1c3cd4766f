import type { Exposed } from './network.ts';
import { type SampleObject, sampleTime } from './sample-object.ts';

/** Keeps one pod of a workload from being evicted too many. */
export function samplePodDisruptionBudget({ name, namespace, app }: Exposed, replicas: number): SampleObject {
  const disruptionsAllowed = Math.max(0, replicas - 1);
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace },
    spec: { minAvailable: 1, selector: { matchLabels: { app } } },
    status: {
      conditions: [
        {
          type: 'DisruptionAllowed',
          status: disruptionsAllowed > 0 ? 'True' : 'False',
          observedGeneration: 1,
          lastTransitionTime: sampleTime(120),
          reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods',
          message: '',
        },
      ],
      currentHealthy: replicas,
      desiredHealthy: 1,
      disruptionsAllowed,
      expectedPods: replicas,
      observedGeneration: 1,
    },
  };
}

/** Scales the deployment of the same name by CPU. */
export function sampleHorizontalPodAutoscaler({ name, namespace }: Exposed, replicas: number): SampleObject {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: 1,
      maxReplicas: replicas + 10,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
    },
    status: {
      observedGeneration: 1,
      lastScaleTime: sampleTime(3600),
      currentReplicas: replicas,
      desiredReplicas: replicas,
      currentMetrics: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 41, averageValue: '102m' } } },
      ],
      conditions: [
        {
          type: 'AbleToScale',
          status: 'True',
          lastTransitionTime: sampleTime(3600),
          reason: 'ReadyForNewScale',
          message: 'recommended size matches current size',
        },
      ],
    },
  };
}

/** Defaults for containers, wide enough for every sample pod. */
export function sampleLimitRange(namespace: string): SampleObject {
  return {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'defaults', namespace },
    spec: {
      limits: [
        {
          type: 'Container',
          max: { cpu: '16', memory: '64Gi' },
          default: { cpu: '500m', memory: '512Mi' },
          defaultRequest: { cpu: '100m', memory: '128Mi' },
        },
      ],
    },
  };
}

/**
 * A quota for pods with a deadline. No sample pod has one: where no controller computes the usage, a server refuses
 * every object that a quota might cover.
 */
export function sampleResourceQuota(namespace: string): SampleObject {
  const hard = { pods: '20', 'requests.cpu': '8', 'requests.memory': '16Gi' };
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'batch', namespace },
    spec: { hard, scopes: ['Terminating'] },
    status: { hard, used: { pods: '0', 'requests.cpu': '0', 'requests.memory': '0' } },
  };
}

const RBAC = 'rbac.authorization.k8s.io';

/** A role in the namespace and who has it. */
export function sampleRole(namespace: string): SampleObject[] {
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }];
  return roleAndBinding({ namespace, prefix: '', rules });
}

/** A role for the whole cluster and who has it. */
export function sampleClusterRole(): SampleObject[] {
  const rules = [{ apiGroups: ['apps'], resources: ['deployments', 'replicasets'], verbs: ['get', 'list'] }];
  return roleAndBinding({ prefix: 'Cluster', rules });
}

function roleAndBinding(spec: { namespace?: string; prefix: string; rules: unknown[] }): SampleObject[] {
  const { namespace, prefix, rules } = spec;
  const metadata = { name: 'sample-reader', ...(namespace === undefined ? {} : { namespace }) };
  return [
    { apiVersion: `${RBAC}/v1`, kind: `${prefix}Role`, metadata: { ...metadata }, rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: `${prefix}RoleBinding`,
      metadata: { ...metadata },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: namespace ?? 'default' }],
      roleRef: { apiGroup: RBAC, kind: `${prefix}Role`, name: 'sample-reader' },
    },
  ];
}
