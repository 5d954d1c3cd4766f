import { KubeError, type KubeErrorCode } from '@castai/shared/kube/kube-error.ts';
import { jsonItem, type KubeItem, uidOf } from '@castai/shared/kube/kube-item.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { ListRequest, WatchRequest } from '@castai/shared/kube/kube-stream.ts';
import type { ListPage } from '@castai/shared/kube/list-page.ts';
import type { UnreadableObject } from '@castai/shared/kube/json/unreadable-object.ts';
import type { WatchEvent } from '@castai/shared/kube/watch-events.ts';
import type { FeedSource } from '@castai/shared/watch/feed-source.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';

/** A collection of the model: what the cluster would answer at any version, because nothing is ever forgotten here. */
export interface ModelCollection {
  readonly resource: string;
  /** In which version it is served, and in no other. */
  version: string;
  readonly mode: 'watch' | 'poll';
  readonly hasBookmarks: boolean;
  /** Its objects have uids; those of virtual kinds have none. */
  readonly hasUids: boolean;
  /** Its versions are no numbers, as of some aggregated APIs. */
  readonly isOpaque: boolean;
  log: LoggedEvent[];
  /** Events up to this version cannot be watched any more, and tokens of lists at or before it are expired. */
  compactedAt: number;
  isServed: boolean;
  isAllowed: boolean;
}

/** One change of one object. */
export interface LoggedEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly version: number;
  readonly object: KubeObject;
}

type Step = WatchEvent[] | KubeError | 'end';

interface Stream {
  readonly collection: ModelCollection;
  /** Where it began: nothing at or before it is told. */
  readonly from: number;
  push(step: Step): void;
}

const BOOKMARK_MS = 60_000;
/** Others write as well: a history that goes back to a backup does not soon reach again where it was. */
const WRITES_OF_OTHERS = 1000;

/** The API server of a cluster in memory: real semantics of lists, continue tokens, watches, bookmarks and history. */
export class ModelCluster implements FeedSource {
  readonly collections: ModelCollection[];
  isDown = false;
  /** The longest that a watch lags behind what a list shows, in milliseconds. */
  watchLagMs = 2000;
  /** Answers that the next requests get instead of their own, oldest first. */
  readonly listFaults: (KubeErrorCode | 'MIDWAY')[] = [];
  readonly watchFaults: KubeErrorCode[] = [];
  /** Names of objects that cannot be read: until they are mended, or only once more. Only their end can be told. */
  readonly garbled = new Set<string>();
  readonly garbledOnce = new Set<string>();
  /** Names of objects of which nothing can be kept: the scrubber throws. */
  readonly unkept = new Set<string>();
  /** What the next looks at discovery miss, one each, as while the server starts. */
  readonly hidden: ModelCollection[] = [];
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #streams = new Set<Stream>();
  #version = 990;
  #backup: { readonly version: number; readonly logs: readonly LoggedEvent[][] } | undefined;
  #lives = 0;
  /** Never goes back: what tells two states of one version apart, where history was rewound. */
  #writes = 0;

  constructor(
    collections: readonly Pick<ModelCollection, 'resource' | 'mode' | 'hasBookmarks' | 'hasUids' | 'isOpaque'>[],
    dependencies: { clock: Clock; random: SeededRandom },
  ) {
    this.#clock = dependencies.clock;
    this.#random = dependencies.random;
    this.collections = collections.map((one) => ({
      ...one,
      version: 'v1',
      log: [],
      compactedAt: 0,
      isServed: true,
      isAllowed: true,
    }));
  }

  /** How many watches are open. */
  get openWatches(): number {
    return this.#streams.size;
  }

  /** The objects of a collection at a version, by uid; now, unless told otherwise. */
  objects(collection: ModelCollection, version = Infinity): Map<string, KubeObject> {
    const objects = new Map<string, KubeObject>();
    for (const event of collection.log) {
      if (event.version > version) break;
      const uid = uidOf(event.object.metadata);
      if (event.type === 'DELETED') objects.delete(uid);
      else objects.set(uid, event.object);
    }
    return objects;
  }

  /** Creates, changes or deletes the object of a name; a creation where there is one is a change. */
  write(collection: ModelCollection, name: string, action: 'put' | 'delete' | 'replace'): void {
    if (!collection.isServed) return;
    const current = [...this.objects(collection).values()].find(({ metadata }) => metadata.name === name);
    if (current !== undefined && action !== 'put') this.#log(collection, 'DELETED', current);
    if (action === 'delete') return;
    if (action === 'put' && current !== undefined) {
      this.#log(collection, 'MODIFIED', current);
      return;
    }
    this.#lives += 1;
    const uid = collection.hasUids ? { uid: `${name}-${String(this.#lives)}` } : {};
    this.#log(collection, 'ADDED', { metadata: { name, ...uid } });
  }

