import { type Selector, selects } from '../view/label-selector.ts';
import type { ClusterState } from '../view/cluster-state.ts';
import type { Labels } from '../view/parts.ts';
import type { PodRecord } from '../view/pod-record.ts';
import type { PodTerm, SpreadRule } from '../view/pod-terms.ts';
import { type AlikePods, gatherAlike } from './alike-pods.ts';
import { atOnce } from './at-once.ts';
import { type HeldTerm, heldTerms } from './held-terms.ts';
import { isOpen } from './is-open.ts';
import type { LabelIndex } from './label-index.ts';
import { leftOn } from './left-on.ts';
import { NodeCounts } from './node-counts.ts';
import { NodeSet } from './node-set.ts';
import { type PlacedPods, placePods } from './place-pods.ts';
import type { PlacedNode } from './placed-node.ts';
import { type NamespacedTerm, TermIndex } from './term-index.ts';
import type { ClaimRecord, VolumeRecord } from '../view/volume-record.ts';

/**
 * The cluster as the scheduler sees it, in one order whatever order it was told in, with the counts that its rules need. Nothing of it
 * changes; counts are made when they are first asked for.
 */
export class Placement {
  readonly nodes: readonly PlacedNode[];
  /** The nodes that take pods at all. */
  readonly open: NodeSet;
  /** Pods that wait for a place. */
  readonly pending: readonly PodRecord[];
  readonly state: ClusterState;
  /** Claims by `namespace/name`. */
  readonly claims: ReadonlyMap<string, ClaimRecord>;
  readonly volumes: ReadonlyMap<string, VolumeRecord>;
  readonly #domains = new Map<string, Domains>();
  readonly #counts = new Map<object, Map<string, NodeCounts>>();
  readonly #left = new Map<string, Float64Array>();
  readonly #fullestFirst = new Map<Float64Array, Int32Array>();
  #alike: LabelIndex<AlikePods> | undefined;
  #held: TermIndex<HeldTerm> | undefined;

  /** `placed`: its pods on their nodes, where somebody has had the time to put them there step by step. */
  constructor(state: ClusterState, placed: PlacedPods = atOnce(placePods(state))) {
    this.state = state;
    this.nodes = placed.nodes;
    this.open = NodeSet.where(placed.nodes.length, (index) => isOpen(placed.nodes[index]?.record));
    this.pending = placed.pending;
    this.claims = new Map(state.claims.map((claim) => [`${claim.namespace}/${claim.name}`, claim]));
    this.volumes = new Map(state.volumes.map((volume) => [volume.name, volume]));
  }

  /** What each node has left of a resource. Nobody writes into it. */
  left(resource: string, headroom: number): Float64Array {
    const key = `${resource} ${headroom}`;
    let left = this.#left.get(key);
    if (left === undefined) {
      left = Float64Array.from(this.nodes, (node) => leftOn(node, resource, headroom));
      this.#left.set(key, left);
    }
    return left;
  }

  /** Indices of the nodes by what they have left of a resource, those with the least first. Nobody writes into it. */
  fullestFirst(resource: string, headroom: number): Int32Array {
    const left = this.left(resource, headroom);
    let order = this.#fullestFirst.get(left);
    if (order === undefined) {
      order = Int32Array.from(this.nodes.keys()).sort((a, b) => (left[a] ?? 0) - (left[b] ?? 0));
      this.#fullestFirst.set(left, order);
    }
    return order;
  }

  /** The domains of a topology key. */
  domains(topologyKey: string): Domains {
    let domains = this.#domains.get(topologyKey);
    if (domains === undefined) this.#domains.set(topologyKey, (domains = domainsOf(this.nodes, topologyKey)));
    return domains;
  }

