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
}

const FIRST_VERSION = 1000;
/** Events that a real watch cache keeps at most; whoever lags further gets a 410. */
const HISTORY = 102_400;
/** Events that come in one chunk. */
const CHUNK = 200;
const TICK_MS = 100;

/**
 * The API server of one kind that changes at a steady rate, object after object in an order without a pattern. Nothing is stored: the event
 * of each version is computed, so that hundreds of thousands of objects and millions of changes cost the test no memory.
 */
export class BusyKind implements FeedSource {
  /** Lists that were begun, probes not counted. */
  lists = 0;
  /** How far behind the newest change the watch is that was read last. */
  lag = 0;
  readonly #options: BusyKindOptions;

  constructor(options: BusyKindOptions) {
    this.#options = options;
  }

  /** The newest version. */
  get version(): number {
    const { changesPerSecond, clock } = this.#options;
    return FIRST_VERSION + Math.floor((clock.monotonicMs() * changesPerSecond) / 1000);
  }

  listPage({ limit, continueToken = '' }: ListRequest): Promise<ListPage> {
    const { objects } = this.#options;
    const [version = String(this.version), from = '0'] = continueToken === '' ? [] : continueToken.split('|');
    if (continueToken === '' && limit > 1) this.lists += 1;
    const first = Number(from);
    const next = first + Math.min(limit, objects - first);
    const metadata = {
      kind: 'PodList',
      apiVersion: 'v1',
      resourceVersion: version,
      continueToken: next < objects ? `${version}|${String(next)}` : '',
      remainingItemCount: undefined,
    };
    const items = async function* (): AsyncGenerator<KubeItem> {
      for (let index = first; index < next; index += 1) yield itemOf(index, 5);
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