  /** History up to now is lost: older positions and tokens are 410. */
  compact(collection: ModelCollection): void {
    collection.compactedAt = this.#version;
  }

  /** The resource goes (a CRD is deleted, its objects with it) or comes. */
  serve(collection: ModelCollection, isServed: boolean): void {
    if (collection.isServed === isServed) return;
    for (const object of this.objects(collection).values()) this.#log(collection, 'DELETED', object);
    collection.isServed = isServed;
    this.#version += 1;
    this.compact(collection);
    if (!isServed) this.endWatches(collection, 'end');
  }

  /** Another version of it is served, and the one of before is not any more. */
  reversion(collection: ModelCollection): void {
    collection.version = collection.version === 'v1' ? 'v1beta1' : 'v1';
    this.endWatches(collection, 'end');
  }

  /** Keeps a copy of everything, after which others write. */
  backup(): void {
    this.#backup = { version: this.#version, logs: this.collections.map(({ log }) => [...log]) };
    this.#version += WRITES_OF_OTHERS;
  }

  /** Goes back to the copy, as a restored etcd does, and the servers start anew. False: there is none. */
  rewind(): boolean {
    if (this.#backup === undefined) return false;
    const { version, logs } = this.#backup;
    this.#version = version;
    for (const [index, collection] of this.collections.entries()) {
      collection.log = [...(logs[index] ?? [])];
      // Which of its resources were served is part of it; the schedule's own switch goes on to say so.
      if (!collection.isServed) collection.log = collection.log.filter(() => false);
      collection.compactedAt = Math.min(collection.compactedAt, version);
      this.endWatches(collection, new KubeError('KUBE_UNREACHABLE', 'reset'));
    }
    this.#backup = undefined;
    return true;
  }

  /** Ends the running watches of a collection. */
  endWatches(collection: ModelCollection, step: KubeError | 'end'): void {
    for (const stream of this.#streams) if (stream.collection === collection) stream.push(step);
  }

  async listPage(request: ListRequest, signal: AbortSignal): Promise<ListPage> {
    const collection = await this.#reach(request.path, signal);
    const fault = this.listFaults.shift();
    if (fault !== undefined && fault !== 'MIDWAY') throw new KubeError(fault, 'a fault was asked for');
    const [tokenVersion = '', after = ''] = (request.continueToken ?? '').split('|');
    if (tokenVersion !== '' && tokenVersion !== '-1' && Number(tokenVersion) < collection.compactedAt) {
      throw new KubeError('KUBE_EXPIRED', 'the token is too old', { continueToken: `-1|${after}` });
    }
    const version = tokenVersion === '' || tokenVersion === '-1' ? this.#version : Number(tokenVersion);
    const all = [...this.objects(collection, version).values()]
      .filter(({ metadata }) => metadata.name > after)
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const items = all.slice(0, request.limit);
    const metadata = {
      kind: 'List',
      apiVersion: 'v1',
      resourceVersion: collection.mode === 'poll' ? '' : toText(collection, version),
      continueToken: all.length > items.length ? `${String(version)}|${items.at(-1)?.metadata.name ?? ''}` : '',
      remainingItemCount: undefined,
    };
    const read = async function* (this: ModelCluster): AsyncGenerator<KubeItem[]> {
      for (const item of items) {
        const unreadable = this.#unreadable(item);
        if (unreadable === undefined) yield await Promise.resolve([jsonItem(item)]);
        else request.onUnreadable?.(unreadable);
      }
      if (fault === 'MIDWAY') throw new KubeError('KUBE_STREAM_BROKEN', 'it ends in the middle');
    };
    return { metadata, items: read.call(this), end: () => metadata };
  }

  async *watch(request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchEvent[]> {
    const { path, resourceVersion, timeoutSeconds, idleMs } = request;
    const collection = await this.#reach(path, signal);
    const fault = this.watchFaults.shift();
    if (fault !== undefined) throw new KubeError(fault, 'a fault was asked for');
    const from = toNumber(resourceVersion);
    if (from < collection.compactedAt) throw new KubeError('KUBE_EXPIRED', 'too old resource version');
    const missed = collection.log.filter(({ version }) => version > from).map(toWatchEvent);
    const steps: Step[] = missed.length > 0 ? [missed] : [];
    let wake = (): void => {};
    const push = (step: Step): void => {
      steps.push(step);
      wake();
    };
    const stream: Stream = { collection, from, push };
    const cancels = new Set<() => void>();
    const arm = (ms: number, fire: () => void): (() => void) => {
      const cancel = this.#clock.setTimer(ms, () => {
        cancels.delete(cancel);
        fire();
      });
      cancels.add(cancel);
      return () => {
        cancel();
        cancels.delete(cancel);
      };
    };
    // A watch from the future is silent until history has come so far.
    let told = from;
    const bookmark = (): void => {
      if (this.#version > told) push([{ type: 'BOOKMARK', resourceVersion: toText(collection, this.#version) }]);
      told = this.#version;
      arm(BOOKMARK_MS, bookmark);
    };
    if (collection.hasBookmarks) arm(BOOKMARK_MS, bookmark);
    arm(timeoutSeconds * 1000, () => push('end'));
    const onAbort = (): void => wake();
    signal.addEventListener('abort', onAbort);
    this.#streams.add(stream);
    try {
      for (;;) {
        const disarm = arm(idleMs, () => push(new KubeError('KUBE_WATCHDOG', 'not one byte')));
        if (steps.length === 0 && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
        disarm();
        // What arrived together is one chunk, or several. A watch may lag behind a list by seconds.
        if (this.#random.chance(0.5)) await this.#clock.sleep(this.#random.integer(this.watchLagMs), signal);
        if (signal.aborted) throw signal.reason;
        const events: WatchEvent[] = [];
        do events.push(...(Array.isArray(steps[0]) ? (steps.shift() as WatchEvent[]) : []));
        while (Array.isArray(steps[0]) && this.#random.chance(0.7));
        yield* this.#readable(events, request);
        if (Array.isArray(steps[0])) continue;
        const last = steps.shift();
        if (last === 'end') return;
        if (last instanceof KubeError) throw last;
        if (last !== undefined) steps.unshift(last);
      }
    } finally {
      this.#streams.delete(stream);
      signal.removeEventListener('abort', onAbort);
      for (const cancel of cancels) cancel();
    }
  }

  /** The events that can be read. Where the listener of the others throws, the watch ends, after those before it. */
  *#readable(events: readonly WatchEvent[], { onUnreadable }: WatchRequest): Generator<WatchEvent[]> {
    let readable: WatchEvent[] = [];
    for (const event of events) {
      const unreadable = 'object' in event && event.type !== 'DELETED' ? this.#unreadable(event.object) : undefined;
      if (unreadable === undefined) {
        readable.push(event);
        continue;
      }
      if (readable.length > 0) yield readable;
      readable = [];
      onUnreadable?.(unreadable);
    }
    if (readable.length > 0) yield readable;
  }

  #unreadable({ metadata }: KubeObject): UnreadableObject | undefined {
    const { name, uid = '', resourceVersion = '' } = metadata;
    if (!this.garbledOnce.delete(name) && !this.garbled.has(name)) return undefined;
    const isKnown = this.#random.chance(0.5);
    return {
      reason: 'NOT_JSON',
      kind: '',
      namespace: '',
      name,
      uid: isKnown ? uid : '',
      resourceVersion: isKnown ? resourceVersion : '',
      place: '',
    };
  }

  /** The way to the server and its doors: time passes, then the request is let in or not. */
  async #reach(path: string, signal: AbortSignal): Promise<ModelCollection> {
    await this.#clock.sleep(this.#random.integer(400), signal);
    if (this.isDown) throw new KubeError('KUBE_UNREACHABLE', 'refused');
    const [version, resource] = path.split('/').slice(-2);
    const collection = this.collections.find((one) => one.resource === resource);
    if (collection === undefined) throw new Error(`no collection ${path}`);
    if (!collection.isAllowed) throw new KubeError('KUBE_FORBIDDEN', 'RBAC');
    if (!collection.isServed || collection.version !== version)
      throw new KubeError('KUBE_NOT_FOUND', 'no such resource');
    return collection;
  }

  #log(collection: ModelCollection, type: LoggedEvent['type'], before: KubeObject): void {
    this.#version += 1 + this.#random.integer(3);
    const resourceVersion = toText(collection, this.#version);
    this.#writes += 1;
    const object = { metadata: { ...before.metadata, resourceVersion }, write: this.#writes };
    const event = { type, version: this.#version, object };
    collection.log.push(event);
    for (const stream of this.#streams)
      if (stream.collection === collection && stream.from < event.version) stream.push([toWatchEvent(event)]);
  }
}

function toText({ isOpaque }: ModelCollection, version: number): string {
  return `${isOpaque ? 'v' : ''}${String(version)}`;
}

/** The version that a text is in the model, also where nobody else can know. */
export function toNumber(version: string): number {
  return Number(version.replace('v', ''));
}

function toWatchEvent({ type, object }: LoggedEvent): WatchEvent {
  return { type, ...jsonItem(object) };
}
