import type { WatchEvent } from '../src/kube/watch-events.ts';
import { KubeError } from '../src/kube/kube-error.ts';
import { jsonItem, type KubeItem } from '../src/kube/kube-item.ts';
import type { OnUnreadable, UnreadableObject } from '../src/kube/json/unreadable-object.ts';
import type { ListRequest, WatchRequest } from '../src/kube/kube-stream.ts';
import type { ListPage } from '../src/kube/list-page.ts';
import type { FeedSource } from '../src/watch/feed-source.ts';

/** A page that the script has. */
export interface ScriptedPage {
  /** Of its objects; `c@130` is one that changed at 130, the others did at 5. `!c` is one that cannot be read. */
  readonly names: readonly string[];
  readonly version: string;
  /** Token of the next page. */
  readonly next: string;
}

type Step = WatchEvent[] | UnreadableObject | KubeError | 'end';

/** An API server of one collection, in memory: pages by token, watches that the test feeds. */
export class ScriptedFeedSource implements FeedSource {
  /** What was listed: tokens, or `probe` for a page of one; with the selector, if there was any. */
  readonly lists: string[] = [];
  /** Where watches began. */
  readonly watches: string[] = [];
  /** How long each watch lasts, in seconds, and may be silent, in milliseconds. */
  readonly patience: [timeoutSeconds: number, idleMs: number][] = [];
  /** For how long the events of each watch may wait for those that follow. */
  readonly gatherMs: (number | undefined)[] = [];
  /** Items of pages that were asked for. */
  itemsRead = 0;
  /** Pages that are being read. */
  openLists = 0;
  /** Items after which a page breaks off. */
  breaksOffAfter = Infinity;
  pages: Record<string, ScriptedPage | KubeError> = {};
  /** Paths of collections whose objects nothing could be made of in protobuf. */
  readonly distrusted: string[] = [];
  readonly #streams: { push: (step: Step) => void; signal: AbortSignal }[] = [];

  listPage({ continueToken = '', limit, fieldSelector = '', onUnreadable = refuse }: ListRequest): Promise<ListPage> {
    this.lists.push(
      [limit === 1 ? 'probe' : continueToken, ...(fieldSelector === '' ? [] : [fieldSelector])].join(' '),
    );
    const page = this.pages[continueToken];
    if (page === undefined || page instanceof KubeError)
      return Promise.reject(page ?? new Error(`no page ${continueToken}`));
    const metadata = {
      kind: 'PodList',
      apiVersion: 'v1',
      resourceVersion: page.version,
      continueToken: page.next,
      remainingItemCount: undefined,
    };
    return Promise.resolve({ metadata, items: this.#itemsOf(page, onUnreadable), end: () => metadata });
  }

  async *#itemsOf(page: ScriptedPage, onUnreadable: OnUnreadable): AsyncGenerator<KubeItem[]> {
    this.openLists += 1;
    try {
      for (const [index, [name = '', version = '5']] of page.names.map((one) => one.split('@')).entries()) {
        if (index >= this.breaksOffAfter) throw new KubeError('KUBE_STREAM_BROKEN', 'it breaks off');
        this.itemsRead += 1;
        if (name.startsWith('!')) onUnreadable(unreadable(name.slice(1), version));
        else yield await Promise.resolve([itemOf(name, version)]);
      }
    } finally {
      this.openLists -= 1;
    }
  }

  async *watch(
    { resourceVersion, timeoutSeconds, idleMs, gatherMs, onUnreadable = refuse }: WatchRequest,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent[]> {
    this.watches.push(resourceVersion);
    this.patience.push([timeoutSeconds, idleMs]);
    this.gatherMs.push(gatherMs);
    const steps: Step[] = [];
    let wake = (): void => {};
    this.#streams.push({
      signal,
      push: (step) => {
        steps.push(step);
        wake();
      },
    });
    signal.addEventListener('abort', () => wake());
    while (!signal.aborted) {
      const step = steps.shift();
      if (step === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      if (step === 'end') return;
      if (step instanceof KubeError) throw step;
      if (Array.isArray(step)) yield step;
      else onUnreadable(step);
    }
    throw signal.reason;
  }

  distrust(path: string): void {
    this.distrusted.push(path);
  }

  /** What the last watch brings, or how it ends. */
  push(step: Step): void {
    this.#streams.at(-1)?.push(step);
  }

  /** Watches that nobody has ended. */
  get openWatches(): number {
    return this.#streams.filter(({ signal }) => !signal.aborted).length;
  }
}

/** As the decoders do where nobody wants to be told. */
function refuse(): never {
  throw new KubeError('KUBE_STREAM_BROKEN', 'an object cannot be read');
}

/** An object of the collection that cannot be read. */
export function unreadable(name: string, resourceVersion: string): UnreadableObject {
  const uid = name === '' ? '' : `uid-${name}`;
  return { reason: 'NOT_JSON', kind: 'Pod', namespace: '', name, uid, resourceVersion, place: 'somewhere' };
}

/** An object of the collection. */
function itemOf(name: string, resourceVersion: string): KubeItem {
  return jsonItem({ metadata: { name, uid: `uid-${name}`, resourceVersion } });
}

/** A change of it, or its end. */
export function eventOf(type: 'ADDED' | 'MODIFIED' | 'DELETED', name: string, resourceVersion: string): WatchEvent {
  return { type, ...itemOf(name, resourceVersion) };
}
