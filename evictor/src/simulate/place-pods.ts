import { compareText } from '@castai/shared/compare-text.ts';
import type { ClusterState } from '../view/cluster-state.ts';
import type { PodRecord } from '../view/pod-record.ts';
import { type Amounts, plus } from '../view/requests.ts';
import type { PlacedNode } from './placed-node.ts';

/** Where the pods of a cluster are, in one order whatever order they were told in. */
export interface PlacedPods {
  readonly nodes: readonly PlacedNode[];
  /** Pods that wait for a place, or will. */
  readonly pending: readonly PodRecord[];
}

/** Puts the pods that are not over on their nodes, a step for each node. */
export function* placePods(state: ClusterState): Generator<undefined, PlacedPods> {
  const bound = new Map<string, PodRecord[]>(state.nodes.map(({ name }) => [name, []]));
  const pending: PodRecord[] = [];
  for (const pod of state.pods) {
    if (pod.isOver) continue;
    const there = bound.get(pod.nodeName);
    if (there !== undefined) there.push(pod);
    else if (pod.nodeName === '' ? !pod.isEnding : isMadeAnew(pod)) pending.push(pod);
  }
  const nodes: PlacedNode[] = [];
  for (const record of state.nodes.toSorted((a, b) => compareText(a.name, b.name))) {
    yield;
    const pods = (bound.get(record.name) ?? []).sort(inOrder);
    const used = sumOf(pods);
    const staying = pods.filter(({ isEnding }) => !isEnding);
    const usedLater = staying.length === pods.length ? used : sumOf(staying);
    nodes.push({ index: nodes.length, record, pods, used, usedLater });
  }
  return { nodes, pending: pending.sort(inOrder) };
}

/** Its node is gone, and so will it be in a minute: its successor looks for a place. */
function isMadeAnew({ owner, isOfNode }: PodRecord): boolean {
  return owner !== undefined && !isOfNode;
}

function sumOf(pods: readonly PodRecord[]): Amounts {
  return { ...pods.map(({ demand }) => demand.requests).reduce(plus, {}), pods: pods.length };
}

function inOrder(a: PodRecord, b: PodRecord): number {
  return compareText(a.namespace, b.namespace) || compareText(a.name, b.name) || compareText(a.uid, b.uid);
}
