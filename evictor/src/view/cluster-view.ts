import { type KubeItem, uidOf } from '@castai/shared/kube/kube-item.ts';
import type { FeedSink } from '@castai/shared/watch/feed-sink.ts';
import type { FeedReport } from '@castai/shared/watch/feed-report.ts';
import type { ClusterState } from './cluster-state.ts';
import type { Kept, ViewFeed } from './view-feeds.ts';
import { createTables, type ViewFeedName, type ViewTables } from './view-tables.ts';

/**
 * The placement of a cluster, kept from its feeds. One writer, the watch engine; who reads gets whole states. Counts the changes that
 * matter: a heartbeat of a node, a status of a pod that says the same, is none.
 */
export class ClusterView implements FeedSink<Kept> {
  readonly #feeds: readonly ViewFeed[];
  readonly #tables: ViewTables;
  /** What each feed is at, by its id. */
  readonly #states = new Map<number, FeedReport>();
  #changes = 0;

  /** The feed with the id 1 is the first of these. */
  constructor(feeds: readonly ViewFeed[]) {
    this.#feeds = feeds;
    this.#tables = createTables(() => {
      this.#changes += 1;
    });
  }

  /** Goes up with every change that matters. */
  get changes(): number {
    return this.#changes;
  }

  /** The collections, by the names that operators know, of which not everything is known: not read yet, no longer followed, or with an object that cannot be read. */
  get missing(): string[] {
    const isKnown = (name: ViewFeedName, index: number): boolean =>
      this.#tables[name].isWhole && this.#states.get(index + 1) === 'SYNCED';
    return this.#feeds.flatMap(({ name, collection }, index) => (isKnown(name, index) ? [] : [collection]));
  }

  /** The cluster as it is now. */
  state(): ClusterState {
    const tables = this.#tables;
    return {
      nodes: tables.nodes.rows(),
      pods: tables.pods.rows(),
      budgets: tables.budgets.rows(),
      claims: tables.claims.rows(),
      volumes: tables.volumes.rows(),
      attachLimits: tables.attachLimits.rows(),
      workloads: [tables.replicaSets, tables.replicationControllers, tables.statefulSets, tables.jobs].flatMap((one) =>
        one.rows(),
      ),
      namespaces: new Map(tables.namespaces.rows().map(({ name, labels }) => [name, labels])),
    };
  }

  /** How many rows a collection has. */
  count(name: ViewFeedName): number {
    return this.#tables[name].size;
  }

  start(): void {}

  begin(feedId: number): void {
    this.#table(feedId)?.begin();
  }

  page(_feedId: number, kept: readonly Kept[], onRoom: () => void): void {
    for (const row of kept) row.storeIn(this.#tables);
    onRoom();
  }

  end(feedId: number): void {
    this.#table(feedId)?.end();
  }

  abort(feedId: number): void {
    this.#table(feedId)?.abort();
  }

  change(feedId: number, item: KubeItem, kept: Kept | undefined): void {
    if (kept === undefined) this.#table(feedId)?.remove(uidOf(item.metadata));
    else kept.storeIn(this.#tables);
  }

  advance(): void {}

  report(feedId: number, state: FeedReport): void {
    this.#states.set(feedId, state);
  }

  #table(feedId: number): ViewTables[ViewFeedName] | undefined {
    const feed = this.#feeds[feedId - 1];
    return feed && this.#tables[feed.name];
  }
}
