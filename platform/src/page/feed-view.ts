import type { FeedRow } from '../store/feed-row.ts';

/** One feed. */
export interface FeedView {
  readonly key: string;
  readonly resource: string;
  readonly group: string;
  readonly scope: string;
  /** A feed's state as the agent told it, or `SNAPSHOT` while one runs, `STALE` when it is not offered (or another cluster's), `NEW` before anything. */
  readonly state: string;
  readonly reason: string;
  readonly objects: number;
  /** Upserts of the open snapshot so far; 0: none is open. */
  readonly arriving: number;
  readonly resumePoint: string;
  readonly observedAtMs: number | undefined;
  readonly appliedAtMs: number | undefined;
}

/** One feed as it is shown. */
export function feedView(feed: FeedRow & { readonly objects: number }): FeedView {
  return {
    key: String(feed.key),
    resource: feed.resource,
    group: feed.group,
    scope: [feed.namespace, feed.fieldSelector].filter((part) => part !== '').join(' '),
    state: feedState(feed),
    reason: feed.resync ? `resync wanted: ${feed.resync.reason}` : feed.reason,
    objects: feed.objects,
    arriving: feed.snapshotUpserts ?? 0,
    resumePoint: feed.resumePoint ?? '',
    observedAtMs: feed.observedAtMs,
    appliedAtMs: feed.appliedAtMs,
  };
}

function feedState(feed: FeedRow): string {
  if (feed.feedId === undefined) return 'STALE';
  if (feed.snapshotUpserts !== undefined) return 'SNAPSHOT';
  return feed.state ?? 'NEW';
}
