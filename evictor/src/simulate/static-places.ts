import { tolerates } from '../view/taint.ts';
import type { ClaimUse } from './claim-use.ts';
import type { Mover } from './mover.ts';
import type { Placement } from './placement.ts';
import { matchesAny, wantsNode } from './rules/node-affinity.ts';

/** Groups pods by the nodes that they can ever come to, by what never changes in a pass: labels, names, taints, places of volumes. */
export class StaticPlaces {
  readonly #placement: Placement;
  readonly #use: ClaimUse;
  readonly #groups = new Map<string, number>();
  /** By what pods say of nodes, which most say alike: all nodes are looked at for each of these. */
  readonly #sayings = new Map<string, number>();
  readonly #masks: Uint8Array[] = [];
  readonly #overlaps = new Map<number, boolean>();
  readonly #known = new WeakMap<object, number>();

  constructor(placement: Placement, use: ClaimUse) {
    this.#placement = placement;
    this.#use = use;
  }

  /** The number of a pod's group: those with the same nodes have the same. */
  groupOf(pod: Mover['pod']): number {
    // Volumes belong to a pod, all else to its template.
    const key = pod.claims.length > 0 ? pod : pod.demand;
    let group = this.#known.get(key);
    if (group === undefined) this.#known.set(key, (group = this.#find(pod)));
    return group;
  }

  /** Whether pods of a group may ever come to a node. */
  holds(group: number, index: number): boolean {
    return this.#masks[group]?.[index] === 1;
  }

  /** Whether pods of two groups may come to the same node. */
  overlap(a: number, b: number): boolean {
    if (a === b) return true;
    const key = Math.min(a, b) * MOST_GROUPS + Math.max(a, b);
    let answer = this.#overlaps.get(key);
    if (answer === undefined) {
      const other = this.#masks[b];
      answer = this.#masks[a]?.some((is, index) => is === 1 && other?.[index] === 1) ?? false;
      this.#overlaps.set(key, answer);
    }
    return answer;
  }

  #find(pod: Mover['pod']): number {
    const { nodeSelector, nodeTerms, tolerations, refusals } = pod.demand;
    // Of a pod that is not understood nobody knows where it may come.
    const isUnderstood = refusals.length === 0;
    const volumes = this.#use.volumes(pod).map((volume) => volume.nodeTerms);
    const saying = isUnderstood ? JSON.stringify([nodeSelector, nodeTerms, tolerations, volumes]) : '';
    let group = this.#sayings.get(saying);
    if (group !== undefined) return group;
    const mask = Uint8Array.from(this.#placement.nodes, (node) => {
      const isOpen = this.#placement.open.has(node.index);
      if (!isUnderstood || !isOpen) return Number(isOpen);
      if (!wantsNode(pod.demand, node.record) || !tolerates(tolerations, node.record.taints)) return 0;
      return volumes.every((terms) => matchesAny(terms, node.record)) ? 1 : 0;
    });
    group = this.#groupWith(mask);
    this.#sayings.set(saying, group);
    return group;
  }

  #groupWith(mask: Uint8Array): number {
    const key = Buffer.from(mask).toString('latin1');
    let group = this.#groups.get(key);
    if (group === undefined) {
      this.#groups.set(key, (group = this.#groups.size));
      this.#masks[group] = mask;
    }
    return group;
  }
}

const MOST_GROUPS = 2 ** 24;
