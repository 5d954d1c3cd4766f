import type { OpenRequest } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { SessionFeeds } from '../store/changes.ts';
import type { FeedRow } from '../store/feed-row.ts';
import { matchFeeds } from './match-feeds.ts';

/** What an open does to the feeds of a cluster, and how many of them belong to another kube-system than its own. */
export interface OfferedFeeds {
  readonly feeds: SessionFeeds;
  /** Feeds that this very open sets aside. */
  readonly setAside: number;
}

/**
 * What an open does to the stored feeds. Pure.
 *
 * Another uid of the namespace kube-system means another cluster under the same id: nothing of the one is shown as the other's, so feeds
 * match within a uid only. What the former cluster had is set aside, as what is not offered any more: it stays for a day, and an open
 * with the former uid finds it again, resume points included. So one open, which whoever has a key can make, destroys nothing.
 */
export function offeredFeeds(
  stored: readonly FeedRow[],
  {
    clusterUid,
    feeds: offered,
    isSameServer,
  }: Pick<OpenRequest, 'clusterUid' | 'feeds'> & { readonly isSameServer: boolean },
  isOver: (feed: FeedRow) => boolean,
): OfferedFeeds {
  const kept = stored.filter((feed) => !isOver(feed));
  // Deltas do not tell a uid: what came by them is of no other cluster that anybody knew of.
  const isOurs = (feed: FeedRow): boolean => feed.clusterUid === clusterUid || feed.clusterUid === '';
  const ours = kept.filter(isOurs);
  const others = kept.filter((feed) => !isOurs(feed));
  const { known, added, missing } = matchFeeds(ours, offered, isSameServer);
  return {
    feeds: {
      known,
      added,
      missing: [...missing, ...others.map(({ key }) => key)],
      removed: stored.filter(isOver).map(({ key }) => key),
    },
    setAside: others.filter(({ staleSinceMs }) => staleSinceMs === undefined).length,
  };
}
