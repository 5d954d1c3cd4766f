import type { WatchEvent } from '../kube/watch-events.ts';
import { uidOf } from '../kube/kube-item.ts';
import { compareResourceVersions } from '../kube/resource-version.ts';
import type { UnreadableObjects } from './unreadable-objects.ts';
import type { WatchedFeed } from './watched-feed.ts';
import type { WatcherDependencies } from './watcher-dependencies.ts';
import type { WatcherInput } from './watcher-signals.ts';

/** What comes of watching and probing. */
type WatchNews = Extract<WatcherInput, { type: 'moved' | 'watchEnded' | 'probed' }>;

/** What it needs, and whom it tells. */
interface WatchReaderOptions<Kept> extends Pick<
  WatcherDependencies<Kept>,
  'source' | 'sink' | 'observer' | 'settings' | 'clock' | 'random'
> {
  readonly feed: WatchedFeed<Kept>;
  readonly unreadable: UnreadableObjects<Kept>;
  /** Where the feed stands. */
  readonly position: () => string;
  /** The watch has brought something. */
  readonly onSpoken: () => void;
  /** An object is about to be told. */
  readonly onChange: (uid: string) => void;
  readonly onNews: (news: WatchNews) => void;
  readonly onFailed: (type: 'watchFailed' | 'probeFailed', error: unknown) => void;
}

/**
 * Bookmarks come about once a minute, the first one after up to 122 s on a quiet kind (measured): silence for longer than this
 * means a dead path. TCP keep-alive does not notice a peer that is frozen but still acknowledges.
 */
const BOOKMARK_SILENCE_MS = 200_000;
/** Watches end by themselves after 4 to 10 minutes, spread so that they do not all start again together. */
const WATCH_SECONDS = { min: 240, spread: 340 };
/** A watch that ends sooner than this without a word tells nothing good. */
const BRIEF_MS = 2000;

/** The watches of one feed, and the question that may come before them: reads them as fast as there is room for what they bring. */
export class WatchReader<Kept> {
  readonly #options: WatchReaderOptions<Kept>;
  #lastEventAtMs: number | undefined;
  /** When the watch was begun, or brought something last, in monotonic milliseconds. */
  #heardAtMs = 0;

  constructor(options: WatchReaderOptions<Kept>) {
    this.#options = options;
  }

  /** Whether the last watch was begun, or brought something, within the time after which silence means that its path is dead. */
  get wasHeard(): boolean {
    return this.#options.clock.monotonicMs() - this.#heardAtMs < BOOKMARK_SILENCE_MS;
  }

  /** When the last event came, in milliseconds since the epoch, if any did. */
  get lastEventAtMs(): number | undefined {
    return this.#lastEventAtMs;
  }

  /** Asks for the newest resourceVersion. */
  async probe(signal: AbortSignal): Promise<void> {
    const { source, feed, onNews, onFailed } = this.#options;
    try {
      // Without the feed's selector: only the collection's version is wanted. A list with a selector of a kind that the watch cache
      // does not hold, as of Events, reads all of it from etcd until one fits: 18 µs an Event, measured on a real API server.
      const request = { path: feed.path, limit: 1, continueToken: '', onUnreadable: () => {} };
      const page = await source.listPage(request, signal);
      // Reading on to the end keeps the connection for the watch that follows.
      for await (const items of page.items) void items;
      const { resourceVersion } = page.end();
      if (!signal.aborted) onNews({ type: 'probed', newest: resourceVersion });
    } catch (error) {
      if (!signal.aborted) onFailed('probeFailed', error);
    }
  }

  /** Follows the changes after a position, until the watch ends. */
  async follow(position: string, signal: AbortSignal): Promise<void> {
    const { source, sink, settings, clock, random, feed, unreadable, onNews, onFailed } = this.#options;
    const { id, path, fieldSelector, reader, traits } = feed;
    // Not a request either: its answer would fill the buffers of a connection that nobody reads.
    const mayOpen = sink.whenRoom?.(id, signal);
    if (mayOpen !== undefined) await mayOpen;
    if (signal.aborted) return;
    const timeoutSeconds = Math.round(WATCH_SECONDS.min + random() * WATCH_SECONDS.spread);
    const idleMs = traits.hasBookmarks ? BOOKMARK_SILENCE_MS : timeoutSeconds * 1000 + 5000;
    const startedAtMs = clock.monotonicMs();
    this.#heardAtMs = startedAtMs;
    try {
      const { onEvent: onUnreadable } = unreadable;
      const { gatherMs } = settings;
      const limits = { timeoutSeconds, idleMs, gatherMs };
      const request = { path, fieldSelector, reader, resourceVersion: position, ...limits, onUnreadable };
      for await (const events of source.watch(request, signal)) {
        if (signal.aborted) return;
        this.#options.onSpoken();
        this.#heardAtMs = clock.monotonicMs();
        for (let rest = events; rest.length > 0;) {
          const { taken, room } = this.#take(rest, signal);
          if (room !== undefined) await room;
          if (signal.aborted) return;
          rest = rest.slice(taken);
        }
      }
      if (signal.aborted) return;
      onNews({ type: 'watchEnded', isBrief: clock.monotonicMs() - startedAtMs < BRIEF_MS });
    } catch (error) {
      if (!signal.aborted) onFailed('watchFailed', error);
    }
  }

  /**
   * Hands the events of one chunk on, as many as there is room for: a chunk may be large after an absence. `room` resolves when more may
   * come. The feed may be demoted by any of them; the rest of the chunk is void then.
   */
  #take(events: readonly WatchEvent[], signal: AbortSignal): { taken: number; room: Promise<void> | undefined } {
    const { sink, observer, clock, feed, onNews } = this.#options;
    const { id, name } = feed;
    let position = this.#options.position();
    let hasSpoken = false;
    let taken = 0;
    let room: Promise<void> | undefined;
    for (const event of events) {
      taken += 1;
      if (event.type === 'BOOKMARK') {
        // A watch that went on from an older one would bring states that are out already once more, older ones first.
        if (compareResourceVersions(event.resourceVersion, position) !== 'older') {
          sink.advance(id, event.resourceVersion);
          position = event.resourceVersion;
          hasSpoken = true;
        }
      } else {
        const change = event.type === 'DELETED' ? { kept: undefined } : this.#keep(event, hasSpoken ? position : '');
        position = event.metadata.resourceVersion ?? '';
        // What cannot be kept is passed by: nothing is said of the object, and the older state stays.
        if (change === undefined) sink.advance(id, position);
        else {
          this.#options.onChange(uidOf(event.metadata));
          sink.change(id, event, change.kept);
        }
        hasSpoken = true;
      }
      observer.onEvents(name, event.type, 1);
      if (signal.aborted) return { taken, room };
      room = sink.whenRoom?.(id, signal);
      if (room !== undefined) break;
    }
    this.#lastEventAtMs = clock.now();
    if (hasSpoken) onNews({ type: 'moved', position });
    return { taken, room };
  }

  /** What is kept of a change. The watch begins again where it throws, behind `movedTo`, up to which the events of the chunk are told. */
  #keep(event: Change, movedTo: string): { kept: Kept | undefined } | undefined {
    try {
      return this.#options.unreadable.keepChange(event);
    } catch (error) {
      if (movedTo !== '') this.#options.onNews({ type: 'moved', position: movedTo });
      throw error;
    }
  }
}

type Change = Exclude<WatchEvent, { type: 'BOOKMARK' }>;
