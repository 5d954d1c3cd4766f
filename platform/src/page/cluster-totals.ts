/** What a cluster has, what is asked of it, and what stands idle: in all, and by machine type. Pure. */
import type { NodeRow } from './cluster-overview.ts';
import { compareText } from '@castai/shared/compare-text.ts';
import { thousandths } from './thousandths.ts';

/** One resource, in cores or bytes. */
export interface Share {
  readonly requested: number;
  readonly allocatable: number;
}

/** What some nodes have together. */
export interface NodeSum {
  readonly nodes: number;
  readonly spot: number;
  /** Nodes on which nothing is asked for. */
  readonly idle: number;
  readonly cpu: Share;
  readonly memory: Share;
}

/** Nodes of one machine type. */
export interface NodeGroup extends NodeSum {
  /** The type; empty: the nodes do not say. */
  readonly key: string;
}

/** Sums of all nodes. What pods ask of nodes that are not known is not in it: there is nothing that it could be a share of. */
export function clusterTotals(nodes: readonly NodeRow[]): NodeSum {
  return sum(nodes.filter(({ status }) => status !== 'missing'));
}

/** The same by machine type, the type with most cores first, ties by name. */
export function nodeGroups(nodes: readonly NodeRow[]): NodeGroup[] {
  const known = nodes.filter(({ status }) => status !== 'missing');
  return [...Map.groupBy(known, ({ instanceType }) => instanceType)]
    .map(([key, members]) => ({ key, ...sum(members) }))
    .sort((a, b) => b.cpu.allocatable - a.cpu.allocatable || compareText(a.key, b.key));
}

function sum(nodes: readonly NodeRow[]): NodeSum {
  const total = (value: (node: NodeRow) => number): number => nodes.reduce((all, node) => all + value(node), 0);
  return {
    nodes: nodes.length,
    spot: nodes.filter(({ isSpot }) => isSpot).length,
    idle: nodes.filter(({ cpuRequested, memoryRequested }) => cpuRequested === 0 && memoryRequested === 0).length,
    cpu: {
      requested: thousandths(total(({ cpuRequested }) => cpuRequested)),
      allocatable: thousandths(total(({ cpuAllocatable }) => cpuAllocatable)),
    },
    memory: {
      requested: total(({ memoryRequested }) => memoryRequested),
      allocatable: total(({ memoryAllocatable }) => memoryAllocatable),
    },
  };
}
