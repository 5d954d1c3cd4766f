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
export function topologySpreadRule(placement: Pick<Placement, 'nodes' | 'domains'>): Rule {
  const known = new WeakMap<PodDemand, readonly Field[]>();
  /** Most demands say the same of nodes. */
  const fields = new Map<string, Field>();
  const fieldsOf = (demand: PodDemand): readonly Field[] => {
    let found = known.get(demand);
    if (found === undefined) {
      found = demand.spread.map((rule) => {
        const key = keyOf(rule, demand);
        const field = fields.get(key) ?? fieldFor(placement, rule, demand);
        fields.set(key, field);
        return field;
      });
      known.set(demand, found);
    }
    return found;
  };
  return (mover, scene) => {
    const { demand } = mover.pod;
    if (demand.spread.length === 0) return undefined;
    const own = fieldsOf(demand);
    const spreads = demand.spread.flatMap((rule, at) => {
      const field = own[at];
      return field === undefined ? [] : [new Spread({ rule, field, mover }, scene)];
    });
    return {
      rules: [{ code: 'spread', lets: ({ index }) => spreads.every((spread) => spread.slots(index) > 0) }],
      hindrance: (places, others) => spreads.reduce((sum, spread) => sum + spread.hindered(places, others), 0),
      // Fewer places are in fewer domains, which take no more.
      fillsAll: (places, others) => spreads.some((spread) => spread.hindered(places, others) === places.size),
    };
  };
}

/** The nodes among which the pods of some demand are spread, and what never changes of their domains. */
interface Field {
  readonly among: NodeSet;
  /** The number of the domain of each node. */
  readonly of: Int32Array;
  /** Domains that have one of them. */
  readonly isEligible: Uint8Array;
  /** How many of them in each domain are open. */
  readonly open: Int32Array;
}

function fieldFor(placement: Pick<Placement, 'nodes' | 'domains'>, rule: SpreadRule, demand: PodDemand): Field {
  const { nodes } = placement;
  const { of, count } = placement.domains(rule.topologyKey);
  const isEligible = new Uint8Array(count);
  const open = new Int32Array(count);
  const among = NodeSet.where(nodes.length, (index) => {
    const node = nodes[index];
    const domain = of[index] ?? -1;
    if (node === undefined || domain < 0 || !isCounted(node, rule, demand)) return false;
    isEligible[domain] = 1;
    if (isOpen(node)) open[domain] = (open[domain] ?? 0) + 1;
    return true;
  });
  return { among, of, isEligible, open };
}

/** All that `isCounted` and the domains look at. */
function keyOf({ honoursAffinity, honoursTaints, topologyKey }: SpreadRule, demand: PodDemand): string {
  const { nodeSelector, nodeTerms, tolerations, spread } = demand;
  const keys = spread.map((rule) => rule.topologyKey);
  return JSON.stringify([
    topologyKey,
    keys,
    honoursAffinity && [nodeSelector, nodeTerms],
    honoursTaints && tolerations,
  ]);
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
  readonly field: Field;
  readonly mover: Mover;
}

/** How many nodes of each domain are open when some go and a mover leaves its own. */
function openLeft(
  { among, open, of }: Field,
  { home }: Pick<Mover, 'home'>,
  { placement, gone }: Pick<Scene, 'placement' | 'gone'>,
): Int32Array {
  const left = open.slice();
  const leave = (index: number): void => {
    const domain = of[index] ?? -1;
    if (among.has(index) && isOpenAt(placement, index)) left[domain] = (left[domain] ?? 0) - 1;
  };
  for (const index of gone.list()) leave(index);
  if (!gone.has(home)) leave(home);
  return left;
}

function isOpenAt({ nodes }: Pick<Placement, 'nodes'>, index: number): boolean {
  const node = nodes[index];
  return node !== undefined && isOpen(node);
}

class Spread {
  readonly #rule: SpreadRule;
  readonly #mover: Mover;
  readonly #of: Int32Array;
  /** Pods in each domain, and in the emptiest. */
  readonly #counts: Int32Array;
  readonly #fewest: number;
  readonly #self: number;

  constructor({ rule, field, mover }: SpreadQuestion, { placement, gone }: Scene) {
    const { pod, home } = mover;
    const { among, isEligible } = field;
    this.#rule = rule;
    this.#mover = mover;
    const { of, count } = placement.domains(rule.topologyKey);
    const counts = new Int32Array(count);
    const least = new Int32Array(count);
    const add = (to: Int32Array, index: number, amount: number): unknown => {
      const domain = of[index] ?? -1;
      return domain >= 0 && (to[domain] = (to[domain] ?? 0) + amount);
    };
    for (const [index, found] of placement.spreadCounts(rule, pod.namespace)) {
      if (!among.has(index) || index === home) continue;
      add(counts, index, found);
      if (!gone.has(index) && isOpenAt(placement, index)) add(least, index, found);
    }
    if (among.has(home)) {
      const left = placement.staying(home).filter((other) => isSpread(rule, pod.namespace, other));
      add(counts, home, left.length);
    }
    this.#of = of;
    this.#counts = counts;
    let fewest = Infinity;
    for (const [domain, found] of least.entries()) if (isEligible[domain] === 1) fewest = Math.min(fewest, found);
    const left = openLeft(field, mover, { placement, gone }).reduce((sum, open) => sum + Math.min(1, open), 0);
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
