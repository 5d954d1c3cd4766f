/**
 * Rule 2 of the ingest protocol: which stored feed is which offered feed, and which of them may go on from its resume point.
 *
 * Pure. Two passes, so that one session may hold two feeds of a resource that differ in their selector, and a feed whose
 * selector or served version changed still takes over (and later sweeps) the objects it had before.
 */
import type { FeedDescription } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { SessionFeeds } from '../store/changes.ts';
import type { StoredFeed } from '../store/feed-row.ts';

/** Which feed is which. */
export type FeedMatch = Omit<SessionFeeds, 'removed'>;

/** Matches what an open offers with what is stored. `isSameServer`: the cluster has the version of Kubernetes that it had at the last open. */
export function matchFeeds(
  stored: readonly StoredFeed[],
  offered: readonly FeedDescription[],
  isSameServer: boolean,
): FeedMatch {
  const left = new Map(stored.map((feed) => [feed.key, feed]));
  const known: SessionFeeds['known'][number][] = [];
  const take = (feed: FeedDescription, isMatch: (candidate: StoredFeed) => boolean): boolean => {
    const match = left.values().find(isMatch);
    if (match === undefined) return false;
    left.delete(match.key);
    const sameShape = isSameFeed(match, feed) && match.scrubVersion === feed.scrubVersion;
    const resumePoint = sameShape ? match.resumePoint : undefined;
    // An upgrade gives objects other defaults, and no other version. What a watch goes on from is not the worse for that.
    known.push({ key: match.key, feed, resumePoint, isOfVintage: sameShape && isSameServer });
    return true;
  };
  const unmatched = offered.filter((feed) => !take(feed, (candidate) => isSameFeed(candidate, feed)));
  const added = unmatched.filter((feed) => !take(feed, (candidate) => isSameSubject(candidate, feed)));
  return { known, added, missing: [...left.keys()] };
}

function isSameSubject(a: Omit<FeedDescription, 'id'>, b: FeedDescription): boolean {
  return a.group === b.group && a.resource === b.resource && a.namespace === b.namespace;
}

function isSameFeed(a: Omit<FeedDescription, 'id'>, b: FeedDescription): boolean {
  return isSameSubject(a, b) && a.version === b.version && a.fieldSelector === b.fieldSelector;
}
