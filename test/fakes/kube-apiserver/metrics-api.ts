import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { AggregatedGroup } from './discovery.ts';
import type { ResourceType } from './resource-type.ts';

/** Whether the server behind metrics.k8s.io is there: `down` is registered but dead. */
export type MetricsApiState = 'up' | 'down' | 'absent';

const POD_METRICS: ResourceType = {
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  resource: 'pods',
  kind: 'PodMetrics',
  namespaced: true,
  hasStatus: false,
  hasBookmarks: false,
  isCustom: false,
  verbs: ['get', 'list'],
  selectableFields: [],
};

/** The metrics group as discovery shows it. */
export function metricsGroup(state: MetricsApiState): AggregatedGroup[] {
  if (state === 'absent') return [];
  const { group, version } = POD_METRICS;
  return [{ group, version, isStale: state === 'down', types: [POD_METRICS] }];
}

/** What all pods use: virtual objects without uid and resourceVersion. `windowEnd` is the time of the measurement. */
export function podMetricsList(pods: readonly KubeObject[], windowEnd: Date): unknown {
  return {
    kind: 'PodMetricsList',
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: {},
    items: pods.map((pod, index) => podMetrics(pod, { index, windowEnd })),
  };
}

function podMetrics({ metadata, spec }: KubeObject, { index, windowEnd }: { index: number; windowEnd: Date }): unknown {
  const { name, namespace, labels } = metadata;
  const { containers = [] } = (spec ?? {}) as { containers?: { name: string }[] };
  return {
    metadata: { name, namespace, creationTimestamp: windowEnd.toISOString(), labels },
    timestamp: windowEnd.toISOString(),
    window: '15.1s',
    containers: containers.map((container) => ({
      name: container.name,
      usage: { cpu: `${(index + 1) * 1_000_003}n`, memory: `${65_536 + index * 128}Ki` },
    })),
  };
}
