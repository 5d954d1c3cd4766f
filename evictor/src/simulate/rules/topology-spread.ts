import type { PodDemand } from '../../view/pod-demand.ts';
import type { SpreadRule } from '../../view/pod-terms.ts';
import { tolerates } from '../../view/taint.ts';
import { isOpen } from '../is-open.ts';
import type { Mover, Others, Rule, Scene } from '../mover.ts';
import { NodeSet } from '../node-set.ts';
import type { PlacedNode } from '../placed-node.ts';
import { isSpread, type Placement } from '../placement.ts';
import { countOf } from './host-ports.ts';
import { wantsNode } from './node-affinity.ts';

/**
 * Topology spread: no domain may have more than `maxSkew` pods above the one that has fewest.
 *
 * The node that goes stays as a ghost: it is counted, with what ends with it, for as long as it exists, and empty it may be the domain that
 * has fewest. For the fewest, pods of all nodes that go are left out; for what a domain has, only those of the own node,
 * because the others may come back to where they were. Both are the stricter way, and neither gets milder when more nodes go.
 */
export function topologySpreadRule({ nodes }: Pick<Placement, 'nodes'>): Rule {
  /** Of each demand: the nodes among which its rules spread the pods, one set for each rule. */
  const known = new WeakMap<PodDemand, readonly NodeSet[]>();
  const countedFor = (demand: PodDemand): readonly NodeSet[] => {
    let counted = known.get(demand);
    if (counted === undefined) {
      counted = demand.spread.map((rule) =>
        NodeSet.where(nodes.length, (index) => nodes[index] !== undefined && isCounted(nodes[index], rule, demand)),
      );
      known.set(demand, counted);
    }
    return counted;
  };
  return (mover, scene) => {
    const { demand } = mover.pod;
    if (demand.spread.length === 0) return undefined;
    const counted = countedFor(demand);
    const spreads = demand.spread.flatMap((rule, at) => {
      const among = counted[at];
      return among === undefined ? [] : [new Spread({ rule, among, mover }, scene)];
    });
    return {
      rules: [{ code: 'spread', lets: ({ index }) => spreads.every((spread) => spread.slots(index) > 0) }],
      hindrance: (places, others) => spreads.reduce((sum, spread) => sum + spread.hindered(places, others), 0),
      // Fewer places are in fewer domains, which take no more.
      fillsAll: (places, others) => spreads.some((spread) => spread.hindered(places, others) === places.size),
    };
  };
}

/** Whether a node is one of those among which the pods are spread. */
function isCounted({ record }: PlacedNode, { honoursAffinity, honoursTaints }: SpreadRule, demand: PodDemand): boolean {
  if (honoursAffinity && !wantsNode(demand, record)) return false;
  // A node without one of the keys is not counted for any of them. (kube-scheduler, podtopologyspread)
  if (!demand.spread.every(({ topologyKey }) => Object.hasOwn(record.labels, topologyKey))) return false;
  return !honoursTaints || tolerates(demand.tolerations, record.taints);
}

/** A rule for one mover. */
interface SpreadQuestion {
  readonly rule: SpreadRule;
  /** The nodes among which the pods are spread. */
  readonly among: NodeSet;
  readonly mover: Mover;
}

class Spread {
  readonly #rule: SpreadRule;
  readonly #mover: Mover;
  readonly #of: Int32Array;
  /** Pods in each domain, and in the emptiest. */
  readonly #counts: Int32Array;
  readonly #fewest: number;
  readonly #self: number;

  constructor({ rule, among, mover }: SpreadQuestion, { placement, gone }: Scene) {
    const { pod, home } = mover;
    this.#rule = rule;
    this.#mover = mover;
    const { of, count } = placement.domains(rule.topologyKey);
    const counts = new Int32Array(count);
    const least = new Int32Array(count);
    const isEligible = new Uint8Array(count);
    const isLeft = new Uint8Array(count);
    const stays = (index: number): boolean => {
      const node = placement.nodes[index];
      return index !== home && !gone.has(index) && node !== undefined && isOpen(node);
    };
    for (const index of among.list()) {
      const domain = of[index] ?? -1;
      isEligible[domain] = 1;
      if (stays(index)) isLeft[domain] = 1;
    }
    const add = (to: Int32Array, domain: number, pods: number): unknown => (to[domain] = (to[domain] ?? 0) + pods);
    for (const [index, found] of placement.spreadCounts(rule, pod.namespace)) {
      if (!among.has(index)) continue;
      const domain = of[index] ?? -1;
      if (index !== home) add(counts, domain, found);
      if (stays(index)) add(least, domain, found);
    }
    if (among.has(home)) {
      const left = placement.staying(home).filter((other) => isSpread(rule, pod.namespace, other));
      add(counts, of[home] ?? -1, left.length);
    }
    this.#of = of;
    this.#counts = counts;
    const left = isLeft.reduce((sum, one) => sum + one, 0);
    const fewest = least.reduce(
      (min, pods, domain) => (isEligible[domain] === 1 ? Math.min(min, pods) : min),
      Infinity,
    );
    // Fewer domains than wanted count as one more, which is empty. (KEP-3022)
    this.#fewest = left < rule.minDomains || fewest === Infinity ? 0 : fewest;
    this.#self = isSpread(rule, pod.namespace, pod) ? 1 : 0;
  }

  /** How many more of those that are counted a node's domain takes before it takes this one no more. */
  slots(index: number): number {
    const domain = this.#of[index] ?? -1;
    if (domain < 0) return 0;
    return this.#rule.maxSkew - ((this.#counts[domain] ?? 0) + this.#self - this.#fewest) + 1;
  }

  /** How many places others can fill up: the cheapest domains first, and no more places than the largest ones have. */
  hindered(places: NodeSet, others: Others): number {
    const { namespace } = this.#mover.pod;
    let budget = countOf(others.selectedBy(this.#rule.selector), ({ pod }) => pod.namespace === namespace);
    if (budget === 0) return 0;
    const domains = new Map<number, { size: number; slots: number }>();
    for (const index of places.list()) {
      const domain = this.#of[index] ?? -1;
      const { size } = domains.get(domain) ?? { size: 0 };
      domains.set(domain, { size: size + 1, slots: this.slots(index) });
    }
    let filled = 0;
    for (const { slots } of [...domains.values()].toSorted((a, b) => a.slots - b.slots)) {
      budget -= slots;
      if (budget < 0) break;
      filled += 1;
    }
    const sizes = [...domains.values()].map(({ size }) => size).toSorted((a, b) => b - a);
    return sizes.slice(0, filled).reduce((sum, size) => sum + size, 0);
  }
}
