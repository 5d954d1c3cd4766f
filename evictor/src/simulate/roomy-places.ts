import type { Mover, RuleForMover, Scene } from './mover.ts';
import type { NodeSet } from './node-set.ts';
import { roomRule } from './rules/room.ts';
import { askInOrder, type Standing } from './standing-places.ts';

/** Which of some nodes have room, and what the others lack. */
export interface Roomy extends Standing {
  readonly rule: RuleForMover | undefined;
}

/** Finds which nodes have room once for all pods that request the same and could come to the same nodes. */
export class RoomyPlaces {
  /** By what is requested, and the headroom. */
  readonly #rules = new Map<
    string,
    { readonly rule: RuleForMover | undefined; readonly known: WeakMap<NodeSet, Roomy> }
  >();

  /** Those of the nodes, which take the mover if they have room. */
  among(nodes: NodeSet, mover: Mover, scene: Scene): Roomy {
    const key = JSON.stringify([scene.headroom, mover.pod.demand.requests]);
    let asked = this.#rules.get(key);
    if (asked === undefined) this.#rules.set(key, (asked = { rule: roomRule(mover, scene), known: new WeakMap() }));
    const { rule, known } = asked;
    let roomy = known.get(nodes);
    if (roomy === undefined) {
      const rules = rule?.rules ?? [];
      roomy = { ...askInOrder(scene.placement, rules, { places: nodes, refused: new Map() }), rule };
      known.set(nodes, roomy);
    }
    return roomy;
  }
}
