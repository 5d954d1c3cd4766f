import { type Selector, selects } from '../view/label-selector.ts';
import type { ClusterState } from '../view/cluster-state.ts';
import type { Labels } from '../view/parts.ts';
import type { PodRecord } from '../view/pod-record.ts';
import type { PodTerm, SpreadRule } from '../view/pod-terms.ts';
import { atOnce } from './at-once.ts';
import { leftOn } from './left-on.ts';
import { type PlacedPods, placePods } from './place-pods.ts';
import type { PlacedNode } from './placed-node.ts';
import type { ClaimRecord, VolumeRecord } from '../view/volume-record.ts';

/** A term of anti-affinity that pods of the cluster have, and how many have it on each node. */
export interface HeldTerm {
  readonly term: PodTerm;
  readonly namespace: string;
  readonly holders: Int32Array;
}

/**
 * The cluster as the scheduler sees it, in one order whatever order it was told in, with the counts that its rules need. Nothing of it
 * changes; counts are made when they are first asked for.
 */
export class Placement {
  readonly nodes: readonly PlacedNode[];
  /** Pods that wait for a place. */
  readonly pending: readonly PodRecord[];
  readonly state: ClusterState;
  /** Claims by `namespace/name`. */
  readonly claims: ReadonlyMap<string, ClaimRecord>;
  readonly volumes: ReadonlyMap<string, VolumeRecord>;
  readonly #domains = new Map<string, Domains>();
  readonly #counts = new Map<PodTerm | SpreadRule, Map<string, Int32Array>>();
  readonly #left = new Map<string, Float64Array>();
  readonly #fullestFirst = new Map<Float64Array, Int32Array>();
  #held: readonly HeldTerm[] | undefined;

  /** `placed`: its pods on their nodes, where somebody has had the time to put them there step by step. */
  constructor(state: ClusterState, placed: PlacedPods = atOnce(placePods(state))) {
    this.state = state;
    this.nodes = placed.nodes;
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
  counts(term: PodTerm, namespace: string): Int32Array {
    return this.#count(term, namespace, (pod) => this.isMeant(term, namespace, pod));
  }

  /** How many pods on each node a spread rule counts: of its namespace, and not those that are ending. */
  spreadCounts(rule: SpreadRule, namespace: string): Int32Array {
    return this.#count(rule, namespace, (pod) => !pod.isEnding && isSpread(rule, namespace, pod));
  }

  /** Those on a node that do not leave it: they end with it, and are there until it is deleted. */
  staying(index: number): readonly PodRecord[] {
    return this.nodes[index]?.pods.filter(({ isOfNode }) => isOfNode) ?? [];
  }

  /** Whether a term of a pod of this namespace speaks of a pod. */
  isMeant(term: PodTerm, namespace: string, pod: Pick<PodRecord, 'namespace' | 'labels'>): boolean {
    return this.#isMeantPlace(term, namespace, pod.namespace) && selects(term.selector, pod.labels);
  }

  /** The terms of anti-affinity that pods on nodes have. */
  get held(): readonly HeldTerm[] {
    return (this.#held ??= heldTerms(this.nodes));
  }

  #count(key: PodTerm | SpreadRule, namespace: string, isCounted: (pod: PodRecord) => boolean): Int32Array {
    let byNamespace = this.#counts.get(key);
    if (byNamespace === undefined) this.#counts.set(key, (byNamespace = new Map()));
    let counts = byNamespace.get(namespace);
    if (counts !== undefined) return counts;
    counts = new Int32Array(this.nodes.length);
    for (const { index, pods } of this.nodes)
      counts[index] = pods.reduce((sum, pod) => sum + Number(isCounted(pod)), 0);
    byNamespace.set(namespace, counts);
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

function heldTerms(nodes: readonly PlacedNode[]): HeldTerm[] {
  const held = new Map<PodTerm, Map<string, HeldTerm>>();
  for (const { index, pods } of nodes) {
    for (const { namespace, demand } of pods) {
      for (const term of demand.antiAffinity) {
        let byNamespace = held.get(term);
        if (byNamespace === undefined) held.set(term, (byNamespace = new Map()));
        let one = byNamespace.get(namespace);
        if (one === undefined)
          byNamespace.set(namespace, (one = { term, namespace, holders: new Int32Array(nodes.length) }));
        one.holders[index] = (one.holders[index] ?? 0) + 1;
      }
    }
  }
  return [...held.values()].flatMap((byNamespace) => [...byNamespace.values()]);
}
