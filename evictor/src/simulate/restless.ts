import type { PodRecord } from '../view/pod-record.ts';
import type { Candidate } from './candidate.ts';
import type { Mover } from './mover.ts';
import { isSpread, nameOf, type Placement } from './placement.ts';
import type { Blocker } from './reason.ts';
import type { StaticPlaces } from './static-places.ts';
import type { WaitingPods } from './waiting-pods.ts';

/** Who may be restless. */
export interface RestlessOptions {
  readonly placement: Placement;
  readonly waiting: Pick<WaitingPods, 'pending' | 'isSure'>;
  readonly statics: StaticPlaces;
}

/**
 * Pods that wait and have no place by what is on the nodes, but would put others out of theirs if only their neighbours let them. Room that is made by
 * force is no matter of a removal: whoever could make enough has done so. But when a neighbour moves, or a domain goes, such a pod may find that it can
 * come to a node after all, and somebody who was not meant to move is without a place. (kube-scheduler, defaultpreemption)
 */
export class Restless {
  readonly #placement: Placement;
  readonly #waiting: Pick<WaitingPods, 'isSure'>;
  readonly #movers: readonly Mover[];

  constructor({ placement, waiting, statics }: RestlessOptions) {
    this.#placement = placement;
    this.#waiting = waiting;
    const lowest = placement.nodes.map(({ pods }) => Math.min(...pods.map(({ demand }) => demand.priority)));
    this.#movers = waiting.pending.filter(({ pod }) => {
      const { preempts, priority, refusals } = pod.demand;
      // Nobody tries to place those that are not understood, such as gated ones.
      if (!preempts || refusals.length > 0) return false;
      const group = statics.groupOf(pod);
      return lowest.some((least, index) => least < priority && statics.holds(group, index));
    });
  }

  /** What a node's removal may let one of them do. */
  blockers({ placed, pods }: Candidate): Blocker[] {
    const one = this.#movers.find(
      (mover) =>
        (this.#minds(mover.pod, placed.record.labels) || pods.some((other) => this.#lets(mover.pod, other))) &&
        !this.#waiting.isSure(mover),
    );
    const detail = 'waits, and may put another pod out of its place when this node is gone';
    return one === undefined ? [] : [{ code: 'crowded', pod: nameOf(one.pod), detail }];
  }

  /** Whether a node is one of the domains that a pod is spread over. */
  #minds({ demand: { spread } }: PodRecord, labels: PodRecord['labels']): boolean {
    return spread.some(({ topologyKey }) => Object.hasOwn(labels, topologyKey));
  }

  /** Whether a pod may be let in somewhere by another one's move. */
  #lets(pod: PodRecord, other: PodRecord): boolean {
    const { affinity, antiAffinity, spread } = pod.demand;
    const placement = this.#placement;
    return (
      [...affinity, ...antiAffinity].some((term) => placement.isMeant(term, pod.namespace, other)) ||
      other.demand.antiAffinity.some((term) => placement.isMeant(term, other.namespace, pod)) ||
      spread.some((rule) => isSpread(rule, pod.namespace, other))
    );
  }
}
