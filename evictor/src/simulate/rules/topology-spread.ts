import type { SpreadRule } from '../../view/pod-terms.ts';
import type { Mover, Others, Rule, Scene } from '../mover.ts';
import type { NodeSet } from '../node-set.ts';
import { isSpread, type Placement } from '../placement.ts';
import { countOf } from './host-ports.ts';
import { openLeft, type SpreadField, SpreadFields } from './spread-field.ts';

/**
 * Topology spread: no domain may have more than `maxSkew` pods above the one that has fewest.
 *
 * The node that goes stays as a ghost: it is counted, with what ends with it, for as long as it exists, and empty it may be the domain that
 * has fewest. For the fewest, pods of all nodes that go are left out; for what a domain has, only those of the own node,
 * because the others may come back to where they were. Both are the stricter way, and neither gets milder when more nodes go.
 */
export function topologySpreadRule(placement: Placement): Rule {
  const fields = new SpreadFields(placement);
  return (mover, scene) => {
    const { demand } = mover.pod;
    if (demand.spread.length === 0) return undefined;
    const spreads = fields.of(demand).map((field) => new Spread(field, mover, scene));
    return {
      rules: [{ code: 'spread', lets: ({ index }) => spreads.every((spread) => spread.slots(index) > 0) }],
      hindrance: (places, others) => spreads.reduce((sum, spread) => sum + spread.hindered(places, others), 0),
      // Fewer places are in fewer domains, which take no more.
      fillsAll: (places, others) => spreads.some((spread) => spread.hindered(places, others) === places.size),
    };
  };
}

class Spread {
  readonly #rule: SpreadRule;
  readonly #mover: Mover;
  readonly #of: Int32Array;
  /** Pods in each domain, and in the emptiest. */
  readonly #counts: Int32Array;
  readonly #fewest: number;
  readonly #self: number;

  constructor(field: SpreadField, mover: Mover, scene: Scene) {
    const { rule, among, of, open, isEligible } = field;
    const { pod, home } = mover;
    const { placement, gone } = scene;
    this.#rule = rule;
    this.#mover = mover;
    const count = open.length;
    const counts = new Int32Array(count);
    const least = new Int32Array(count);
    const add = (to: Int32Array, index: number, amount: number): unknown => {
      const domain = of[index] ?? -1;
      return domain >= 0 && (to[domain] = (to[domain] ?? 0) + amount);
    };
    for (const [index, found] of placement.spreadCounts(rule, pod.namespace)) {
      if (!among.has(index) || index === home) continue;
      add(counts, index, found);
      if (!gone.has(index) && placement.open.has(index)) add(least, index, found);
    }
    if (among.has(home)) {
      const left = placement.staying(home).filter((other) => isSpread(rule, pod.namespace, other));
      add(counts, home, left.length);
    }
    this.#of = of;
    this.#counts = counts;
    let fewest = Infinity;
    for (const [domain, found] of least.entries()) if (isEligible[domain] === 1) fewest = Math.min(fewest, found);
    const left = openLeft(field, mover, scene).reduce((sum, nodes) => sum + Math.min(1, nodes), 0);
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
