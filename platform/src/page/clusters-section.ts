/** The page of clusters: `/_page/clusters`. */
import type { FeedRow } from '../store/feed-row.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import { type ClusterVerdict, clusterVerdict } from './cluster-verdict.ts';
import { compareText } from '@castai/shared/compare-text.ts';
import { connectionStatus } from './connection-status.ts';
import { feedView } from './feed-view.ts';

/** One cluster. */
export interface ClusterLine {
  /** Its id. */
  readonly key: string;
  readonly name: string;
  readonly provider: string;
  readonly verdict: ClusterVerdict;
  readonly nodes: number;
  readonly pods: number;
  readonly registeredAtMs: number;
  readonly lastBatchAtMs: number | undefined;
}

/** What it is made of. */
export interface ClustersSources {
  readonly store: Pick<PlatformStore, 'clusters' | 'feeds' | 'countObjects'>;
  readonly heartbeatMs: () => number;
  readonly now: () => number;
}

const GRAVITY = ['bad', 'warn', 'busy', 'good'];

/** Every cluster, those that need a look first, then by name. */
export async function clustersSection(sources: ClustersSources): Promise<{ readonly rows: readonly ClusterLine[] }> {
  const { store, heartbeatMs, now } = sources;
  const rows: ClusterLine[] = [];
  for (const cluster of await store.clusters()) {
    const { id, name, provider, registeredAtMs, lastBatchAtMs } = cluster;
    const feeds = (await store.feeds(id)).filter(({ clusterUid }) => clusterUid === cluster.clusterUid);
    const views = feeds.map((feed) => feedView({ ...feed, objects: 0 }));
    rows.push({
      key: id,
      name,
      provider,
      verdict: clusterVerdict(connectionStatus(cluster, heartbeatMs(), now()), views, cluster),
      nodes: await countOf(store, feeds, 'nodes'),
      pods: await countOf(store, feeds, 'pods'),
      registeredAtMs,
      lastBatchAtMs,
    });
  }
  const gravity = ({ verdict }: ClusterLine): number => GRAVITY.indexOf(verdict.tone);
  return { rows: rows.sort((a, b) => gravity(a) - gravity(b) || compareText(a.name, b.name)) };
}

async function countOf(
  store: Pick<PlatformStore, 'countObjects'>,
  feeds: readonly FeedRow[],
  wanted: string,
): Promise<number> {
  let count = 0;
  for (const { key, group, resource } of feeds)
    if (group === '' && resource === wanted) count += await store.countObjects(key);
  return count;
}
