import { compareText } from '@castai/shared/compare-text.ts';
import type { Mover, Scene } from './mover.ts';
import type { NodeSet } from './node-set.ts';
import type { Move } from './removal.ts';

/** What is to be shown. */
export interface ShowMovesOptions extends Scene {
  /** Each pod for itself. */
  readonly movers: readonly Mover[];
  /** Movers with the same places are given the same set. */
  readonly placesOf: (mover: Mover, scene: Scene) => NodeSet;
}

/** So many nodes that take a pod are compared: all of thousands, for each of thousands of pods, would take longer than the search. */
const COMPARED = 64;

/**
 * One way in which the pods of nodes that go find places, by the index of their node: the largest first, each to the node with most cores
 * left; of many nodes some are compared. It is an example: that a place is found in any case is proven elsewhere. What the moved pods mean for each other beside room is
 * left to the scheduler. A step for each pod.
 */
export function* showMoves(options: ShowMovesOptions): Generator<undefined, Map<number, Move[]>> {
  const { placement, gone, headroom, movers, placesOf } = options;
  const scene = { placement, gone, headroom };
  const room = new RoomLeft(scene);
  const moves = new Map<number, Move[]>();
  const begins = new Map<NodeSet, number>();
  const cores = ({ pod }: Mover): number => pod.demand.requests['cpu'] ?? 0;
  for (const mover of movers.toSorted((a, b) => cores(b) - cores(a))) {
    yield;
    const wanted = Object.entries({ ...mover.pod.demand.requests, pods: 1 });
    const places = placesOf(mover, scene);
    const from = begins.get(places) ?? 0;
    const to = room.mostRoomy(places, from, wanted);
    if (to === undefined) continue;
    // The next of its kind begins behind them, or it would meet the same nodes again and find them full.
    if (places.size > COMPARED) begins.set(places, behind(places, from));
    room.take(to, wanted);
    const ofHome = moves.get(mover.home) ?? [];
    ofHome.push({ pod: mover.pod, to: placement.nodes[to]?.record.name ?? '' });
    moves.set(mover.home, ofHome);
  }
  for (const list of moves.values())
    list.sort((a, b) => compareText(a.pod.namespace, b.pod.namespace) || compareText(a.pod.name, b.pod.name));
  return moves;
}

/** Where those begin that come behind the ones that are compared from here. */
function behind(places: NodeSet, from: number): number {
  let at = from;
  for (let step = 0; step < COMPARED; step += 1) at = places.next(at) + 1;
  return at;
}

type Wanted = readonly (readonly [resource: string, amount: number])[];

/** What nodes have left when those that were moved so far have come. */
class RoomLeft {
  readonly #scene: Scene;
  readonly #left = new Map<string, Float64Array>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Of the first places that have room, counted from a node in a circle, the one with most cores left. */
  mostRoomy(places: NodeSet, from: number, wanted: Wanted): number | undefined {
    const needs = wanted.map(([resource, amount]) => [this.#of(resource), amount] as const);
    const cores = this.#of('cpu');
    let best: number | undefined;
    let compared = 0;
    let index = from - 1;
    for (let step = 0; step < places.size && compared < COMPARED; step += 1) {
      index = places.next(index + 1);
      if (!needs.every(([left, amount]) => (left[index] ?? 0) >= amount)) continue;
      compared += 1;
      if (best === undefined || (cores[index] ?? 0) > (cores[best] ?? 0)) best = index;
    }
    return best;
  }

  take(index: number, wanted: Wanted): void {
    for (const [resource, amount] of wanted) {
      const left = this.#of(resource);
      left[index] = (left[index] ?? 0) - amount;
    }
  }

  #of(resource: string): Float64Array {
    let left = this.#left.get(resource);
    if (left === undefined) {
      left = this.#scene.placement.left(resource, this.#scene.headroom).slice();
      this.#left.set(resource, left);
    }
    return left;
  }
}
