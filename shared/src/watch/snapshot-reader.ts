import { KubeError } from '../kube/kube-error.ts';
import { PageTrail } from '../kube/page-trail.ts';
import { pageSlices, type PageSlice } from './page-slices.ts';
import type { UnreadableObjects } from './unreadable-objects.ts';
import type { Keep, WatchedFeed } from './watched-feed.ts';
import type { WatcherDependencies } from './watcher-dependencies.ts';
import type { WatcherInput } from './watcher-signals.ts';

/** What comes of reading and handing over. */
export type SnapshotNews = Extract<WatcherInput, { type: 'sliceRead' | 'pageRead' | 'pageReceived' | 'holdTimer' }>;

/** What it needs, and whom it tells. */
export interface SnapshotReaderOptions<Kept> extends Pick<
  WatcherDependencies<Kept>,
  'source' | 'sink' | 'settings' | 'clock'
> {
  readonly feed: WatchedFeed<Kept>;
  readonly unreadable: UnreadableObjects<Kept>;
  readonly onNews: (news: SnapshotNews) => void;
  /** The page could not be read to its end. */
  readonly onFailed: (error: unknown) => void;
}

/** What changed on a page comes at once, or with the first bookmark at the latest (122 s): a watch that has not brought it by then will not. */
const HOLD_MS = 130_000;

/** The pages of one feed's snapshots: reads them, keeps the slice in hand until it may be handed over, and reads on after that. */
export class SnapshotReader<Kept> {
  readonly #options: SnapshotReaderOptions<Kept>;
  /** Ends the request under way. */
  #reading = new AbortController();
  /** Lets the page that waits behind its slice be read further. */
  #readOn: () => void = () => {};
  /** Ends the time for which the slice in hand may be held. */
  #cancelHold: () => void = () => {};
  #slice: PageSlice<Kept> | undefined;
  /** Of the snapshot under way: what it keeps may share memory. */
  #keep: Keep<Kept>;
  /** Changes with every snapshot begun and every one given up. */
  #snapshot = 0;
  /** Objects that the watch beside the snapshot has delivered: later pages hold older states of them. */
  readonly #touched = new Set<string>();
  readonly #trail = new PageTrail();

  constructor(options: SnapshotReaderOptions<Kept>) {
    this.#options = options;
    this.#keep = options.feed.keep;
  }

  /** Asks for a page; the first one has no token. */
  read(token: string): void {
    const { keep, keepSnapshot } = this.#options.feed;
    if (token === '') {
      this.#keep = keepSnapshot?.() ?? keep;
      this.#trail.begin();
    }
    this.#reading = new AbortController();
    void this.#read(token, this.#reading.signal);
  }

  /** Goes on with the page whose slice was handed over. */
  readOn(): void {
    this.#readOn();
  }

  /** A snapshot begins with the page in hand. */
  begin(): void {
    this.#snapshot += 1;
    this.#touched.clear();
  }

  /** The watch beside the snapshot has told an object. */
  touch(uid: string): void {
    this.#touched.add(uid);
  }

  /** From now on the slice in hand is held for the watch. */
  limitHold(): void {
    const { clock, onNews } = this.#options;
    this.#cancelHold = clock.setTimer(HOLD_MS, () => onNews({ type: 'holdTimer' }));
  }

  /** Hands the slice in hand over, without what the watch has told already. */
  deliver(): void {
    const { feed, sink, onNews } = this.#options;
    const kept = this.#slice?.without(this.#touched) ?? [];
    const snapshot = this.#snapshot;
    this.#slice = undefined;
    this.#cancelHold();
    // A receipt that arrives after the snapshot was given up must not be taken for one of the next snapshot.
    sink.page(feed.id, kept, () => {
      if (snapshot === this.#snapshot) onNews({ type: 'pageReceived' });
    });
  }

  /** The snapshot is complete. */
  end(): void {
    this.#touched.clear();
    this.#keep = this.#options.feed.keep;
  }

  /** Ends what is under way, and forgets it. */
  halt(): void {
    this.#reading.abort();
    this.#readOn();
    this.#cancelHold();
    this.#slice = undefined;
    this.#snapshot += 1;
    this.end();
  }

  async #read(continueToken: string, signal: AbortSignal): Promise<void> {
    const { source, settings, feed, unreadable, onNews, onFailed } = this.#options;
    const { path, fieldSelector, kind, reader, traits, bytesOf = () => 0 } = feed;
    try {
      const needsNoVersion = traits.mode === 'poll';
      const { onUnreadable, keep, settle } = unreadable.page(this.#keep);
      const request = { path, fieldSelector, kind, reader, limit: settings.pageSize, continueToken, onUnreadable };
      const page = await source.listPage(request, signal);
      const slices = pageSlices(page, { keep, settle, maxObjects: settings.pageSize, bytesOf, needsNoVersion });
      let first = '';
      for await (const slice of slices) {
        if (signal.aborted) return;
        const { version, newest, token, goesOn } = slice;
        if (version === '' && !needsNoVersion) throw noVersion();
        first ||= slice.first;
        if (token !== '') this.#trail.goOn(first, token);
        this.#slice = slice;
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#readOn = resolve;
        onNews(goesOn ? { type: 'sliceRead', version, newest } : { type: 'pageRead', version, newest, token });
        // What is not read waits at the server: the way to keep a list of any length out of memory.
        if (goesOn) await promise;
        if (signal.aborted) return;
      }
    } catch (error) {
      if (!signal.aborted) onFailed(error);
    }
  }
}

/** Nothing could be watched from such a list, and a watch from nowhere would begin with all objects once more. */
function noVersion(): KubeError {
  return new KubeError('KUBE_STREAM_BROKEN', 'the API server sent a list without a resourceVersion');
}
