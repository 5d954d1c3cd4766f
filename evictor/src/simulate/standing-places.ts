import type { PodDemand } from '../view/pod-demand.ts';
import { NodeSet } from './node-set.ts';
import type { Placement } from './placement.ts';
import type { ReasonCode } from './reason.ts';
import { nodeAffinityRule } from './rules/node-affinity.ts';
import { taintsRule } from './rules/taints.ts';
import type { Mover, PlaceRule } from './mover.ts';

/** What nodes themselves say to a pod, whatever is on them. */
export interface Standing {
  /** The open nodes that let it. */
  readonly places: NodeSet;
  /** How many each rule keeps it off, in the order of the rules. */
  readonly refused: ReadonlyMap<ReasonCode, number>;
}

/**
 * Finds what taints and labels of nodes say once for all pods that ask the same: a cluster has thousands of kinds of pods and thousands of
 * nodes, but pods ask for a handful of things.
 */
export class StandingPlaces {
  readonly #placement: Placement;
  readonly #known = new Map<string, Standing>();

  constructor(placement: Placement) {
    this.#placement = placement;
  }

  /** What they say to a mover. */
  of(mover: Mover): Standing {
    const key = keyOf(mover.pod.demand);
    let standing = this.#known.get(key);
    if (standing === undefined) this.#known.set(key, (standing = this.#ask(mover)));
    return standing;
  }

  #ask(mover: Mover): Standing {
    const scene = { placement: this.#placement, gone: NodeSet.NONE, headroom: 0 };
    const rules = [taintsRule, nodeAffinityRule].flatMap((rule) => rule(mover, scene)?.rules ?? []);
    return askInOrder(this.#placement, rules, { places: this.#placement.open, refused: new Map() });
  }
}

/** What is left of places when these rules are asked as well, each of what those before it let pass. */
export function askInOrder(placement: Placement, rules: readonly PlaceRule[], before: Standing): Standing {
  if (rules.length === 0) return before;
  const refused = new Map<ReasonCode, number>([...before.refused, ...rules.map(({ code }) => [code, 0] as const)]);
  const places = before.places.filter((index) => {
    const node = placement.nodes[index];
    const against = node && rules.find(({ lets }) => !lets(node));
    if (against !== undefined) refused.set(against.code, (refused.get(against.code) ?? 0) + 1);
    return against === undefined;
  });
  return { places, refused };
}

/** All that the rules look at of a pod. */
function keyOf({ tolerations, nodeSelector, nodeTerms }: PodDemand): string {
  return JSON.stringify([tolerations, nodeSelector, nodeTerms]);
}
