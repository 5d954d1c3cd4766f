import type { Clock } from '@castai/shared/async/clock.ts';
import type { Outlet } from './outlet.ts';
import type { Renderer } from './renderer.ts';
import type { ResourceRequest } from './resource-request.ts';
import { type ResourceType, resourceTypeId } from './resource-type.ts';
import { type Selection, parseSelection } from './selectors.ts';
import { type StatusBody, StatusError, expired, invalid, tooLargeResourceVersion } from './status-error.ts';
import type { Store } from './store.ts';
import type { StoredObject } from './stored-object.ts';
import type { StoredEvent } from './watch-history.ts';

/** How watches behave; may be changed at any time, for watches that begin later. */
export interface WatchSettings {
  /** Whether streaming lists are offered (feature gate WatchList). */
  readonly watchList: boolean;
  /** Milliseconds between two bookmarks of one watch. */
  readonly bookmarkMs: number;
  /** Bytes that may wait for a client before its watch is ended. */
  readonly watchBufferBytes: number;
  /** Whether a watch from a forgotten resourceVersion is refused by HTTP status instead of an ERROR event. */
  readonly expiredAsStatus: boolean;
}

/** What answers to a watch depend on. */
export interface WatchContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly settings: WatchSettings;
  readonly waitForFuture: () => Promise<void>;
  /** Every watch that is open. */
  readonly open: Set<Watch>;
}

/** The last bookmark comes so long before the end that the client asked for. */
const LAST_BOOKMARK_MS = 2000;
/** Without a wish of the client a watch ends after this time, up to twice as much. */
const MIN_WATCH_MS = 1_800_000;

/** Answers a watch and returns when it is set up; events follow until it ends. Throws what is refused by HTTP status. */
export async function serveWatch(request: ResourceRequest, context: WatchContext): Promise<void> {
  const start = planStart(request.info.query, context);
  const { store, settings } = context;
  const kind = store.kind(resourceTypeId(request.type));
  if (start.type === 'resume' && start.revision < kind.history.oldest) {
    const oldest = store.revisions.format(kind.history.oldest);
    const error = expired(`too old resource version: ${store.revisions.format(start.revision)} (${oldest})`);
    if (settings.expiredAsStatus) throw error;
    beginStream(request);
    finishWithError(request, error.body);
    return;
  }
  if (start.type === 'initial' && start.revision > store.revisions.current) {
    beginStream(request);
    await context.waitForFuture();
    const { format, current } = { format: (n: number) => store.revisions.format(n), current: store.revisions.current };
    finishWithError(request, tooLargeResourceVersion(format(start.revision), format(current)).body);
    return;
  }
  const watch = new Watch(request, context, start);
  context.open.add(watch);
  request.outlet.onClose(() => {
    watch.stop();
    context.open.delete(watch);
  });
  watch.begin();
}

type Start =
  /** Everything after a revision, which may be one of the future. */
  | { readonly type: 'resume'; readonly revision: number }
  /** The present state first, not older than a revision, and the marker behind it. */
  | { readonly type: 'initial'; readonly revision: number; readonly hasMarker: boolean };

function planStart(query: URLSearchParams, { store, settings }: WatchContext): Start {
  const text = query.get('resourceVersion') ?? '';
  const revision = text === '' ? 0 : store.revisions.parse(text);
  if (revision === undefined) {
    // Not a 400: measured on the real server.
    throw new StatusError({ code: 500, message: `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax` });
  }
  const match = query.get('resourceVersionMatch') ?? '';
  const sends = query.get('sendInitialEvents');
  if (sends === null) {
    if (match !== '') throw invalid('resourceVersionMatch', 'Forbidden: is forbidden for watch');
    if (text !== '' && text !== '0') return { type: 'resume', revision };
    return { type: 'initial', revision: 0, hasMarker: settings.watchList };
  }
  if (!settings.watchList) {
    const message = 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled';
    throw invalid('sendInitialEvents', message);
  }
  if (match !== 'NotOlderThan') throw invalid('resourceVersionMatch', 'Forbidden: must be NotOlderThan');
  if (['true', '1'].includes(sends)) return { type: 'initial', revision: text === '0' ? 0 : revision, hasMarker: true };
  return { type: 'resume', revision: text === '' || text === '0' ? store.revisions.current : revision };
}

/** One open watch. */
export class Watch {
  readonly type: ResourceType;
  /** Path and query, for people. */
  readonly description: string;
  readonly #outlet: Outlet;
  readonly #renderer: Renderer;
  readonly #context: WatchContext;
  readonly #start: Start;
  readonly #selection: Selection | undefined;
  readonly #wantsBookmarks: boolean;
  readonly #timeoutMs: number;
  readonly #cancels: (() => void)[] = [];
  #fromRevision = 0;
  /** Whether all of before the watch is out: what happens from then on is sent as it happens. */
  #isLive = false;
  #isStopped = false;

  constructor(request: ResourceRequest, context: WatchContext, start: Start) {
    const { info, type, namespace, name } = request;
    this.type = type;
    this.description = `${info.path}?${info.query.toString()}`;
    this.#outlet = request.outlet;
    this.#renderer = request.renderer;
    this.#context = context;
    this.#start = start;
    this.#selection = parseSelection({ type, namespace, name, query: info.query });
    this.#wantsBookmarks = ['true', '1'].includes(info.query.get('allowWatchBookmarks') ?? '');
    const seconds = Number(info.query.get('timeoutSeconds') ?? 0);
    this.#timeoutMs = seconds === 0 ? MIN_WATCH_MS * (1 + context.random()) : seconds * 1000;
  }

