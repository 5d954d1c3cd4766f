import type { PodDemand } from '../../view/pod-demand.ts';
import type { SpreadRule } from '../../view/pod-terms.ts';
import { tolerates } from '../../view/taint.ts';
import type { Mover, Scene } from '../mover.ts';
import { NodeSet } from '../node-set.ts';
import type { PlacedNode } from '../placed-node.ts';
import type { Placement } from '../placement.ts';
import { wantsNode } from './node-affinity.ts';

/** The nodes among which a spread rule spreads the pods of some demand, and what never changes of their domains. */
export interface SpreadField {
  readonly rule: SpreadRule;
  readonly among: NodeSet;
  /** The number of the domain of each node. */
  readonly of: Int32Array;
  /** Domains that have one of them. */
  readonly isEligible: Uint8Array;
  /** How many of them in each domain are open. */
  readonly open: Int32Array;
}

/** Finds the fields of a demand's rules: once for all that say the same of nodes, which most do. */
export class SpreadFields {
  readonly #placement: Placement;
  readonly #known = new WeakMap<PodDemand, readonly SpreadField[]>();
  readonly #grounds = new Map<string, Omit<SpreadField, 'rule'>>();

  constructor(placement: Placement) {
    this.#placement = placement;
  }

  /** One for each of its rules. */
  of(demand: PodDemand): readonly SpreadField[] {
    let fields = this.#known.get(demand);
    if (fields === undefined)
      this.#known.set(demand, (fields = demand.spread.map((rule) => ({ rule, ...this.#groundOf(rule, demand) }))));
    return fields;
  }

  #groundOf(rule: SpreadRule, demand: PodDemand): Omit<SpreadField, 'rule'> {
    const key = keyOf(rule, demand);
    let ground = this.#grounds.get(key);
    if (ground === undefined) this.#grounds.set(key, (ground = this.#look(rule, demand)));
    return ground;
  }

  #look(rule: SpreadRule, demand: PodDemand): Omit<SpreadField, 'rule'> {
    const { nodes, open: isOpen } = this.#placement;
    const { of, count } = this.#placement.domains(rule.topologyKey);
    const among = NodeSet.where(nodes.length, (index) => {
      const node = nodes[index];
      return node !== undefined && isCounted(node, rule, demand);
    });
    const isEligible = new Uint8Array(count);
    const open = new Int32Array(count);
    for (const index of among.list()) {
      const domain = of[index] ?? -1;
      isEligible[domain] = 1;
      if (isOpen.has(index)) open[domain] = (open[domain] ?? 0) + 1;
    }
    return { among, of, isEligible, open };
  }
}

/** How many nodes of each domain are open when some go and a mover leaves its own. */
export function openLeft(
  { among, open, of }: SpreadField,
  { home }: Pick<Mover, 'home'>,
  { placement, gone }: Pick<Scene, 'placement' | 'gone'>,
): Int32Array {
  const left = open.slice();
  const leave = (index: number): void => {
    const domain = of[index] ?? -1;
    if (among.has(index) && placement.open.has(index)) left[domain] = (left[domain] ?? 0) - 1;
  };
  for (const index of gone.list()) leave(index);
  if (!gone.has(home)) leave(home);
  return left;
}

/** Whether a node is one of those among which the pods are spread. */
function isCounted({ record }: PlacedNode, { honoursAffinity, honoursTaints }: SpreadRule, demand: PodDemand): boolean {
  if (honoursAffinity && !wantsNode(demand, record)) return false;
  // A node without one of the keys is not counted for any of them. (kube-scheduler, podtopologyspread)
  if (!demand.spread.every(({ topologyKey }) => Object.hasOwn(record.labels, topologyKey))) return false;
  return !honoursTaints || tolerates(demand.tolerations, record.taints);
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
