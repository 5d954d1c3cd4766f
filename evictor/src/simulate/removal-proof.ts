import type { Candidate } from './candidate.ts';
import type { Crowd } from './crowd.ts';
import type { Mover, Scene } from './mover.ts';
import { NodeSet } from './node-set.ts';
import type { Placement } from './placement.ts';
import type { Objection, Proof } from './proof.ts';
import type { Blocker } from './reason.ts';
import { Restless } from './restless.ts';
import type { WaitingPods } from './waiting-pods.ts';

/** What the proof of a removal stands on. */
export interface RemovalProofOptions {
  readonly placement: Placement;
  readonly proof: Proof;
  /** Whatever else is moved meets them. */
  readonly waiting: WaitingPods;
  /** Share of a node's allocatable that is kept free, 0 to 1. */
  readonly headroom: number;
  /** Whether there is time to go on; asked for every kind of pod. */
  readonly hasTime: () => boolean;
}

/** When time is up nothing is proven. */
export const TIME_IS_UP: Objection = { blocker: { code: 'not_looked_at', pod: '', detail: '' }, isForRoom: false };

/**
 * Proves that nodes can go together: each of their pods finds a place among those that move and those that wait, and who waits and is sure of
 * a place keeps it.
 */
export class RemovalProof {
  readonly #options: RemovalProofOptions;
  readonly #restless: Restless;

  constructor(options: RemovalProofOptions) {
    this.#options = options;
    const { placement, proof, waiting } = options;
    this.#restless = new Restless({ placement, waiting, statics: proof.statics });
  }

  /** What keeps the pods of a node without any other removal, a step for every kind of pod. Not even the headroom is kept here: what it costs is found out later. */
  *blockersAlone(candidate: Candidate): Generator<undefined, Blocker[]> {
    const { placement, proof, waiting } = this.#options;
    const { placed, movers } = candidate;
    const { index } = placed;
    const scene = { placement, gone: this.#goneOf([index]), headroom: 0 };
    const crowd = waiting.crowdWith(movers, scene.gone);
    const blockers = this.#restless.blockers(candidate);
    for (const mover of movers) {
      yield;
      const objection = proof.objection(mover, scene, crowd);
      if (objection !== undefined) blockers.push(objection.blocker);
    }
    return blockers;
  }

  /** The first thing against removing all of these; undefined where nothing is. A step for every kind of pod. */
  *objection(all: readonly Candidate[]): Generator<undefined, Objection | undefined> {
    const { placement, headroom, waiting } = this.#options;
    const gone = this.#goneOf(all.map(({ placed }) => placed.index));
    const movers = this.#merge(all.flatMap((one) => one.movers));
    const crowd = waiting.crowdWith(movers, gone);
    return (
      (yield* this.#firstObjection(movers.toReversed(), { placement, gone, headroom }, crowd)) ??
      (yield* this.#firstObjection(waiting.guarded, { placement, gone, headroom: 0 }, crowd))
    );
  }

  *#firstObjection(movers: readonly Mover[], scene: Scene, crowd: Crowd): Generator<undefined, Objection | undefined> {
    for (const mover of movers) {
      yield;
      if (!this.#options.hasTime()) return TIME_IS_UP;
      const objection = this.#options.proof.objection(mover, scene, crowd);
      // Of one that waits only what it is sure of is kept.
      if (objection !== undefined && (mover.home >= 0 || this.#options.waiting.isSure(mover))) return objection;
    }
    return undefined;
  }

  /** Pods of one kind are asked once, wherever they come from, if that does not matter. */
  #merge(movers: readonly Mover[]): Mover[] {
    return [...Map.groupBy(movers, (mover) => this.#options.proof.keyOf(mover)).values()].flatMap((alike) => {
      const [first] = alike;
      return first === undefined ? [] : [{ ...first, count: alike.reduce((sum, { count }) => sum + count, 0) }];
    });
  }

  #goneOf(indices: readonly number[]): NodeSet {
    return NodeSet.of(this.#options.placement.nodes.length, indices);
  }
}