  /** Sends what is due at once and subscribes to the rest, in one turn, so that nothing falls between the two. */
  begin(): void {
    beginStream({ outlet: this.#outlet, renderer: this.#renderer });
    if (this.#timeoutMs < 0) {
      this.end();
      return;
    }
    const { store } = this.#context;
    if (this.#start.type === 'initial') {
      this.#fromRevision = store.revisions.current;
      this.#sendState(store.kind(resourceTypeId(this.type)).sorted(), this.#start.hasMarker);
      this.#goLive();
    } else {
      this.#fromRevision = this.#start.revision;
      this.#catchUp(this.#start.revision);
    }
    this.#startTimers();
  }

  /**
   * Sends what was missed at the pace of the client, as the real server does, whose limit is on what waits of the present alone. All at once
   * would end the watch of whoever missed more than that, and each of its next ones, a buffer further every time.
   */
  #catchUp(from: number): void {
    const { store, settings } = this.#context;
    const missed = store.kind(resourceTypeId(this.type)).history.since(from);
    // History went on beyond it: the next watch is told that its position has expired.
    if (missed === undefined) this.end();
    let sent = from;
    for (const event of missed ?? []) {
      if (this.#outlet.pendingBytes > settings.watchBufferBytes / 2) {
        void this.#catchUpLater(sent);
        return;
      }
      this.#send(event);
      sent = event.object.revision;
    }
    if (missed !== undefined) this.#goLive();
  }

  async #catchUpLater(from: number): Promise<void> {
    await this.#outlet.drained();
    // Nothing leaves before this turn of the event loop is over, and what is less than a socket's own buffer counts as drained.
    await new Promise((resolve) => setImmediate(resolve));
    if (!this.#isStopped && !this.#outlet.isClosed) this.#catchUp(from);
  }

  #goLive(): void {
    this.#isLive = true;
    const kind = this.#context.store.kind(resourceTypeId(this.type));
    this.#cancels.push(kind.listen((event) => this.#sendLive(event)));
  }

  /** Ends it properly, as at its timeout. */
  end(): void {
    this.stop();
    this.#outlet.end();
  }

  /** Aborts the connection. */
  reset(): void {
    this.stop();
    this.#outlet.reset();
  }

  /** Sends a frame that a test made up. */
  inject(data: unknown): void {
    this.#outlet.write(this.#renderer.foreign(data));
  }

  /** Sends nothing any more without ending it. */
  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#cancels.splice(0)) cancel();
  }

  /** Sends a bookmark with the newest revision, if the client wants bookmarks and the kind has them. */
  bookmark(): void {
    const { store } = this.#context;
    // One that overtakes what was missed would claim it.
    if (!this.#isLive) return;
    // The real server filters what is not newer than the start, so a watch from the future gets none.
    if (!this.#wantsBookmarks || !this.type.hasBookmarks || store.revisions.current <= this.#fromRevision) return;
    this.#outlet.write(this.#renderer.bookmark(store.revisions.format(store.revisions.current), false));
  }

  #sendState(state: readonly StoredObject[], hasMarker: boolean): void {
    for (const object of state) {
      if (this.#selection?.(object) !== false) this.#outlet.write(this.#renderer.event('ADDED', object));
    }
    if (!hasMarker || !this.#wantsBookmarks) return;
    const { revisions } = this.#context.store;
    this.#outlet.write(this.#renderer.bookmark(revisions.format(this.#fromRevision), true));
  }

  #send({ type, object, previous }: StoredEvent): void {
    if (object.revision <= this.#fromRevision) return;
    const seen = this.#seenAs(type, object, previous);
    if (seen === undefined) return;
    this.#outlet.write(this.#renderer.event(seen, object));
  }

  #sendLive(event: StoredEvent): void {
    this.#send(event);
    if (this.#outlet.pendingBytes > this.#context.settings.watchBufferBytes) this.end();
  }

  /** An object that leaves the selection is seen as deleted, one that enters it as added. */
  #seenAs(type: string, object: StoredObject, previous: StoredObject | undefined): string | undefined {
    const selection = this.#selection;
    if (selection === undefined) return type;
    const was = previous !== undefined && selection(previous);
    const is = type !== 'DELETED' && selection(object);
    if (is) return was ? 'MODIFIED' : 'ADDED';
    return was ? 'DELETED' : undefined;
  }

  #startTimers(): void {
    const { clock, settings } = this.#context;
    const last = this.#timeoutMs - LAST_BOOKMARK_MS;
    this.#cancels.push(clock.setTimer(this.#timeoutMs, () => this.end()));
    if (!this.#wantsBookmarks || !this.type.hasBookmarks) return;
    if (last > 0) this.#cancels.push(clock.setTimer(last, () => this.bookmark()));
    this.#repeat(settings.bookmarkMs);
  }

  #repeat(everyMs: number): void {
    let cancel: () => void = () => undefined;
    const arm = (): void => {
      cancel = this.#context.clock.setTimer(everyMs, () => {
        this.bookmark();
        arm();
      });
    };
    arm();
    this.#cancels.push(() => cancel());
  }
}

type Stream = Pick<ResourceRequest, 'outlet' | 'renderer'>;

function beginStream({ outlet, renderer }: Stream): void {
  outlet.head(200, { 'content-type': renderer.contentType.watch, 'cache-control': 'no-cache, private' });
}

function finishWithError({ outlet, renderer }: Stream, status: StatusBody): void {
  outlet.write(renderer.error(status));
  outlet.end();
}
