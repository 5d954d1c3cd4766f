import type { Selector } from '../view/label-selector.ts';
import type { PodRecord } from '../view/pod-record.ts';
import type { NodeSet } from './node-set.ts';
import type { Placement } from './placement.ts';
import type { PlacedNode } from './placed-node.ts';
import type { ReasonCode } from './reason.ts';
import type { NamespacedTerm } from './term-index.ts';

/** Pods that are alike in all that placement looks at, and leave the same node. */
export interface Mover {
  /** One of them, for what they have in common. */
  readonly pod: PodRecord;
  /** Index of the node that they leave; -1 for pods that wait for a place. */
  readonly home: number;
  readonly count: number;
}

/** The moment that a mover is looked at in: which nodes are to go, its own among them. */
export interface Scene {
  readonly placement: Placement;
  /** Indices of the nodes that go. They stay where they are, cordoned and empty, for as long as anybody counts them. */
  readonly gone: NodeSet;
  /** Share of a node's allocatable that is kept free, 0 to 1. */
  readonly headroom: number;
}

/** Whether a rule of the scheduler lets a mover onto a node, as far as pods that do not move decide it. */
export interface PlaceRule {
  readonly code: ReasonCode;
  readonly lets: (node: PlacedNode) => boolean;
}

/**
 * How many of the nodes that take a mover others could make unfit for it, however the scheduler places them: an upper bound. `places` are
 * those nodes.
 */
export type Hindrance = (places: NodeSet, others: Others) => number;

/** All other pods that move or wait. */
export interface Others {
  /** Those that may come to one of the same nodes. */
  readonly movers: readonly Mover[];
  /** How many pods may come to one of the same nodes. */
  readonly count: number;
  /** What those request of a resource together; of `pods` their number. */
  total(resource: string): number;
  /** Those of all that a selector selects, in whatever namespace: who comes to another node of a zone is felt in all of it. */
  selectedBy(selector: Selector | undefined): readonly Mover[];
  /** The terms of anti-affinity of all that may speak of a pod, which is still to be asked. */
  termsAbout(pod: PodRecord): readonly HeldByMover[];
}

/** A term of anti-affinity of one that moves or waits. */
export interface HeldByMover extends NamespacedTerm {
  readonly mover: Mover;
}

/** Whether the others could make all of the places unfit by one thing alone: then fewer places, or smaller ones, help nothing. */
export type FillsAll = (places: NodeSet, others: Others) => boolean;

/** A rule of the scheduler for one mover. Undefined where it has nothing to say. */
export interface RuleForMover {
  readonly rules: readonly PlaceRule[];
  readonly hindrance?: Hindrance;
  readonly fillsAll?: FillsAll;
  /** Those of the places that the others cannot make unfit by this rule, even all together. */
  readonly firm?: (places: NodeSet, others: Others) => NodeSet;
}

/** Makes a rule for a mover. */
export type Rule = (mover: Mover, scene: Scene) => RuleForMover | undefined;
