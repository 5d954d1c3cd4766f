import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { entryBytes } from '@castai/shared/wire/ingest/entry-wire.ts';
import type { Coalescer } from '../coalesce/coalescer.ts';
import type { Claims } from './claims.ts';
import { type Cut, CutBuilder } from './cut-builder.ts';
import type { Lane } from './lane.ts';
import type { OfferBook } from './offer-book.ts';

/** What a batch is cut of. */
export interface CutSources {
  readonly lane: Lane;
  readonly coalescer: Coalescer;
  readonly claims: Claims;
  readonly offers: OfferBook;
}

/** The share of a batch that snapshots get while changes wait: enough to get on, and little of what makes the changes late. */
const LANE_SHARE = 0.25;

/**
 * The most of a batch that is of snapshots, in bytes: as much as `room.ts` lets wait of pages. While a batch is encoded its bodies are still
 * there, beside what waits for the next one.
 */
const LANE_BYTES = 6 * 1024 * 1024;

/**
 * Takes the next batch out of what waits: up to about `maxBytes`, but at least one entry if any waits. What the platform wants of what it was offered and some of the lane first, then changes,
 * then more of the lane, up to 6 MiB of it in all; then the resume points that may be claimed after all these.
 */
export function cutBatch(sources: CutSources, maxBytes: number): Cut {
  const cut = new CutBuilder(maxBytes);
  const hasChanges = sources.coalescer.pendingCount > 0;
  const maxFirst = Math.min(LANE_BYTES, hasChanges ? maxBytes * LANE_SHARE : maxBytes);
  const wanted = cutWanted(sources, cut, { maxBytes: maxFirst, taken: 0 });
  const taken = cutLane(sources, cut, { maxBytes: maxFirst, taken: wanted });
  cutChanges(sources, cut);
  cutLane(sources, cut, { maxBytes: LANE_BYTES, taken });
  cutProgress(sources, cut);
  return cut;
}

/** Bytes of the lane that the batch may hold, and that it holds. */
interface LaneLimit {
  readonly maxBytes: number;
  readonly taken: number;
}

/** Takes what the platform wants, and gives how many bytes it has taken then. */
function cutWanted({ offers, claims }: CutSources, cut: CutBuilder, { maxBytes, taken: before }: LaneLimit): number {
  let taken = before;
  for (const upsert of offers.wanted()) {
    const bytes = entryBytes(upsert);
    if (bytes > cut.roomForOne || (taken > 0 && taken + bytes > maxBytes)) return taken;
    taken += bytes;
    offers.sent(upsert);
    cut.add(
      claims.passed(upsert, () => undefined),
      bytes,
    );
  }
  return taken;
}

/** Takes more of the lane in order, and gives how many bytes it has taken then. One feed's snapshot that cannot go on holds up nobody else's. */
function cutLane(
  { lane, coalescer, claims, offers }: CutSources,
  cut: CutBuilder,
  { maxBytes, taken: before }: LaneLimit,
): number {
  const held = new Set<number>();
  let taken = before;
  for (const entry of lane.entries) {
    if (held.has(entry.feedId)) continue;
    if (mustWait(entry, { coalescer, offers })) {
      held.add(entry.feedId);
      continue;
    }
    const offer = entry.type === 'upsert' ? offers.offerFor(entry) : undefined;
    const out = offer ?? entry;
    const bytes = entryBytes(out);
    if (bytes > cut.roomForOne || (taken > 0 && taken + bytes > maxBytes)) return taken;
    taken += bytes;
    lane.delete(entry);
    if (offer !== undefined && entry.type === 'upsert') offers.offered(entry);
    const passed = claims.passed(out, (feedId) => coalescer.claimable(feedId));
    if (passed.type === 'snapshotEnd') offers.end(passed.feedId, passed.resourceVersion);
    cut.add(passed, bytes);
  }
  return taken;
}

function mustWait(entry: Entry, { coalescer, offers }: Pick<CutSources, 'coalescer' | 'offers'>): boolean {
  if (entry.type === 'upsert') return offers.isAsking(entry.feedId);
  if (entry.type !== 'snapshotEnd') return false;
  // The pages leave out what the watch beside them has touched, so its changes go out before the end: an object that no entry
  // has marked by then would be swept, and be missing until its change arrives. So would what was offered and is not answered yet.
  return coalescer.isPending(entry.feedId) || offers.isOpen(entry.feedId);
}

/** Feeds take turns, a quarter of the batch each, so that one busy feed cannot hold up the others. */
function cutChanges({ lane, coalescer, claims }: CutSources, cut: CutBuilder): void {
  const { closed } = lane;
  const turn = Math.max(1, cut.maxBytes / 4);
  for (let isProgressing = true; isProgressing && cut.room > 0;) {
    isProgressing = false;
    for (const feedId of coalescer.pendingFeeds()) {
      if (closed.has(feedId) || cut.room <= 0) continue;
      // Oldest first.
      for (const change of coalescer.take(feedId, Math.min(turn, cut.room), cut.roomForOne)) {
        cut.add(
          claims.passed(change, () => undefined),
          entryBytes(change),
        );
        isProgressing = true;
      }
    }
  }
}

function cutProgress({ coalescer, claims }: CutSources, cut: CutBuilder): void {
  for (const [feedId, claimed] of claims.resumable()) {
    const resourceVersion = coalescer.claimable(feedId);
    if (resourceVersion === undefined || resourceVersion === claimed) continue;
    claims.claim(feedId, resourceVersion);
    const entry: Entry = { type: 'progress', feedId, resourceVersion };
    cut.add(entry, entryBytes(entry));
  }
}
