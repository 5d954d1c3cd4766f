/**
 * Rules 1 and 8 of the ingest protocol as decisions: who may open, and what a batch with this epoch and seq is.
 *
 * Pure. The caller sees to it that what they decided on is still stored when it is performed.
 */
import type { OpenRequest } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { invalid } from '../answer/refusal.ts';

/** What the platform holds of a cluster's session. */
export interface StoredSession {
  /** The highest epoch ever issued for the cluster; 0: never opened. It only rises, even when a backup is restored. */
  readonly epoch: number;
  /** The epoch whose seq is held. Smaller than `epoch` when the platform lost that session's state. */
  readonly sessionEpoch: number;
  /** The last batch of the session that is durable; 0: none. */
  readonly receivedSeq: number;
  /** Digest of that batch. */
  readonly lastDigest: string;
}

/** What to do with a batch. */
export type BatchVerdict =
  | { readonly type: 'apply' }
  | { readonly type: 'duplicate' }
  | { readonly type: 'gap'; readonly expectedSeq: number }
  | { readonly type: 'fenced' }
  | { readonly type: 'unknownEpoch' };

/** Places a batch against the stored session. */
export function judgeBatch(
  stored: StoredSession,
  batch: { readonly epoch: number; readonly seq: number; readonly digest: string },
): BatchVerdict {
  if (batch.epoch < stored.epoch) return { type: 'fenced' };
  if (batch.epoch === 0 || batch.epoch > stored.epoch || stored.sessionEpoch !== stored.epoch)
    return { type: 'unknownEpoch' };
  // Other content under a seq that is taken: an ack would say that it is here, and it would be lost.
  if (batch.seq === stored.receivedSeq && batch.digest !== stored.lastDigest) {
    return { type: 'gap', expectedSeq: stored.receivedSeq + 1 };
  }
  if (batch.seq <= stored.receivedSeq) return { type: 'duplicate' };
  if (batch.seq === stored.receivedSeq + 1) return { type: 'apply' };
  return { type: 'gap', expectedSeq: stored.receivedSeq + 1 };
}

/** What the platform remembers of whoever opened before. */
export interface StoredOpener {
  /** Newest lease evidence seen; `undefined`: none yet. */
  readonly lease: { readonly uid: string; readonly transitions: number } | undefined;
}

/** What to do with an open. */
export type OpenVerdict =
  | { readonly type: 'notLeader' }
  | {
      readonly type: 'accept';
      /** What to remember of the lease; `undefined`: the open brought none. */
      readonly lease: StoredOpener['lease'];
    };

/**
 * The most that one open may raise what is remembered of a lease. A key that was stolen could say any number, and the agent whose lease
 * it is would have to count past it; so one lie costs that agent one write of its lease, and an honest number is merely remembered late.
 */
const MOST_RISE = 1_000;

/**
 * Decides an open. Evidence is older when the lease is the same object with fewer transitions; a lease that was deleted and
 * created again has another uid and says nothing about age.
 */
export function judgeOpen(stored: StoredOpener, { lease }: Pick<OpenRequest, 'lease'>): OpenVerdict {
  if (lease === undefined) return { type: 'accept', lease };
  const seen = stored.lease?.uid === lease.uid ? stored.lease.transitions : 0;
  if (lease.transitions < seen) return { type: 'notLeader' };
  return { type: 'accept', lease: { uid: lease.uid, transitions: Math.min(lease.transitions, seen + MOST_RISE) } };
}

/** A Lease counts in an int32. */
const MOST_TRANSITIONS = 2 ** 31 - 1;

/** Throws `Refusal` 400 for an open that nobody could answer. */
export function checkOpen({ clusterUid, feeds, lease }: OpenRequest): void {
  if (clusterUid === '') throw invalid('cluster_uid is empty');
  // Remembered, it would keep out every agent with a lease: none could ever count further.
  if (lease !== undefined && lease.transitions > MOST_TRANSITIONS) throw invalid('no lease has so many transitions');
  if (new Set(feeds.map(({ id }) => id)).size !== feeds.length) throw invalid('two feeds have one id');
  const subjects = feeds.map((feed) =>
    [feed.group, feed.version, feed.resource, feed.namespace, feed.fieldSelector].join('|'),
  );
  if (new Set(subjects).size !== feeds.length) throw invalid('one feed is offered twice');
  if (feeds.some(({ resource, version }) => resource === '' || version === '')) {
    throw invalid('a feed needs a version and a resource');
  }
}
