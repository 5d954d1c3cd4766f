import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { uidOf } from '@castai/shared/kube/kube-item.ts';
import type { FeedSource } from '@castai/shared/watch/feed-source.ts';
import { SnapshotQueue } from '@castai/shared/watch/snapshot-queue.ts';
import { Watcher, type WatcherStatus } from '@castai/shared/watch/watcher.ts';
import type { WatchObserver } from '@castai/shared/watch/watcher-dependencies.ts';
import type { ClusterView } from '../view/cluster-view.ts';
import { feedReader } from '../view/feed-reader.ts';
import { type Kept, type ViewFeed } from '../view/view-feeds.ts';
import { viewInterners } from '../view/view-interners.ts';

/** What the feeds are followed with. */
export interface FollowOptions extends Timing {
  readonly source: FeedSource;
  readonly view: ClusterView;
  readonly feeds: readonly ViewFeed[];
  readonly observer: WatchObserver;
  readonly pageSize: number;
  /** `json`: nothing is asked for in protobuf. */
  readonly readEncoding: 'auto' | 'json';
}

/** client-go's numbers: 0.8 s doubling to 30 s, forgiven after two minutes of health. */
const BACKOFF = { initialMs: 800, maxMs: 30_000, factor: 2, resetAfterMs: 120_000 } as const;
/** A page in memory for each; more would only cost memory. */
const PLACES = 2;
/** A right that is missing may be given at any time; the API server is not asked more often for it. */
const FORBIDDEN_MS = 60_000;
/** Nobody waits for the newest state: a look is made once a minute. */
const GATHER_MS = 1_000;
const TRAITS = { mode: 'watch', hasBookmarks: true } as const;

/** Keeps the view even with the cluster. */
export class FollowFeeds {
  readonly #options: FollowOptions;
  readonly #watchers: readonly Watcher<Kept>[];
  /** Those that wait to be tried again. */
  readonly #timers = new Set<() => void>();

  constructor(options: FollowOptions) {
    this.#options = options;
    const { feeds, clock, random, pageSize, source, view, observer, readEncoding } = options;
    const queue = new SnapshotQueue({ places: PLACES, hasRoom: () => true });
    const interners = viewInterners();
    this.#watchers = feeds.map((feed, index) => {
      const { name, collection, path, kind, read } = feed;
      return new Watcher<Kept>(
        {
          id: index + 1,
          name: collection,
          path,
          kind,
          fieldSelector: '',
          traits: TRAITS,
          priority: index,
          reader: readEncoding === 'json' ? undefined : feedReader(feed),
          keep: ({ object }) => read(object, interners),
          keepUnreadable: ({ uid, namespace, name: objectName }) => ({
            storeIn: (tables) => tables[name].noteUnreadable(uid === '' ? uidOf({ namespace, name: objectName }) : uid),
          }),
        },
        {
          source,
          sink: view,
          queue,
          observer,
          settings: { pageSize, pollMs: FORBIDDEN_MS, gatherMs: GATHER_MS },
          clock,
          random,
          createBackoff: () => new Backoff(BACKOFF, { clock, random }),
          // The collections are built in: a server without one of them is on its way up, and the watcher tries again by itself.
          onNotFound: () => {},
          onForbidden: () => this.#tryLater(index),
          onRewound: () => this.#watchers.forEach((watcher) => watcher.dispatch({ type: 'resync' })),
        },
      );
    });
  }

  /** A line for each feed. */
  get status(): WatcherStatus[] {
    return this.#watchers.map((watcher) => watcher.status);
  }

  /** Follows until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    for (const watcher of this.#watchers) watcher.dispatch({ type: 'start', resumePoint: '' });
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    for (const cancel of this.#timers) cancel();
    for (const watcher of this.#watchers) watcher.dispatch({ type: 'stop' });
  }

  #tryLater(index: number): void {
    const cancel = this.#options.clock.setTimer(FORBIDDEN_MS, () => {
      this.#timers.delete(cancel);
      this.#watchers[index]?.dispatch({ type: 'allowed' });
    });
    this.#timers.add(cancel);
  }
}
