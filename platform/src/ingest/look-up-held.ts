import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { FeedRow } from '../store/feed-row.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import type { HeldLookup } from './held-versions.ts';

/** What is held of the objects that these entries offer: one question of the store for each feed. */
export async function lookUpHeld(
  store: Pick<PlatformStore, 'heldVersions'>,
  entries: readonly Entry[],
  feeds: ReadonlyMap<number, FeedRow>,
): Promise<HeldLookup> {
  const held = new Map<number, Map<string, string>>();
  const offers = entries.filter((entry) => entry.type === 'offer');
  for (const [feedId, ofFeed] of Map.groupBy(offers, (offer) => offer.feedId)) {
    const feed = feeds.get(feedId);
    if (feed === undefined) continue;
    const uids = ofFeed.map(({ uid }) => uid);
    held.set(feed.key, await store.heldVersions(feed.key, feed.vintage, uids));
  }
  return (feedKey, uid) => held.get(feedKey)?.get(uid);
}
