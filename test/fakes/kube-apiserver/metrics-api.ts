import type { AggregatedGroup } from './discovery.ts';
import type { ResourceType } from './resource-type.ts';
import { type StoredObject, decodeObject } from './stored-object.ts';

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

const PIECE_CHARACTERS = 256 * 1024;

/** Lists of what pods use, as JSON. Of each pod it remembers what never changes, which takes reading the whole pod. */
export class PodMetricsLists {
  readonly #known = new WeakMap<object, Measured>();

  /**
   * What all these pods use: virtual objects without uid and resourceVersion, in pieces, because of a large cluster they are more than one would
   * want to have at once. `windowEnd` is the time of the measurement.
   */
  *pieces(type: ResourceType, pods: readonly StoredObject[], windowEnd: Date): Generator<Buffer, void, undefined> {
    const time = JSON.stringify(windowEnd.toISOString());
    let piece = '{"kind":"PodMetricsList","apiVersion":"metrics.k8s.io/v1beta1","metadata":{},"items":[';
    for (const [index, pod] of pods.entries()) {
      const { identity, labels, containers } = this.#measured(type, pod);
      const usage = `"usage":{"cpu":"${(index + 1) * 1_000_003}n","memory":"${65_536 + index * 128}Ki"}`;
      const items = containers.map((name) => `{"name":${name},${usage}}`).join(',');
      piece += `${index === 0 ? '' : ','}{"metadata":{${identity},"creationTimestamp":${time}${labels}},"timestamp":${time},"window":"15.1s","containers":[${items}]}`;
      if (piece.length < PIECE_CHARACTERS) continue;
      yield Buffer.from(piece);
      piece = '';
    }
    yield Buffer.from(`${piece}]}\n`);
  }

  #measured(type: ResourceType, pod: StoredObject): Measured {
    const known = this.#known.get(pod.content);
    if (known !== undefined) return known;
    const { metadata, spec } = decodeObject(type, pod);
    const { name, namespace, labels } = metadata;
    const { containers = [] } = (spec ?? {}) as { containers?: { name: string }[] };
    const measured = {
      identity: JSON.stringify({ name, namespace }).slice(1, -1),
      labels: labels === undefined ? '' : `,"labels":${JSON.stringify(labels)}`,
      containers: containers.map((container) => JSON.stringify(container.name)),
    };
    this.#known.set(pod.content, measured);
    return measured;
  }
}

/** Parts of the JSON. */
interface Measured {
  readonly identity: string;
  /** With the comma before it; empty without labels. */
  readonly labels: string;
  readonly containers: readonly string[];
}
