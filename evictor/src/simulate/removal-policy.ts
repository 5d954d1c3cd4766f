import type { Selector } from '../view/label-selector.ts';

/** What an operator allows. */
export interface RemovalPolicy {
  /** Pods whose interruption shows are moved as well: single ones, bare ones, of Jobs and StatefulSets. */
  readonly isAggressive: boolean;
  /** Only nodes that the platform has made are looked at. */
  readonly isScoped: boolean;
  /** Nodes are left alone for this long after they were made, in milliseconds. */
  readonly nodeGraceMs: number;
  /** Share of every node's cores and memory that is kept free, 0 to 1. */
  readonly headroom: number;
  readonly rules: readonly EvictionRule[];
}

/**
 * A rule for some pods or some nodes. What it says goes before the mode, and after marks. One for nodes speaks of the pods on them: the existing
 * evictor's documentation calls a node disposable.
 */
export interface EvictionRule {
  readonly match: PodMatch | NodeMatch;
  readonly setting: 'removalDisabled' | 'disposable' | 'aggressive';
}

/** Which pods a rule is about; what is left out matches all. */
export interface PodMatch {
  readonly is: 'pod';
  readonly namespace: string | undefined;
  /** Kind of the controller; of a ReplicaSet's pods also `Deployment`. */
  readonly kind: string | undefined;
  /** Only where the controller keeps at least as many. */
  readonly replicasMin: number | undefined;
  readonly selector: Selector;
}

/** Which nodes a rule is about. */
export interface NodeMatch {
  readonly is: 'node';
  readonly selector: Selector;
}
