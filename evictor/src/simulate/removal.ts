import type { NodeRecord } from '../view/node-record.ts';
import type { PodRecord } from '../view/pod-record.ts';
import type { Amounts } from '../view/requests.ts';
import type { Blocker } from './reason.ts';

/** Which nodes could go together, and why the others stay. Nodes are in the order of their names. */
export interface Removal {
  readonly removable: readonly RemovableNode[];
  readonly blocked: readonly BlockedNode[];
  /** Allocatable of the nodes that could go. */
  readonly saved: Amounts;
}

/** A node that could go. */
export interface RemovableNode {
  readonly node: NodeRecord;
  /** One way in which its pods find places; the scheduler may choose another. */
  readonly moves: readonly Move[];
}

/** A pod and the node that could take it. */
export interface Move {
  readonly pod: PodRecord;
  readonly to: string;
}

/** A node that stays, with everything that stands in the way. */
export interface BlockedNode {
  readonly node: NodeRecord;
  readonly blockers: readonly Blocker[];
}
