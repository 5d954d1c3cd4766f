import { must } from '@castai/shared/errors.ts';
import type { Delete, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { entryBytes } from '@castai/shared/wire/ingest/entry-wire.ts';

/** One change of one object after scrubbing: what the watch stage gives and the batch stage takes. */
export type Change = Upsert | Delete;

/** What an entry that waits costs besides its bytes: map entry, record and buffer header, measured at about 250 bytes. */
const BOOKKEEPING_BYTES = 250;

interface Pending {
  readonly change: Change;
  readonly bytes: number;
  /** The feed's position just before this change arrived: what may still be claimed while the change is pending. */
  readonly before: string;
}

interface FeedQueue {
  /** uid → newest change, oldest arrival first. */
  readonly pending: Map<string, Pending>;
  bytes: number;
  position: string;
  /** The position before the last one that a change moved it to. */
  before: string;
}

/**
 * Keeps the newest change per object while changes wait to be sent, for every feed, in arrival order.
 *
 * A newer change of the same uid replaces the older one and moves to the tail; a delete and a re-creation under one name are two
 * uids and never merge. For each feed it knows the resume point that may be claimed: the position just before the oldest change
 * that is still pending, or the last position seen when nothing is. That needs no arithmetic on resourceVersions. Changes may share one
 * version, as Events do that etcd lets expire together: watching from it would miss those that are pending, so what was before all of them
 * is claimed.
 */
export class Coalescer {
  readonly #feeds = new Map<number, FeedQueue>();
  #bytes = 0;
  #count = 0;

  /** Bytes of all pending changes, bookkeeping included. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  /** Number of pending changes. */
  get pendingCount(): number {
    return this.#count;
  }

  /** Starts a feed anew at a position: what was pending for it is dropped. Returns the number of dropped changes. */
  start(feedId: number, resourceVersion: string): number {
    const dropped = this.forget(feedId);
    this.#feeds.set(feedId, { pending: new Map(), bytes: 0, position: resourceVersion, before: resourceVersion });
    return dropped;
  }

  /** Takes a change that the feed delivered; the feed's position moves to the change's resourceVersion. */
  push(change: Change): void {
    const feed = this.#feed(change.feedId);
    const replaced = feed.pending.get(change.uid);
    if (replaced !== undefined) {
      // Deleting first is what moves the newer change to the tail of the map's insertion order.
      feed.pending.delete(change.uid);
      this.#account(feed, -replaced.bytes, -1);
    }
    if (change.resourceVersion !== feed.position) feed.before = feed.position;
    const bytes = entryBytes(change) + BOOKKEEPING_BYTES;
    feed.pending.set(change.uid, { change: withNews(change, replaced?.change), bytes, before: feed.before });
    this.#account(feed, bytes, 1);
    feed.position = change.resourceVersion;
  }

  /** The feed's position moved without a change of an object (a bookmark). */
  advance(feedId: number, resourceVersion: string): void {
    this.#feed(feedId).position = resourceVersion;
  }

  /** The resume point that may be claimed for a feed now; undefined before `start`. */
  claimable(feedId: number): string | undefined {
    const feed = this.#feeds.get(feedId);
    if (feed === undefined) return undefined;
    const [oldest] = feed.pending.values();
    return oldest?.before ?? feed.position;
  }

  /** Whether changes of a feed are pending. */
  isPending(feedId: number): boolean {
    return (this.#feeds.get(feedId)?.pending.size ?? 0) > 0;
  }

  /** The feeds that have changes pending. */
  *pendingFeeds(): Generator<number> {
    for (const [feedId, feed] of this.#feeds) if (feed.pending.size > 0) yield feedId;
  }

  /**
   * Takes changes of one feed, oldest first, up to `maxBytes` on the wire. The first one may be larger than that, because an
   * object larger than every turn has to get out some time, but not larger than `roomBytes`.
   */
  take(feedId: number, maxBytes: number, roomBytes = Infinity): Change[] {
    const feed = this.#feeds.get(feedId);
    const taken: Change[] = [];
    if (feed === undefined) return taken;
    let room = maxBytes;
    for (const [uid, { change, bytes }] of feed.pending) {
      const wireBytes = bytes - BOOKKEEPING_BYTES;
      if (wireBytes > (taken.length > 0 ? room : Math.max(room, roomBytes))) break;
      room -= wireBytes;
      taken.push(change);
      feed.pending.delete(uid);
      this.#account(feed, -bytes, -1);
    }
    return taken;
  }

  /** Bytes of the pending changes of a feed. */
  bytesOf(feedId: number): number {
    return this.#feeds.get(feedId)?.bytes ?? 0;
  }

  /** Drops a feed with everything pending for it. Returns the number of dropped changes. */
  forget(feedId: number): number {
    const feed = this.#feeds.get(feedId);
    if (feed === undefined) return 0;
    const dropped = feed.pending.size;
    this.#account(feed, -feed.bytes, -dropped);
    this.#feeds.delete(feedId);
    return dropped;
  }

  /** Drops every feed. */
  clear(): void {
    this.#feeds.clear();
    this.#bytes = 0;
    this.#count = 0;
  }

  #feed(feedId: number): FeedQueue {
    return must(this.#feeds.get(feedId), `change of feed ${feedId} before it was started`);
  }

  #account(feed: FeedQueue, bytes: number, count: number): void {
    feed.bytes += bytes;
    this.#bytes += bytes;
    this.#count += count;
  }
}

/** What came into being and has changed since is still news to whoever was not told of it. */
function withNews(change: Change, replaced: Change | undefined): Change {
  if (change.type !== 'upsert' || replaced?.type !== 'upsert' || replaced.isNew !== true) return change;
  return { ...change, isNew: true };
}
