import type { NodeRecord } from '../view/node-record.ts';
import type { PodRecord } from '../view/pod-record.ts';
import type { Amounts } from '../view/requests.ts';

/** A node with what is on it. */
export interface PlacedNode {
  readonly index: number;
  readonly record: NodeRecord;
  /** Those that take a place there: bound, and not over. */
  readonly pods: readonly PodRecord[];
  /** What they request together; `pods` is their number. */
  readonly used: Amounts;
  /** The same without those that are ending. */
  readonly usedLater: Amounts;
}
