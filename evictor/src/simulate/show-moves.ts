import { compare } from '../view/compare.ts';
import type { Mover, Scene } from './mover.ts';
import type { Move } from './simulate.ts';
import { leftOn } from './rules/room.ts';

/** What is to be shown. */
export interface ShowMovesOptions extends Scene {
  /** Each pod for itself. */
  readonly movers: readonly Mover[];
  readonly placesOf: (mover: Mover, scene: Scene) => readonly number[];
}

/**
 * One way in which the pods of nodes that go find places, by the index of their node: the largest first, each to the node with most cores
 * left. It is an example: that a place is found in any case is proven elsewhere. What the moved pods mean for each other beside room is
 * left to the scheduler.
 */
export function showMoves(options: ShowMovesOptions): Map<number, Move[]> {
  const { placement, gone, headroom, movers, placesOf } = options;
  const scene = { placement, gone, headroom };
  const taken = new Map<number, Map<string, number>>();
  const left = (index: number, resource: string): number => {
    const node = placement.nodes[index];
    return node === undefined ? 0 : leftOn(node, resource, headroom) - (taken.get(index)?.get(resource) ?? 0);
  };
  const moves = new Map<number, Move[]>();
  const cores = ({ pod }: Mover): number => pod.demand.requests['cpu'] ?? 0;
  for (const mover of movers.toSorted((a, b) => cores(b) - cores(a))) {
    const wanted = Object.entries({ ...mover.pod.demand.requests, pods: 1 });
    let to: number | undefined;
    for (const index of placesOf(mover, scene)) {
      if (!wanted.every(([resource, amount]) => left(index, resource) >= amount)) continue;
      if (to === undefined || left(index, 'cpu') > left(to, 'cpu')) to = index;
    }
    if (to === undefined) continue;
    for (const [resource, amount] of wanted) {
      const onNode = taken.get(to) ?? new Map<string, number>();
      taken.set(to, onNode.set(resource, (onNode.get(resource) ?? 0) + amount));
    }
    const ofHome = moves.get(mover.home) ?? [];
    moves.set(mover.home, [...ofHome, { pod: mover.pod, to: placement.nodes[to]?.record.name ?? '' }]);
  }
  for (const list of moves.values())
    list.sort((a, b) => compare(a.pod.namespace, b.pod.namespace) || compare(a.pod.name, b.pod.name));
  return moves;
}
