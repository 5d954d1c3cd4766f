import type { UnreadableObject } from '../kube/json/unreadable-object.ts';
import type { KubeItem } from '../kube/kube-item.ts';
import type { ObjectReader } from '../kube/protobuf/object-reader.ts';
import type { FeedTraits } from './watcher-signals.ts';

/** Makes of an object what is kept of it; undefined: nothing, and the object is as good as gone. Must not hold on to the item. */
export type Keep<Kept> = (item: KubeItem) => Kept | undefined;

/** What a watcher needs to know of its feed. */
export interface WatchedFeed<Kept> {
  /** Number of the feed, for the sink. */
  readonly id: number;
  /** Label in logs, metrics and `/statusz`. */
  readonly name: string;
  /** Collection path in the version that the cluster serves. */
  readonly path: string;
  readonly fieldSelector: string;
  readonly traits: FeedTraits;
  /** Smaller snapshots earlier. */
  readonly priority: number;
  /** Kind of its objects; left out where nobody knows how its list is called. */
  readonly kind?: string | undefined;
  /** How its objects are read in protobuf. Left out: they are asked for in JSON. */
  readonly reader?: ObjectReader | undefined;
  readonly keep: Keep<Kept>;
  /**
   * The same for the objects of one snapshot: asked for anew for each, so that what is kept of them may share memory, from one page
   * to the next. Left out: `keep`.
   */
  readonly keepSnapshot?: () => Keep<Kept>;
  /** What it costs to keep it, in bytes. Left out: slices of long pages are bounded by the number of their objects alone. */
  readonly bytesOf?: (kept: Kept) => number;
  /**
   * What is kept of an object of a page that exists and cannot be read, by what can be told of it: only that it is there. Left out, or
   * undefined: nothing, and the object is as good as gone.
   */
  readonly keepUnreadable?: (object: UnreadableObject) => Kept | undefined;
}
