import type { SpreadRule } from '../../view/pod-terms.ts';
import { tolerates } from '../../view/taint.ts';
import { isOpen } from '../is-open.ts';
import type { Mover, Others, Rule, Scene } from '../mover.ts';
import type { NodeSet } from '../node-set.ts';
import { isSpread } from '../placement.ts';
import { countOf } from './host-ports.ts';
import { wantsNode } from './node-affinity.ts';

/**
 * Topology spread: no domain may have more than `maxSkew` pods above the one that has fewest.
 *
 * The node that goes stays as a ghost: it is counted, with what ends with it, for as long as it exists, and empty it may be the domain that
 * has fewest. For the fewest, pods of all nodes that go are left out; for what a domain has, only those of the own node,
 * because the others may come back to where they were. Both are the stricter way, and neither gets milder when more nodes go.
 */
export const topologySpreadRule: Rule = (mover, scene) => {
  const spreads = mover.pod.demand.spread.map((rule) => new Spread(rule, mover, scene));
  if (spreads.length === 0) return undefined;
  return {
    rules: [{ code: 'spread', lets: ({ index }) => spreads.every((spread) => spread.slots(index) > 0) }],
    hindrance: (places, others) => spreads.reduce((sum, spread) => sum + spread.hindered(places, others), 0),
  };
};

class Spread {
  readonly #rule: SpreadRule;
  readonly #mover: Mover;
  readonly #of: Int32Array;
  /** Pods in each domain, and in the emptiest. */
  readonly #counts: Int32Array;
  readonly #fewest: number;
  readonly #self: number;

  constructor(rule: SpreadRule, mover: Mover, { placement, gone }: Scene) {
    const { pod, home } = mover;
    this.#rule = rule;
    this.#mover = mover;
    const { of, count } = placement.domains(rule.topologyKey);
    const onNode = placement.spreadCounts(rule, pod.namespace);
    const counts = new Int32Array(count);
    const least = new Int32Array(count);
    const isEligible = new Uint8Array(count);
    const isLeft = new Uint8Array(count);
    for (const { index, record } of placement.nodes) {
      const domain = of[index] ?? -1;
      if (domain < 0 || !this.#isCounted(record, mover)) continue;
      const found = onNode.on(index);
      isEligible[domain] = 1;
      const there =
        index === home ? placement.staying(home).filter((other) => isSpread(rule, pod.namespace, other)).length : found;
      counts[domain] = (counts[domain] ?? 0) + there;
      if (index === home || gone.has(index) || !isOpen({ record })) continue;
      isLeft[domain] = 1;
      least[domain] = (least[domain] ?? 0) + found;
    }
    this.#of = of;
    this.#counts = counts;
    const left = isLeft.reduce((sum, one) => sum + one, 0);
    // Fewer domains than wanted count as one more, which is empty. (KEP-3022)
    const eligible = [...least].filter((_, domain) => isEligible[domain] === 1);
    this.#fewest = left < rule.minDomains || eligible.length === 0 ? 0 : Math.min(...eligible);
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
    let budget = countOf(others.everyone, ({ pod }) => isSpread(this.#rule, this.#mover.pod.namespace, pod));
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

  /** Whether a node is one of those among which the pods are spread. */
  #isCounted(record: Parameters<typeof wantsNode>[1], { pod }: Mover): boolean {
    const { honoursAffinity, honoursTaints } = this.#rule;
    if (honoursAffinity && !wantsNode(pod.demand, record)) return false;
    // A node without one of the keys is not counted for any of them. (kube-scheduler, podtopologyspread)
    if (!pod.demand.spread.every(({ topologyKey }) => Object.hasOwn(record.labels, topologyKey))) return false;
    return !honoursTaints || tolerates(pod.demand.tolerations, record.taints);
  }
}
