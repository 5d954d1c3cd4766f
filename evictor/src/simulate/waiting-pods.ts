import type { PodRecord } from '../view/pod-record.ts';
import { Crowd } from './crowd.ts';
import type { Basis } from './basis.ts';
import { gatherMovers } from './gather-movers.ts';
import { isReplacedLater } from './judge-pod.ts';
import type { Mover } from './mover.ts';
import { NodeSet } from './node-set.ts';

/** Pods that look for a place or will, whatever else is moved. */
export class WaitingPods {
  /** All that may take somebody's place. */
  readonly all: readonly Mover[];
  /** Those that wait now, whether or not they could take one. */
  readonly pending: readonly Mover[];
  readonly #basis: Basis;
  readonly #sure = new Map<Mover, boolean>();
  readonly #homes: ReadonlySet<number>;
  #crowd: Crowd | undefined;

  /** A step for every kind of pod: thousands may wait. */
  static *gather(basis: Basis): Generator<undefined, WaitingPods> {
    const { placement, proof, kinds, workloads } = basis;
    const pending = gatherMovers(placement.pending, -1, kinds);
    const leaving = placement.nodes.flatMap((node) => {
      const isOpen = placement.open.has(node.index);
      return gatherMovers(leavingFrom(node.pods, isOpen, workloads), node.index, kinds);
    });
    const all: Mover[] = [];
    for (const mover of [...pending, ...leaving]) {
      yield;
      // One that has no room anywhere takes nobody's place, and removing nodes makes none. Whatever else keeps it off may go with them.
      if (mayTakePlace(mover) || proof.hasRoom(mover)) all.push(mover);
    }
    return new WaitingPods(basis, pending, all);
  }

  private constructor(basis: Basis, pending: readonly Mover[], all: readonly Mover[]) {
    this.#basis = basis;
    this.pending = pending;
    this.all = all;
    this.#homes = new Set(all.map(({ home }) => home).filter((home) => home >= 0));
    const rooms = new Set(all);
    // Who has no room anywhere is sure of nothing.
    for (const mover of pending) if (!rooms.has(mover)) this.#sure.set(mover, false);
  }

  /** Those that wait now and may be sure of a place: it must not be taken from them. */
  get guarded(): Mover[] {
    return this.pending.filter((mover) => this.#sure.get(mover) !== false);
  }

  /** All of these with some that move, when these nodes go: those that leave one of them move with it already. */
  crowdWith(movers: readonly Mover[], gone: NodeSet): Crowd {
    const { statics } = this.#basis.proof;
    const isPart = this.#homes.size > 0 && gone.list().some((index) => this.#homes.has(index));
    if (isPart) return new Crowd([...movers, ...this.all.filter(({ home }) => !gone.has(home))], statics);
    return new Crowd(movers, statics, this.#everyone);
  }

  get #everyone(): Crowd {
    return (this.#crowd ??= new Crowd(this.all, this.#basis.proof.statics));
  }

  /** Whether one that waits now is sure to find a place as things stand. Found out when it is first asked for: to prove it costs as much as for a pod that moves. */
  isSure(mover: Mover): boolean {
    let sure = this.#sure.get(mover);
    if (sure === undefined) {
      const { placement, proof } = this.#basis;
      const scene = { placement, gone: NodeSet.NONE, headroom: 0 };
      sure = proof.objection(mover, scene, this.#everyone) === undefined;
      this.#sure.set(mover, sure);
    }
    return sure;
  }
}

/** Those that will look for a place although nobody asks for it here: of nodes that take none, and those that are made anew when they have ended. */
function leavingFrom(pods: readonly PodRecord[], isOpen: boolean, workloads: Basis['workloads']): PodRecord[] {
  return pods.filter((pod) => {
    if (pod.isOfNode) return false;
    return pod.isEnding ? isReplacedLater(pod, workloads) : !isOpen;
  });
}

/** A pod of which not all is known may come anywhere: gates may open, its scheduler may put it where it likes. */
function mayTakePlace({ pod }: Mover): boolean {
  return pod.demand.refusals.length > 0 || pod.claims.length > 0;
}
