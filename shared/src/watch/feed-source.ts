import type { WatchEvent } from '../kube/watch-events.ts';
import type { ListRequest, WatchRequest } from '../kube/kube-stream.ts';
import type { ListPage } from '../kube/list-page.ts';

/**
 * Where lists and watches come from: one request each, and everything that goes wrong is a `KubeError`. `KubeStream` is one. It is an
 * interface because that one is made of undici, which costs too much memory in what runs on every node.
 */
export interface FeedSource {
  listPage(request: ListRequest, signal: AbortSignal): Promise<ListPage>;
  watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<readonly WatchEvent[]>;
  /** An object of the collection at `path` came in protobuf, and nothing could be made of it. Left out: it makes no difference. */
  distrust?(path: string): void;
}
