import type { Clock } from '@castai/shared/async/clock.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { jsonItem, type KubeItem } from '@castai/shared/kube/kube-item.ts';
import type { ListRequest, WatchRequest } from '@castai/shared/kube/kube-stream.ts';
import type { ListPage } from '@castai/shared/kube/list-page.ts';
import type { WatchEvent } from '@castai/shared/kube/watch-events.ts';
import type { FeedSource } from '@castai/shared/watch/feed-source.ts';

/** What a busy kind is like. */
export interface BusyKindOptions {
  readonly objects: number;
  readonly changesPerSecond: number;
  readonly clock: Clock;
  /** How long a continue token is good. Left out: for ever. */
  readonly tokenMs?: number;
}

const FIRST_VERSION = 1000;
/** Events that a real watch cache keeps at most; whoever lags further gets a 410. */
const HISTORY = 102_400;
/** Events that come in one chunk. */
const CHUNK = 200;
const TICK_MS = 100;

/** The versions of all objects when a list began. */
interface ListedState {
  readonly version: number;
  readonly atMs: number;
  readonly versions: Int32Array;
}

/**
 * The API server of one kind that changes at a steady rate, object after object in an order without a pattern. Of objects no more is stored than
 * their versions: the event of each version is computed, so that hundreds of thousands of objects and millions of changes cost the test little memory.
 */
export class BusyKind implements FeedSource {
  /** Lists that were begun, probes not counted. */
  lists = 0;
  /** How far behind the newest change the watch is that was read last. */
  lag = 0;
  /** Continue tokens that had expired when they came. */
  expiredTokens = 0;
  readonly #options: BusyKindOptions;
  readonly #versions: Int32Array;
  #known = FIRST_VERSION;
  #pace: { readonly perSecond: number; readonly sinceMs: number; readonly from: number };
  #listed: ListedState | undefined;

  constructor(options: BusyKindOptions) {
    this.#options = options;
    this.#versions = new Int32Array(options.objects).fill(5);
    this.#pace = { perSecond: options.changesPerSecond, sinceMs: options.clock.monotonicMs(), from: FIRST_VERSION };
  }

  /** The newest version. */
  get version(): number {
    const { perSecond, sinceMs, from } = this.#pace;
    return from + Math.floor(((this.#options.clock.monotonicMs() - sinceMs) * perSecond) / 1000);
  }

  /** Changes at this rate from now on. */
  pace(perSecond: number): void {
    this.#pace = { perSecond, sinceMs: this.#options.clock.monotonicMs(), from: this.version };
  }

  /** The present version of each object, in the order of their numbers. */
  versions(): Int32Array {
    for (
      const { version, objects } = { version: this.version, objects: this.#options.objects };
      this.#known < version;
    ) {
      this.#known += 1;
      this.#versions[scattered(this.#known) % objects] = this.#known;
    }
    return this.#versions;
  }

  listPage({ limit, continueToken = '' }: ListRequest): Promise<ListPage> {
    const { objects, clock, tokenMs = Infinity } = this.#options;
    const [version = '-1', from = '0'] = continueToken === '' ? [] : continueToken.split('|');
    if (continueToken === '' && limit > 1) this.lists += 1;
    const nowMs = clock.monotonicMs();
    if (version === '-1' && limit > 1)
      this.#listed = { version: this.version, atMs: nowMs, versions: this.versions().slice() };
    const listed = this.#listed ?? { version: this.version, atMs: nowMs, versions: this.versions() };
    if (nowMs - listed.atMs > tokenMs) {
      this.expiredTokens += 1;
      return Promise.reject(new KubeError('KUBE_EXPIRED', 'too old', { continueToken: `-1|${from}` }));
    }
    const first = Number(from);
    const next = first + Math.min(limit, objects - first);
    const metadata = {
      kind: 'PodList',
      apiVersion: 'v1',
      resourceVersion: String(listed.version),
      continueToken: next < objects ? `${String(listed.version)}|${String(next)}` : '',
      remainingItemCount: undefined,
    };
    const items = async function* (): AsyncGenerator<KubeItem[]> {
      for (let index = first; index < next; index += 1) yield [itemOf(index, listed.versions[index] ?? 0)];
    };
    return Promise.resolve({ metadata, items: items(), end: () => metadata });
  }

  async *watch({ resourceVersion }: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchEvent[]> {
    const { objects, clock } = this.#options;
    for (let at = Number(resourceVersion); ;) {
      if (signal.aborted) throw signal.reason;
      const { version } = this;
      this.lag = version - at;
      if (this.lag > HISTORY) throw new KubeError('KUBE_EXPIRED', 'too old resource version');
      const events: WatchEvent[] = [];
      while (at < version && events.length < CHUNK) {
        at += 1;
        events.push({ type: 'MODIFIED', ...itemOf(scattered(at) % objects, at) });
      }
      if (events.length > 0) yield events;
      else await clock.sleep(TICK_MS, signal);
    }
  }
}

function itemOf(index: number, version: number): KubeItem {
  return jsonItem({ metadata: { name: 'pod', uid: `u${String(index)}`, resourceVersion: String(version) } });
}

/** Any number that is told by nothing but this one, and spreads well (the finaliser of MurmurHash3). */
function scattered(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
