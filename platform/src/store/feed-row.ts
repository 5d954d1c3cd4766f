/** What the platform holds of one feed: what it is, where it resumes, and what it is at in the live session. */
import type { FeedDescription, FeedStateName } from '@castai/shared/wire/ingest/ingest-messages.ts';

/** What a feed is, and where it resumes. */
export interface StoredFeed extends Omit<FeedDescription, 'id'> {
  readonly key: number;
  /** `undefined`: the feed needs a snapshot. Until a snapshot ended; progress entries move it, only its `end` creates it. */
  readonly resumePoint: string | undefined;
}

/** Where a feed of the live session is. */
export interface FeedProgress {
  readonly key: number;
  /** As in {@link StoredFeed}. */
  readonly resumePoint: string | undefined;
  /** `undefined`: the agent has said nothing yet in any session. */
  readonly state: FeedStateName | undefined;
  readonly reason: string;
  /** Number of snapshots begun so far; what an upsert marks its object with. */
  readonly mark: number;
  /**
   * What a version stands for: an offer is taken of objects that bear this number alone. It rises with whatever may give a version another
   * content: the shape of what is sent, the version of Kubernetes, a history that was rewound, doubts of our own.
   */
  readonly vintage: number;
  /** The newest position that was claimed in this vintage; `undefined`: no snapshot has ended in it, and no offer is invited. */
  readonly heldPosition: string | undefined;
  /** Upserts seen since the begin of the open snapshot, and offers that marked; `undefined`: no snapshot is open. */
  readonly snapshotUpserts: number | undefined;
  /** The resync that the platform wants and has not seen begin. */
  readonly resync: { readonly id: string; readonly reason: string } | undefined;
  /** `observed_at` of the newest upsert or delete applied; `undefined`: none. */
  readonly observedAtMs: number | undefined;
}

/** One feed of one cluster. Times are milliseconds since the epoch of Unix. */
export interface FeedRow extends StoredFeed, FeedProgress {
  readonly resumePoint: string | undefined;
  readonly key: number;
  /** uid of the namespace kube-system of the cluster whose feed it is. */
  readonly clusterUid: string;
  /** Number in the live session; `undefined`: the last open did not offer it. */
  readonly feedId: number | undefined;
  readonly staleSinceMs: number | undefined;
  /** When the newest change was applied. */
  readonly appliedAtMs: number | undefined;
}
