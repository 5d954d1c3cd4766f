/** The lists of nodes and pods, a part at a time: `/_page/nodes` and `/_page/pods`. */
import type { NodeRow, PodRow } from './cluster-overview.ts';
import { type ListShape, listWindow, type ListWindow, parseListQuery } from './list-window.ts';
import type { PageChannel } from './page-channel.ts';

/** A part of a list, and how complete the list is. */
export interface ListAnswer<Row> extends ListWindow<Row> {
  readonly version: number;
  readonly uncounted: number;
}

const NODES: ListShape<NodeRow> = {
  text: ({ key, status, instanceType, zone, isSpot }) =>
    `${key} ${status} ${instanceType} ${zone} ${isSpot ? 'spot' : ''}`,
  columns: {
    name: ({ key }) => key,
    type: ({ instanceType }) => instanceType,
    pods: ({ pods }) => pods,
    cpu: ({ cpuRequested, cpuAllocatable }) => share(cpuRequested, cpuAllocatable),
    memory: ({ memoryRequested, memoryAllocatable }) => share(memoryRequested, memoryAllocatable),
    // The youngest first, as an age sorts.
    age: ({ createdAtMs }) => -(createdAtMs ?? 0),
  },
};

const PODS: ListShape<PodRow> = {
  text: ({ key, phase, node }) => `${key} ${phase} ${node}`,
  columns: {
    name: ({ key }) => key,
    phase: ({ phase }) => phase,
    node: ({ node }) => node,
    cpu: ({ cpu }) => cpu,
    memory: ({ memory }) => memory,
  },
};

/** Nodes, those that need a look first unless told. */
export function nodesSection(channel: PageChannel, query: URLSearchParams): ListAnswer<NodeRow> {
  const { overview, uncounted } = channel;
  return { ...listWindow(overview.nodes, parseListQuery(query), NODES), version: overview.version, uncounted };
}

/** Pods by namespace and name unless told; `node` and `namespace` take those of one, `phase` those in one. */
export function podsSection(channel: PageChannel, query: URLSearchParams): ListAnswer<PodRow> {
  const { overview, uncounted } = channel;
  const wanted = (['node', 'namespace', 'phase'] as const).flatMap((name) => {
    const value = query.get(name);
    return value === null ? [] : [{ name, value }];
  });
  const rows =
    wanted.length === 0
      ? overview.pods
      : overview.pods.filter((pod) => wanted.every(({ name, value }) => pod[name] === value));
  return { ...listWindow(rows, parseListQuery(query), PODS), version: overview.version, uncounted };
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
