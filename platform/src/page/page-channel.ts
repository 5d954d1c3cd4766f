/** One cluster as the page sees it, kept up to date while somebody looks. */
import type { Clock } from '@castai/shared/async/clock.ts';
import type { IngestEvent } from '../ingest/ingest-event.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import type { Activity } from './activity.ts';
import type { ClusterOverview } from './cluster-overview.ts';
import { OverviewReader } from './overview-reader.ts';
import { pageModel, type PageModel } from './page-model.ts';

/** Where a channel reads. */
export interface ChannelSources {
  readonly store: PlatformStore;
  readonly heartbeatMs: () => number;
  /** What whoever runs the platform wants to see above everything else, a line each. */
  readonly notes: () => readonly string[];
  readonly clock: Clock;
}

const SHOWN_LOGS = 100;
const READ_EVENTS = 50;

/** Follows one cluster. */
export class PageChannel {
  readonly #cluster: string;
  readonly #sources: ChannelSources;
  readonly #reader: OverviewReader;
  /** How many objects each feed has, by its key. */
  readonly #counts = new Map<number, number>();
  /** Feeds whose count is not that any more. */
  readonly #outdated = new Set<number>();

  constructor(cluster: string, sources: ChannelSources) {
    this.#cluster = cluster;
    this.#sources = sources;
    this.#reader = new OverviewReader(sources);
  }

  /** Nodes and pods as far as they were read. */
  get overview(): ClusterOverview {
    return this.#reader.overview;
  }

  /** Objects that are stored and were not read yet. */
  get uncounted(): number {
    return this.#reader.unread((feedKey) => this.#counts.get(feedKey) ?? 0);
  }

  /** Notes what an ingest event changed. */
  ingested(event: IngestEvent): void {
    if (event.type === 'restored') {
      for (const key of this.#counts.keys()) this.#outdated.add(key);
      this.#reader.startOver();
    }
    if (event.type === 'delta' && event.touched === undefined) this.#reader.startOver();
    for (const [feedKey, uids] of touchedBy(event)) {
      this.#outdated.add(feedKey);
      this.#reader.touched(feedKey, uids);
    }
  }

  /** Reads for a little while and gives the page as it is now. One step at a time. */
  async step(activity: Activity): Promise<PageModel> {
    const { store, notes, heartbeatMs, clock } = this.#sources;
    const feeds = await store.feeds(this.#cluster);
    // What another kube-system left is listed, and not counted.
    const clusters = await store.clusters();
    const uid = clusters.find(({ id }) => id === this.#cluster)?.clusterUid;
    await this.#reader.step(feeds.filter(({ clusterUid }) => clusterUid === uid));
    for (const { key } of feeds) await this.#count(key);
    const size = (feedKey: number): number => this.#counts.get(feedKey) ?? 0;
    return pageModel({
      clusters,
      chosen: this.#cluster,
      feeds: feeds.map((feed) => ({ ...feed, objects: size(feed.key) })),
      overview: this.#reader.overview,
      uncounted: this.uncounted,
      activity,
      logs: await store.reports(this.#cluster, 'log', SHOWN_LOGS),
      interruptions: await store.reports(this.#cluster, 'event', READ_EVENTS),
      faults: notes(),
      heartbeatMs: heartbeatMs(),
      nowMs: clock.now(),
    });
  }

  async #count(feedKey: number): Promise<void> {
    if (this.#counts.has(feedKey) && !this.#outdated.has(feedKey)) return;
    // Before it is counted: what changes meanwhile is noted again.
    this.#outdated.delete(feedKey);
    this.#counts.set(feedKey, await this.#sources.store.countObjects(feedKey));
  }
}

function touchedBy(event: IngestEvent): Iterable<readonly [feedKey: number, uids: readonly string[]]> {
  if (event.type === 'processed') return event.touched;
  if (event.type !== 'delta') return [];
  return (event.touched ?? []).map(({ feedKey, uids }) => [feedKey, uids] as const);
}
