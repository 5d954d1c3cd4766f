/** What a session is answered. Pure. */
import type { Ack, Directive, Limits } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { ClusterRow } from '../store/cluster-row.ts';
import type { FeedProgress, FeedRow } from '../store/feed-row.ts';

/** The part of a cluster that an ack echoes. */
export type AckedSession = Pick<
  ClusterRow,
  'epoch' | 'receivedSeq' | 'processedSeq' | 'lastEntryCount' | 'lastRejections'
>;

/** The feeds of the live session by their ids in it. */
export function sessionFeeds(feeds: readonly FeedRow[]): Map<number, FeedRow> {
  return new Map(feeds.flatMap((feed) => (feed.feedId === undefined ? [] : [[feed.feedId, feed] as const])));
}

/** The ack of a session that is where `session` and `feeds` say. */
export function sessionAck(
  session: AckedSession,
  feeds: ReadonlyMap<number, Pick<FeedProgress, 'resync'>>,
  limits: Limits,
): Ack {
  const { epoch, receivedSeq, processedSeq, lastEntryCount, lastRejections } = session;
  return {
    epoch,
    receivedSeq,
    processedSeq,
    entryCount: lastEntryCount,
    limits,
    directives: directives(feeds),
    rejections: lastRejections,
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
