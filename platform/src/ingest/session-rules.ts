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
  batch: { readonly epoch: number; readonly seq: number },
): BatchVerdict {
  if (batch.epoch < stored.epoch) return { type: 'fenced' };
  if (batch.epoch === 0 || batch.epoch > stored.epoch || stored.sessionEpoch !== stored.epoch)
    return { type: 'unknownEpoch' };
  if (batch.seq <= stored.receivedSeq) return { type: 'duplicate' };
  if (batch.seq === stored.receivedSeq + 1) return { type: 'apply' };
  return { type: 'gap', expectedSeq: stored.receivedSeq + 1 };
}

/** What the platform remembers of whoever opened before. */
export interface StoredOpener {
  /** uid of the namespace kube-system; empty: never opened. */
  readonly clusterUid: string;
  /** Newest lease evidence seen; `undefined`: none yet. */
  readonly lease: { readonly uid: string; readonly transitions: number } | undefined;
}

/** What to do with an open. */
export type OpenVerdict =
  | { readonly type: 'notLeader' }
  | { readonly type: 'accept'; readonly startFromNothing: boolean };

/**
 * Decides an open. Evidence is older when the lease is the same object with fewer transitions; a lease that was deleted and
 * created again has another uid and says nothing about age. Another kube-system means another cluster under the same id.
 */
export function judgeOpen(stored: StoredOpener, request: Pick<OpenRequest, 'clusterUid' | 'lease'>): OpenVerdict {
  const { lease } = request;
  if (lease && stored.lease && lease.uid === stored.lease.uid && lease.transitions < stored.lease.transitions) {
    return { type: 'notLeader' };
  }
  return { type: 'accept', startFromNothing: stored.clusterUid !== '' && stored.clusterUid !== request.clusterUid };
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
