import type { PodRecord } from '../view/pod-record.ts';
import { plus } from '../view/requests.ts';
import type { Basis } from './basis.ts';
import { type Candidate, sizeOf } from './candidate.ts';
import type { DisruptionAccount } from './disruption-account.ts';
import { gatherMovers } from './gather-movers.ts';
import { judgeNode } from './judge-node.ts';
import { judgePod } from './judge-pod.ts';
import type { PlacedNode } from './placed-node.ts';
import type { Blocker } from './reason.ts';
import type { RemovalPolicy } from './removal-policy.ts';

/** What a first look goes by. */
export interface FirstLookOptions {
  readonly policy: RemovalPolicy;
  readonly nowMs: number;
  readonly account: DisruptionAccount;
}

/** A node as it is asked later, and what keeps it already; where that is nothing it is a candidate. */
export interface FirstLook {
  readonly candidate: Candidate;
  readonly blockers: readonly Blocker[];
}

/** Judges a node by what costs little: itself, its pods, the budgets. */
export function firstLooker(
  { placement, proof, kinds, workloads }: Basis,
  { policy, nowMs, account }: FirstLookOptions,
): (placed: PlacedNode) => FirstLook {
  const capacity = placement.nodes.map(({ record }) => record.allocatable).reduce(plus, {});
  return (placed) => {
    const context = {
      policy,
      workloads,
      volumeProblems: (pod: PodRecord) => proof.use.problems(pod),
      nodeLabels: placed.record.labels,
    };
    const fates = placed.pods.map((pod) => ({ pod, fate: judgePod(pod, context) }));
    const pods = fates.flatMap(({ pod, fate }) => (fate.is === 'moves' ? [pod] : []));
    const movers = gatherMovers(pods, placed.index, kinds);
    const groups = movers.map(({ pod }) => proof.statics.groupOf(pod));
    return {
      candidate: { placed, movers, pods, groups, size: sizeOf(pods, capacity) },
      blockers: [
        ...judgeNode(placed.record, policy, nowMs),
        ...fates.flatMap(({ fate }) => (fate.is === 'blocks' ? fate.blockers : [])),
        // Of those that may not move as well: whoever frees them should know what comes next.
        ...account.ask(fates.flatMap(({ pod, fate }) => (fate.is === 'ends' ? [] : [pod]))).blockers,
      ],
    };
  };
}
