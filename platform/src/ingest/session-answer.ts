/** What a session is answered. Pure. */
import type { Ack, Directive, Limits, OfferTerms } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { SessionFeeds } from '../store/changes.ts';
import type { ClusterRow } from '../store/cluster-row.ts';
import type { FeedProgress, FeedRow } from '../store/feed-row.ts';

/** The part of a cluster that an ack echoes. */
export type AckedSession = Pick<
  ClusterRow,
  'epoch' | 'receivedSeq' | 'processedSeq' | 'lastEntryCount' | 'lastRejections' | 'lastWanted'
>;

/** The feeds of the live session by their ids in it. */
export function sessionFeeds(feeds: readonly FeedRow[]): Map<number, FeedRow> {
  return new Map(feeds.flatMap((feed) => (feed.feedId === undefined ? [] : [[feed.feedId, feed] as const])));
}

/** What an open is told of offers: the feeds that it found of the vintage that they had, and how far each was heard of. */
export function offerTerms(known: SessionFeeds['known'], rows: readonly FeedRow[]): OfferTerms {
  const positions = new Map(rows.map(({ key, heldPosition }) => [key, heldPosition]));
  const held = known.flatMap(({ key, feed, isOfVintage }) => {
    const resourceVersion = isOfVintage ? positions.get(key) : undefined;
    return resourceVersion === undefined ? [] : [{ feedId: feed.id, resourceVersion }];
  });
  return { held };
}

/** The ack of a session that is where `session` and `feeds` say. */
export function sessionAck(
  session: AckedSession,
  feeds: ReadonlyMap<number, Pick<FeedProgress, 'resync'>>,
  limits: Limits,
): Ack {
  const { epoch, receivedSeq, processedSeq, lastEntryCount, lastRejections, lastWanted } = session;
  return {
    epoch,
    receivedSeq,
    processedSeq,
    entryCount: lastEntryCount,
    limits,
    directives: directives(feeds),
    rejections: lastRejections,
    wanted: lastWanted,
  };
}

/** What the platform still wants, one directive per id. An empty list of feeds means all of them. */
function directives(feeds: ReadonlyMap<number, Pick<FeedProgress, 'resync'>>): Directive[] {
  const wanted = Map.groupBy(
    [...feeds].filter(([, { resync }]) => resync !== undefined),
    ([, { resync }]) => resync?.id ?? '',
  );
  return [...wanted].map(([id, members]) => ({
    id,
    resync: {
      feedIds: members.length === feeds.size ? [] : members.map(([feedId]) => feedId),
      reason: members[0]?.[1].resync?.reason ?? '',
    },
  }));
}