  /** How many pods on each node a term of a pod of this namespace selects. Those that are ending count, as they do for the scheduler. */
  counts(term: PodTerm, namespace: string): NodeCounts {
    return this.#count(term, namespace, () =>
      this.meantByAll([term], namespace).flatMap(({ staying, ending }) => [...staying, ...ending]),
    );
  }

  /** How many pods on each node all terms of a pod of this namespace select, each of them. Those that are ending will be gone. */
  countsNear(terms: readonly PodTerm[], namespace: string): NodeCounts {
    return this.#count(terms, namespace, () => this.meantByAll(terms, namespace).flatMap(({ staying }) => staying));
  }

  /** How many pods on each node a spread rule counts: of its namespace, and not those that are ending. */
  spreadCounts(rule: SpreadRule, namespace: string): NodeCounts {
    return this.#count(rule, namespace, () =>
      this.#pods.selectedBy(rule.selector).flatMap((alike) => (alike.namespace === namespace ? alike.staying : [])),
    );
  }

  /** The pods, on nodes and waiting, that each of some terms of a pod of this namespace speaks of. */
  meantByAll(terms: readonly PodTerm[], namespace: string): AlikePods[] {
    const [first] = terms;
    return first === undefined
      ? []
      : this.#pods
          .selectedBy(first.selector)
          .filter((alike) => terms.every((term) => this.isMeant(term, namespace, alike)));
  }

  /** Those on a node that do not leave it: they end with it, and are there until it is deleted. */
  staying(index: number): readonly PodRecord[] {
    return this.nodes[index]?.pods.filter(({ isOfNode }) => isOfNode) ?? [];
  }

  /** Whether a term of a pod of this namespace speaks of a pod. */
  isMeant(term: PodTerm, namespace: string, pod: Pick<PodRecord, 'namespace' | 'labels'>): boolean {
    return this.#isMeantPlace(term, namespace, pod.namespace) && selects(term.selector, pod.labels);
  }

  /** The terms of anti-affinity of pods on nodes that speak of a pod. */
  heldAgainst(pod: Pick<PodRecord, 'namespace' | 'labels'>): HeldTerm[] {
    this.#held ??= new TermIndex(heldTerms(this.nodes));
    return this.whoMean(pod, this.#held.maybeAbout(pod));
  }

  /** Those of some terms that speak of a pod. */
  whoMean<Held extends NamespacedTerm>(pod: Pick<PodRecord, 'namespace' | 'labels'>, held: readonly Held[]): Held[] {
    return held.filter(({ term, namespace }) => this.isMeant(term, namespace, pod));
  }

  get #pods(): LabelIndex<AlikePods> {
    return (this.#alike ??= gatherAlike([
      ...this.nodes.map(({ index, pods }) => [index, pods] as const),
      [-1, this.pending],
    ]));
  }

  #count(key: object, namespace: string, find: () => readonly number[]): NodeCounts {
    let byNamespace = this.#counts.get(key);
    if (byNamespace === undefined) this.#counts.set(key, (byNamespace = new Map()));
    let counts = byNamespace.get(namespace);
    if (counts === undefined) byNamespace.set(namespace, (counts = new NodeCounts(find())));
    return counts;
  }

  #isMeantPlace({ namespaces, namespaceSelector }: PodTerm, own: string, other: string): boolean {
    if (namespaces.includes(other)) return true;
    if (namespaceSelector !== undefined) return matchesPlace(namespaceSelector, this.state.namespaces.get(other));
    return namespaces.length === 0 && own === other;
  }
}

/** Nodes by the value that they have of a topology key. */
export interface Domains {
  /** Number of the domain of each node; -1 for a node without the key. */
  readonly of: Int32Array;
  readonly count: number;
}

/** Whether a spread rule of a pod of this namespace counts a pod. */
export function isSpread(rule: SpreadRule, namespace: string, pod: Pick<PodRecord, 'namespace' | 'labels'>): boolean {
  return pod.namespace === namespace && selects(rule.selector, pod.labels);
}

/** `namespace/name`, which orders pods in the same way in every pass. */
export function nameOf({ namespace, name }: Pick<PodRecord, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

/** A namespace of which nothing is known has no labels; only a selector without conditions means it. */
function matchesPlace(selector: Selector, labels: Labels = {}): boolean {
  return selects(selector, labels);
}

function domainsOf(nodes: readonly PlacedNode[], topologyKey: string): Domains {
  const numbers = new Map<string, number>();
  const of = new Int32Array(nodes.length).fill(-1);
  for (const { index, record } of nodes) {
    // A key is whatever somebody writes, such as `constructor`, which every object of JavaScript seems to have.
    const value = Object.hasOwn(record.labels, topologyKey) ? record.labels[topologyKey] : undefined;
    if (value === undefined) continue;
    let number = numbers.get(value);
    if (number === undefined) numbers.set(value, (number = numbers.size));
    of[index] = number;
  }
  return { of, count: numbers.size };
}
