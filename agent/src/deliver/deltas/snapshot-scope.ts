import type { DeltaFeed } from './delta-feeds.ts';
import { isIndispensable } from '../../feeds/feeds.ts';

/** What keeps a full snapshot open. `stuck`: that alone which may stay as it is for days, such as the broken webhook of somebody else. */
export type Openness = 'complete' | 'stuck' | 'open';

/** Failures of a feed; a start of the API server is over by then, because the waits between them grow. */
const BROKEN_AFTER = 5;
const ON_THE_WAY: ReadonlySet<DeltaFeed['status']['phase']> = new Set([
  'served',
  'queued',
  'listing',
  'live',
  'pausing',
]);

/**
 * Whether a full snapshot may end: every feed is in it as a whole, or is known to have nothing that may be read. A feed that is missing
 * would be taken for one without objects. `isIn`: the last object of the feed is in the snapshot.
 */
export function opennessOf(feeds: readonly DeltaFeed[], isIn: (feedId: number) => boolean): Openness {
  const open = feeds.filter((feed) => !isIn(feed.id) && (ON_THE_WAY.has(feed.status.phase) || isUnknown(feed)));
  if (open.length === 0) return 'complete';
  return open.every((feed) => !isIndispensable(feed.name) && (isUnknown(feed) || isBroken(feed))) ? 'stuck' : 'open';
}

/**
 * Nobody can say whether it is served, as while an aggregated API is down, or whether it may be read: one 403 is what an API server says,
 * too, that has not read its roles yet.
 */
function isUnknown({ status, isBarred }: DeltaFeed): boolean {
  return status.phase === 'unknown' || isBarred;
}

function isBroken({ status }: DeltaFeed): boolean {
  return status.state.startsWith('DEGRADED') && status.restarts >= BROKEN_AFTER;
}
