/**
 * One cluster as the page sees it, kept up to date while somebody looks.
 *
 * Nodes and pods are read from the store in small steps, and again whenever they change, so that a page on a large cluster
 * never holds up the stream that it shows.
 */
import type { Clock } from '@castai/shared/async/clock.ts';
import type { Ingest, IngestEvent } from '../ingest/ingest.ts';
import type { FeedRow } from '../store/feed-row.ts';
import type { Store } from '../store/store.ts';
import type { Activity } from './activity.ts';
import { ClusterOverview } from './cluster-overview.ts';
import { nodeSummary, podSummary } from './object-summary.ts';
import { pageModel, type PageModel } from './page-model.ts';

/** Where a channel reads. */
export interface ChannelSources {
  readonly store: Store;
  readonly ingest: Ingest;
  /** What whoever runs the platform wants to see above everything else, a line each. */
  readonly notes: () => readonly string[];
  readonly clock: Clock;
}

/** How long one step may count objects, ms: a tenth of the time between two steps. */
const STEP_MS = 25;
const UIDS_PER_READ = 200;
const SHOWN_LOGS = 30;

/** Follows one cluster. */
export class PageChannel {
  readonly #cluster: string;
  readonly #sources: ChannelSources;
  #overview = new ClusterOverview();
  /** Objects that changed and were not counted again yet, by the key of their feed. */
  readonly #changed = new Map<number, Set<string>>();
  /** Feeds that are still walked for the first time, and how far. */
  readonly #walks = new Map<number, { after: string; done: number }>();
  readonly #kinds = new Map<number, Counted>();
  readonly #counts = new Map<number, number>();

  constructor(cluster: string, sources: ChannelSources) {
    this.#cluster = cluster;
    this.#sources = sources;
  }

  /** Notes what an ingest event changed. */
  ingested(event: IngestEvent): void {
    if (event.type === 'restored') this.#startOver();
    if (event.type !== 'processed') return;
    for (const [feedKey, uids] of event.touched) {
      this.#counts.delete(feedKey);
      if (!this.#kinds.has(feedKey)) continue;
      const changed = this.#changed.get(feedKey) ?? new Set();
      this.#changed.set(feedKey, changed);
      for (const uid of uids) changed.add(uid);
    }
  }

  /** Counts for a little while and gives the page as it is now. */
  step(activity: Activity): PageModel {
    const { store, ingest, notes, clock } = this.#sources;
    const feeds = store.feeds.ofCluster(this.#cluster);
    const keys = new Set(feeds.map(({ key }) => key));
    // An open that starts from nothing, and the end of a stale feed, take whole feeds away.
    if (this.#kinds.keys().some((key) => !keys.has(key))) this.#startOver();
    for (const feed of feeds) this.#follow(feed);
    this.#work();
    return pageModel({
      clusters: store.clusters.all(),
      chosen: this.#cluster,
      feeds: feeds.map((feed) => ({ ...feed, objects: this.#count(feed.key) })),
      overview: this.#overview,
      uncounted: this.#uncounted(),
      activity,
      logs: store.reports.newest(this.#cluster, 'log', SHOWN_LOGS),
      faults: notes(),
      heartbeatMs: ingest.settings.limits.heartbeatMs,
      nowMs: clock.now(),
    });
  }

  #startOver(): void {
    this.#overview = new ClusterOverview();
    for (const known of [this.#changed, this.#walks, this.#kinds, this.#counts]) known.clear();
  }

  #follow({ key, group, resource }: FeedRow): void {
    if (group !== '' || (resource !== 'pods' && resource !== 'nodes') || this.#kinds.has(key)) return;
    this.#kinds.set(key, resource);
    this.#walks.set(key, { after: '', done: 0 });
  }

  #work(): void {
    const { clock } = this.#sources;
    const started = clock.monotonicMs();
    const isOver = (): boolean => clock.monotonicMs() - started > STEP_MS;
    for (const [feedKey, uids] of this.#changed) {
      for (const uid of uids) {
        if (isOver()) return;
        uids.delete(uid);
        this.#read(feedKey, uid);
      }
      this.#changed.delete(feedKey);
    }
    for (const [feedKey, walk] of this.#walks) {
      while (!isOver()) {
        const uids = this.#sources.store.objects.uidsAfter(feedKey, walk.after, UIDS_PER_READ);
        for (const uid of uids) this.#read(feedKey, uid);
        walk.after = uids.at(-1) ?? walk.after;
        walk.done += uids.length;
        if (uids.length === UIDS_PER_READ) continue;
        this.#walks.delete(feedKey);
        break;
      }
    }
  }

  /** Always what is stored now, so that a walk and a change may come in any order. */
  #read(feedKey: number, uid: string): void {
    const body = this.#sources.store.objects.body(feedKey, uid);
    // One object may be in two feeds of a resource: each counts for itself.
    const key = `${feedKey}/${uid}`;
    if (this.#kinds.get(feedKey) === 'pods')
      this.#overview.setPod(key, body === undefined ? undefined : podSummary(body));
    else this.#overview.setNode(key, body === undefined ? undefined : nodeSummary(body));
  }

  #count(feedKey: number): number {
    const known = this.#counts.get(feedKey);
    if (known !== undefined) return known;
    const count = this.#sources.store.objects.count(feedKey);
    this.#counts.set(feedKey, count);
    return count;
  }

  #uncounted(): number {
    const toWalk = [...this.#walks].map(([feedKey, { done }]) => Math.max(0, this.#count(feedKey) - done));
    const toRead = [...this.#changed.values()].map(({ size }) => size);
    return [...toWalk, ...toRead].reduce((sum, count) => sum + count, 0);
  }
}

type Counted = 'pods' | 'nodes';
