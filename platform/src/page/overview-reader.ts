/**
 * Reads the nodes and pods of one cluster from the store in small steps, and again whenever they change, so that a page on a large
 * cluster never holds up the stream that it shows.
 */
import type { Clock } from '@castai/shared/async/clock.ts';
import type { FeedRow } from '../store/feed-row.ts';
import type { ObjectBody, PlatformStore } from '../store/platform-store.ts';
import { ClusterOverview } from './cluster-overview.ts';
import { nodeSummary, podSummary } from './object-summary.ts';
import { parseBody } from './parse-body.ts';

/** How long one step may read, ms: a tenth of the time between two steps. */
const STEP_MS = 25;
const OBJECTS_PER_READ = 200;

type Counted = 'pods' | 'nodes';

/** A first reading of a feed, and how far it is. */
interface Walk {
  after: string;
  done: number;
}

/** Where it reads. */
export interface OverviewSources {
  readonly store: Pick<PlatformStore, 'objects' | 'objectsAfter'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** Keeps a {@link ClusterOverview} up to date. One `step` at a time. */
export class OverviewReader {
  readonly #sources: OverviewSources;
  #overview = new ClusterOverview();
  readonly #kinds = new Map<number, Counted>();
  /** Feeds that are still read for the first time. */
  readonly #walks = new Map<number, Walk>();
  /** Objects that changed and were not read again yet, by the key of their feed. */
  readonly #changed = new Map<number, Set<string>>();
  /** Everything is to be read anew; at the begin of a step, because one that is under way reads for the old overview. */
  #isOutdated = false;

  constructor(sources: OverviewSources) {
    this.#sources = sources;
  }

  /** As far as it was read. */
  get overview(): ClusterOverview {
    return this.#overview;
  }

  /** Notes that everything may have changed. */
  startOver(): void {
    this.#isOutdated = true;
  }

  /** Notes objects that changed. */
  touched(feedKey: number, uids: readonly string[]): void {
    if (!this.#kinds.has(feedKey)) return;
    const changed = this.#changed.get(feedKey) ?? new Set();
    this.#changed.set(feedKey, changed);
    for (const uid of uids) changed.add(uid);
  }

  /** Reads for a little while, of the feeds that the cluster has now. */
  async step(feeds: readonly FeedRow[]): Promise<void> {
    const keys = new Set(feeds.map(({ key }) => key));
    // An open that starts from nothing, and the end of a stale feed, take whole feeds away.
    if (this.#isOutdated || this.#kinds.keys().some((key) => !keys.has(key))) this.#forget();
    for (const feed of feeds) this.#follow(feed);
    const { clock } = this.#sources;
    const endsAt = clock.monotonicMs() + STEP_MS;
    const isOver = (): boolean => clock.monotonicMs() > endsAt;
    await this.#readChanged(isOver);
    await this.#readWalks(isOver);
  }

  /** How many objects of feeds of these sizes are stored and were never read; what only changed since is counted as it was. */
  unread(size: (feedKey: number) => number): number {
    return [...this.#walks].reduce((sum, [feedKey, { done }]) => sum + Math.max(0, size(feedKey) - done), 0);
  }

  #forget(): void {
    this.#isOutdated = false;
    this.#overview = new ClusterOverview();
    for (const known of [this.#kinds, this.#walks, this.#changed]) known.clear();
  }

  #follow({ key, group, resource }: FeedRow): void {
    if (group !== '' || (resource !== 'pods' && resource !== 'nodes') || this.#kinds.has(key)) return;
    this.#kinds.set(key, resource);
    this.#walks.set(key, { after: '', done: 0 });
  }

  async #readChanged(isOver: () => boolean): Promise<void> {
    for (const [feedKey, changed] of this.#changed) {
      while (changed.size > 0) {
        if (isOver()) return;
        const uids = [...changed.values().take(OBJECTS_PER_READ)];
        // Before they are read: what changes meanwhile is noted again.
        for (const uid of uids) changed.delete(uid);
        const found = new Map((await this.#sources.store.objects(feedKey, uids)).map((object) => [object.uid, object]));
        for (const uid of uids) this.#set(feedKey, uid, found.get(uid));
      }
      this.#changed.delete(feedKey);
    }
  }

  async #readWalks(isOver: () => boolean): Promise<void> {
    for (const [feedKey, walk] of this.#walks) {
      while (!isOver()) {
        const objects = await this.#sources.store.objectsAfter(feedKey, walk.after, OBJECTS_PER_READ);
        for (const object of objects) this.#set(feedKey, object.uid, object);
        walk.after = objects.at(-1)?.uid ?? walk.after;
        walk.done += objects.length;
        if (objects.length === OBJECTS_PER_READ) continue;
        this.#walks.delete(feedKey);
        break;
      }
    }
  }

  /** What a walk reads may be older than a change that came meanwhile: that one is noted, and read after it. */
  #set(feedKey: number, uid: string, object: ObjectBody | undefined): void {
    // One object may be in two feeds of a resource: each counts for itself.
    const key = `${feedKey}/${uid}`;
    const body = object && parseBody(object.body);
    if (this.#kinds.get(feedKey) === 'pods')
      this.#overview.setPod(key, body === undefined ? undefined : podSummary(body));
    else this.#overview.setNode(key, body === undefined ? undefined : nodeSummary(body));
  }
}
