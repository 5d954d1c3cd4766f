import { parseBody } from '../page/parse-body.ts';
import type { ClusterRow } from '../store/cluster-row.ts';
import type { FeedRow } from '../store/feed-row.ts';
import { objectsOfFeed } from '../store/objects-of-feed.ts';
import type { PlatformStore } from '../store/platform-store.ts';

/** What is read of a cluster. */
export interface WantedWorkloads {
  readonly resource: 'daemonsets' | 'deployments';
  /** Only what holds one of these texts is read: a large cluster has thousands of Deployments, of which two are of interest. */
  readonly mention: readonly string[];
}

/**
 * The workloads of a cluster as they were last told; `undefined`: its agent does not offer them, or their feed is not up to date, so that it
 * is not known which there are.
 */
export async function readWorkloads(
  store: Pick<PlatformStore, 'feeds' | 'objectsAfter'>,
  { id, clusterUid }: Pick<ClusterRow, 'id' | 'clusterUid'>,
  { resource: wanted, mention }: WantedWorkloads,
): Promise<readonly unknown[] | undefined> {
  const feeds = (await store.feeds(id)).filter(
    ({ group, resource, feedId, clusterUid: whose }) =>
      group === 'apps' && resource === wanted && feedId !== undefined && whose === clusterUid,
  );
  const isKnown = ({ snapshotUpserts, state }: FeedRow): boolean => snapshotUpserts === undefined && state === 'SYNCED';
  if (feeds.length === 0 || !feeds.every(isKnown)) return undefined;
  const objects: unknown[] = [];
  for (const { key } of feeds) {
    for await (const { body } of objectsOfFeed(store, key)) {
      const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
      if (mention.some((text) => bytes.includes(text))) objects.push(parseBody(body));
    }
  }
  return objects;
}
