import type { Backoff } from '@castai/shared/async/backoff.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import { KubeError, type KubeErrorCode } from '@castai/shared/kube/kube-error.ts';
import type { JsonObject, KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { ListRequest, WatchRequest } from '@castai/shared/kube/kube-stream.ts';
import type { ListPage } from '@castai/shared/kube/list-page.ts';
import { compareResourceVersions } from '@castai/shared/kube/resource-version.ts';
import type { WatchEvent } from '@castai/shared/kube/json/watch-decoder.ts';
import type { Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Outbox } from '../batch/outbox.ts';
import type { Change } from '../coalesce/coalescer.ts';
import { BodySlab, loneBody } from './body-slab.ts';
import type { SnapshotCandidate, SnapshotQueue } from './snapshot-queue.ts';
import type { FeedTraits, RestartReason, WatcherCommand, WatcherInput, WatcherState } from './watcher-signals.ts';
import { STOPPED, stepWatcher } from './watcher-state.ts';

/** What a watcher needs to know of its feed. */
export interface WatchedFeed {
  /** Number of the feed within the session. */
  readonly id: number;
  /** Label in logs, metrics and `/statusz`. */
  readonly name: string;
  /** Collection path in the version that the cluster serves. */
  readonly path: string;
  readonly fieldSelector: string;
  readonly traits: FeedTraits;
  readonly priority: number;
  /** What may leave of an object; undefined: nothing. */
  readonly scrub: (object: KubeObject) => JsonObject | undefined;
}

/** Where lists and watches come from. */
export interface FeedSource {
  listPage(request: ListRequest, signal: AbortSignal): Promise<ListPage>;
  watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<readonly WatchEvent[]>;
}

/** Who is told what happens. */
export interface WatchObserver {
  onEvents(feed: string, type: WatchEvent['type'], count: number): void;
  onRestart(feed: string, reason: RestartReason): void;
  onFailure(feed: string, error: KubeError): void;
  /** A bug: the feed cannot go on. */
  onBroken(feed: string, error: unknown): void;
}

/** Numbers that an operator may change. */
export interface WatchSettings {
  /** Objects per page: a page is the unit of memory and of the API server's seats. */
  readonly pageSize: number;
  /** Pause between two lists of a polled feed, in milliseconds. */
  readonly pollMs: number;
}

/** What all watchers share. */
export interface WatcherDependencies {
  readonly source: FeedSource;
  readonly outbox: Outbox;
  readonly queue: SnapshotQueue;
  readonly observer: WatchObserver;
  readonly settings: WatchSettings;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly createBackoff: () => Backoff;
  /** The server does not know the resource: discovery should look. */
  readonly onNotFound: () => void;
  /** The server refuses to list or watch the resource: the watcher waits until it is told `allowed`. */
  readonly onForbidden: () => void;
  /** The server's history was rewound: positions of other feeds may have been overtaken before they could tell. */
  readonly onRewound: () => void;
}

/** A line of `/statusz`. */
export interface WatcherStatus {
  readonly feed: string;
  readonly phase: WatcherState['phase'];
  readonly state: string;
  readonly position: string;
  readonly restarts: number;
  readonly lastRestart: string;
  readonly lastEventAt: string;
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

/** Keeps one feed's list and watch alive: does what the machine in `watcher-state.ts` wants, and tells it what came of it. */
export class Watcher {
  readonly feed: WatchedFeed;
  readonly #deps: WatcherDependencies;
  readonly #candidate: SnapshotCandidate;
  readonly #listBackoff: Backoff;
  readonly #watchBackoff: Backoff;
  readonly #inbox: WatcherInput[] = [];
  #isStepping = false;
  #state: WatcherState = STOPPED;
  /** Ends the page request or list timer under way. */
  #list = new AbortController();
  /** Ends the watch, probe or watch timer under way. */
  #watch = new AbortController();
  #page: Upsert[] = [];
  /** Changes with every snapshot begun and every one given up. */
  #snapshot = 0;
  /** Objects that the watch beside a snapshot has delivered: later pages hold older states of them. */
  readonly #touched = new Set<string>();
  #reported = '';
  /** The next report is sent even if it says the same. */
  #isReportDue = false;
  #restarts = 0;
  #lastRestart = '';
  #lastEventAtMs: number | undefined;

  constructor(feed: WatchedFeed, dependencies: WatcherDependencies) {
    this.feed = feed;
    this.#deps = dependencies;
    this.#listBackoff = dependencies.createBackoff();
    this.#watchBackoff = dependencies.createBackoff();
    this.#candidate = { priority: feed.priority, onTurn: () => this.dispatch({ type: 'turn' }) };
  }

  /** Where the feed is. */
  get phase(): WatcherState['phase'] {
    return this.#state.phase;
  }

  /** A line for `/statusz`. */
  get status(): WatcherStatus {
    const state = this.#state;
    return {
      feed: this.feed.name,
      phase: state.phase,
      state: this.#reported,
      position: 'position' in state ? state.position : '',
      restarts: this.#restarts,
      lastRestart: this.#lastRestart,
      lastEventAt: this.#lastEventAtMs === undefined ? '' : new Date(this.#lastEventAtMs).toISOString(),
    };
  }

  /** Tells the machine what happened and does what it wants. Inputs that arise on the way are taken in turn. */
  dispatch(input: WatcherInput): void {
    this.#inbox.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
        const { state, commands } = stepWatcher(this.feed.traits, this.#state, next);
        this.#state = state;
        for (const command of commands) this.#perform(command);
      }
    } catch (error) {
      this.#deps.observer.onBroken(this.feed.name, error);
    } finally {
      this.#isStepping = false;
    }
  }

  #perform(command: WatcherCommand): void {
    const { outbox, queue, observer } = this.#deps;
    const { id, name } = this.feed;
    switch (command.type) {
      case 'halt':
        this.#halt();
        return;
      case 'queue':
        queue.join(this.#candidate);
        return;
      case 'leaveQueue':
        queue.leave(this.#candidate);
        return;
      case 'readPage':
        this.#list = new AbortController();
        void this.#readPage(command.token, this.#list.signal);
        return;
      case 'begin':
        this.#snapshot += 1;
        this.#touched.clear();
        // What was said after the snapshot before may have been dropped with it.
        this.#isReportDue = true;
        outbox.beginSnapshot(id);
        return;
      case 'startFeed':
        outbox.startFeed(id, command.position, command.isClaimed);
        return;
      case 'deliverPage':
        this.#deliverPage();
        return;
      case 'end':
        this.#touched.clear();
        outbox.endSnapshot(id);
        return;
      case 'abort':
        outbox.abortSnapshot(id, command.reason);
        return;
      case 'probe':
        this.#watch = new AbortController();
        void this.#probe(this.#watch.signal);
        return;
      case 'openWatch':
        this.#watch = new AbortController();
        void this.#follow(command.position, this.#watch.signal);
        return;
      case 'wait':
        this.#wait(command);
        return;
      case 'restarted':
        this.#restarts += 1;
        this.#lastRestart = command.reason;
        observer.onRestart(name, command.reason);
        if (command.reason === 'REWOUND') this.#deps.onRewound();
        if (command.reason === 'KUBE_FORBIDDEN') this.#deps.onForbidden();
        return;
      case 'report':
        this.#report(command.state, command.reason);
        return;
      case 'rediscover':
        this.#deps.onNotFound();
    }
  }

  #halt(): void {
    this.#list.abort();
    this.#watch.abort();
    this.#page = [];
    this.#snapshot += 1;
    this.#touched.clear();
    this.#deps.queue.leave(this.#candidate);
    if (this.#state.phase === 'stopped') this.#reported = '';
  }

  async #readPage(continueToken: string, signal: AbortSignal): Promise<void> {
    const { source, settings } = this.#deps;
    const { path, fieldSelector } = this.feed;
    try {
      const page = await source.listPage({ path, fieldSelector, limit: settings.pageSize, continueToken }, signal);
      const upserts: Upsert[] = [];
      const slab = new BodySlab();
      let newest = '';
      for await (const object of page.items) {
        newest = newer(newest, object.metadata.resourceVersion ?? '');
        const body = this.feed.scrub(object);
        if (body !== undefined) upserts.push(this.#upsert(object, slab.write(body)));
      }
      if (signal.aborted) return;
      const { resourceVersion, continueToken: token } = page.end();
      if (resourceVersion === '' && this.feed.traits.mode === 'watch') throw noVersion();
      this.#listBackoff.succeeded();
      this.#page = upserts;
      this.dispatch({ type: 'pageRead', version: resourceVersion, newest, token });
    } catch (error) {
      if (signal.aborted) return;
      const { code, retryAfterMs, renewedToken } = this.#failure(error);
      this.dispatch({ type: 'listFailed', code, retryAfterMs, renewedToken });
    }
  }

  #deliverPage(): void {
    const page = this.#page.filter((upsert) => !this.#touched.has(upsert.uid));
    const snapshot = this.#snapshot;
    this.#page = [];
    // A receipt that arrives after the snapshot was given up must not be taken for one of the next snapshot.
    this.#deps.outbox.addPage(this.feed.id, page, () => {
      if (snapshot === this.#snapshot) this.dispatch({ type: 'pageReceived' });
    });
  }

  async #probe(signal: AbortSignal): Promise<void> {
    const { path, fieldSelector } = this.feed;
    try {
      const page = await this.#deps.source.listPage({ path, fieldSelector, limit: 1, continueToken: '' }, signal);
      // Reading on to the end keeps the connection for the watch that follows.
      for await (const object of page.items) void object;
      const { resourceVersion } = page.end();
      if (!signal.aborted) this.dispatch({ type: 'probed', newest: resourceVersion });
    } catch (error) {
      if (!signal.aborted) this.dispatch({ type: 'probeFailed', ...this.#failure(error) });
    }
  }

  async #follow(position: string, signal: AbortSignal): Promise<void> {
    const { source, clock, random } = this.#deps;
    const { path, fieldSelector, traits } = this.feed;
    const timeoutSeconds = Math.round(WATCH_SECONDS.min + random() * WATCH_SECONDS.spread);
    const idleMs = traits.hasBookmarks ? BOOKMARK_SILENCE_MS : timeoutSeconds * 1000 + 5000;
    const startedAtMs = clock.monotonicMs();
    try {
      const request = { path, fieldSelector, resourceVersion: position, timeoutSeconds, idleMs };
      for await (const events of source.watch(request, signal)) {
        if (signal.aborted) return;
        this.#watchBackoff.succeeded();
        this.#take(events, signal);
      }
      if (signal.aborted) return;
      this.dispatch({ type: 'watchEnded', isBrief: clock.monotonicMs() - startedAtMs < BRIEF_MS });
    } catch (error) {
      if (!signal.aborted) this.dispatch({ type: 'watchFailed', ...this.#failure(error) });
    }
  }

  /** Hands the events of one chunk on. The feed may be demoted by any of them; the rest of the chunk is void then. */
  #take(events: readonly WatchEvent[], signal: AbortSignal): void {
    const { outbox, observer, clock } = this.#deps;
    const { id, name } = this.feed;
    let position = '';
    for (const event of events) {
      if (event.type === 'BOOKMARK') {
        // A watch that went on from an older one would bring states that are out already once more, older ones first.
        if (compareResourceVersions(event.resourceVersion, outbox.position(id) ?? '') !== 'older') {
          outbox.advance(id, event.resourceVersion);
          position = event.resourceVersion;
        }
      } else {
        const change = this.#change(event);
        if (this.#state.phase === 'listing') this.#touched.add(change.uid);
        outbox.change(change);
        position = change.resourceVersion;
      }
      observer.onEvents(name, event.type, 1);
      if (signal.aborted) return;
    }
    this.#lastEventAtMs = clock.now();
    if (position !== '') this.dispatch({ type: 'moved', position });
  }

  #change(event: Exclude<WatchEvent, { type: 'BOOKMARK' }>): Change {
    const { object } = event;
    const body = event.type === 'DELETED' ? undefined : this.feed.scrub(object);
    // An object of which nothing may leave any more is gone as far as the platform is concerned.
    return body === undefined
      ? { type: 'delete', ...this.#identity(object) }
      : { type: 'upsert', ...this.#identity(object), encoding: 'JSON', body: loneBody(body) };
  }

  #upsert(object: KubeObject, body: Uint8Array): Upsert {
    return { type: 'upsert', ...this.#identity(object), encoding: 'JSON', body };
  }

  #identity(object: KubeObject): Omit<Extract<Change, { type: 'delete' }>, 'type'> {
    const { name, namespace = '', uid, resourceVersion = '' } = object.metadata;
    return {
      feedId: this.feed.id,
      // Virtual objects (metrics.k8s.io) have no uid: within one feed their name is as unique.
      uid: uid ?? `${namespace}/${name}`,
      namespace,
      name,
      resourceVersion,
      observedAtMs: this.#deps.clock.now(),
    };
  }

  #wait(command: Extract<WatcherCommand, { type: 'wait' }>): void {
    const { clock, random, settings } = this.#deps;
    const isList = command.activity === 'list';
    const backoff = isList ? this.#listBackoff : this.#watchBackoff;
    const delayMs = {
      brief: () => random() * 1000,
      backoff: () => backoff.next(command.retryAfterMs),
      // Spread, so that the lists of many agents do not fall into step.
      poll: () => settings.pollMs * (0.9 + random() * 0.2),
    }[command.pace]();
    const control = new AbortController();
    if (isList) this.#list = control;
    else this.#watch = control;
    const cancel = clock.setTimer(delayMs, () => this.dispatch({ type: isList ? 'listTimer' : 'watchTimer' }));
    control.signal.addEventListener('abort', cancel, { once: true });
  }

  #report(state: 'SYNCED' | 'FORBIDDEN' | 'DEGRADED', reason: string): void {
    const said = reason === '' ? state : `${state}: ${reason}`;
    if (said === this.#reported && !this.#isReportDue) return;
    this.#reported = said;
    this.#isReportDue = false;
    this.#deps.outbox.report(this.feed.id, state, reason);
  }

  #failure(error: unknown): { code: KubeErrorCode; retryAfterMs: number; renewedToken: string } {
    if (!(error instanceof KubeError)) {
      // The source speaks in KubeErrors only: anything else is a bug of ours, which no retry mends.
      this.#deps.observer.onBroken(this.feed.name, error);
      return { code: 'KUBE_STREAM_BROKEN', retryAfterMs: 0, renewedToken: '' };
    }
    this.#deps.observer.onFailure(this.feed.name, error);
    return { code: error.code, retryAfterMs: error.retryAfterMs ?? 0, renewedToken: error.continueToken ?? '' };
  }
}

/** The newer of two versions; `other` if they cannot be compared, as when there is no first one yet. */
function newer(version: string, other: string): string {
  return compareResourceVersions(version, other) === 'newer' ? version : other;
}

/** Nothing could be watched from such a list, and a watch from nowhere would begin with all objects once more. */
function noVersion(): KubeError {
  return new KubeError('KUBE_STREAM_BROKEN', 'the API server sent a list without a resourceVersion');
}
