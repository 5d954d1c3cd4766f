import type { PodRecord } from '../view/pod-record.ts';
import { type Amounts, plus } from '../view/requests.ts';
import type { Mover } from './mover.ts';
import type { PlacedNode } from './placed-node.ts';

/** A node that is asked whether it could go. */
export interface Candidate {
  readonly placed: PlacedNode;
  /** Its pods that would move, those that are alike together. */
  readonly movers: readonly Mover[];
  /** The same, each for itself. */
  readonly pods: readonly PodRecord[];
  /** By where its pods can come to. */
  readonly groups: readonly number[];
  /** Smaller ones are tried first. */
  readonly size: number;
}

/** Share of the cluster that the pods request, in the resource in which it is largest, and the largest pod's share once more. */
export function sizeOf(pods: readonly PodRecord[], capacity: Amounts): number {
  const shareOf = (amounts: Amounts): number =>
    Math.max(0, ...Object.entries(amounts).map(([resource, amount]) => amount / Math.max(1, capacity[resource] ?? 1)));
  const wanted = pods.map(({ demand }) => ({ ...demand.requests, pods: 1 }));
  return shareOf(wanted.reduce<Amounts>(plus, {})) + Math.max(0, ...wanted.map(shareOf));
}
