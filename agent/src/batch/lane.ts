import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { entryBytes } from '@castai/shared/wire/ingest/entry-wire.ts';

/**
 * What an entry that waits here costs besides its bytes: measured on PodMetrics, the smallest objects of which there are many, at 500 bytes of V8's
 * heap with its names. A window that counted less would hold ten thousand objects too many of such a kind.
 */
const BOOKKEEPING_BYTES = 350;

/** What an entry costs in the lane, bookkeeping included; not to be asked once its body was given back. */
export function laneBytes(entry: Entry): number {
  return entryBytes(entry) + BOOKKEEPING_BYTES;
}

interface FeedInLane {
  bytes: number;
  isEnding: boolean;
  /** The objects of pages that wait, by uid. */
  readonly pages: Map<string, Entry>;
}

/**
 * Marks and pages of snapshots, and states of feeds, in the order in which they came. Nothing is coalesced but an object of a page that
 * still waits when something newer of it comes: the page's state would only be old. So a change need not wait for the page that it is on.
 */
export class Lane {
  readonly #entries = new Set<Entry>();
  #bytes = 0;
  readonly #feeds = new Map<number, FeedInLane>();

  /** Bytes of all that waits. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Entries that wait. */
  get count(): number {
    return this.#entries.size;
  }

  /** What waits, in order. Entries may be deleted meanwhile. */
  get entries(): Iterable<Entry> {
    return this.#entries;
  }

  /** Bytes of what waits of a feed. */
  bytesOf(feedId: number): number {
    return this.#feeds.get(feedId)?.bytes ?? 0;
  }

  /** Objects of a feed's pages that wait. */
  objectsOf(feedId: number): number {
    return this.#feeds.get(feedId)?.pages.size ?? 0;
  }

  /** Puts an entry behind all others. */
  push(entry: Entry): void {
    // A page that was read again, because it broke off, brings the objects of its beginning once more.
    if (entry.type === 'upsert') this.supersede(entry.feedId, entry.uid);
    const bytes = laneBytes(entry);
    const feed = this.#feeds.get(entry.feedId) ?? { bytes: 0, isEnding: false, pages: new Map<string, Entry>() };
    this.#feeds.set(entry.feedId, feed);
    this.#entries.add(entry);
    this.#bytes += bytes;
    feed.bytes += bytes;
    // Objects that cannot be read may be without a uid, all of them.
    if (entry.type === 'upsert' && entry.uid !== '') feed.pages.set(entry.uid, entry);
    if (entry.type === 'snapshotEnd') feed.isEnding = true;
  }

  /** The same, but in the place of the entry before which it belongs; `undefined`: behind all others. */
  insert(before: Entry | undefined, entry: Entry): void {
    const behind: Entry[] = [];
    for (const one of this.#entries) if (one === before || behind.length > 0) behind.push(one);
    this.push(entry);
    for (const one of behind) {
      this.#entries.delete(one);
      this.#entries.add(one);
    }
  }

  /** Something newer is known of an object: its state on a page that waits is not sent any more. */
  supersede(feedId: number, uid: string): void {
    const entry = this.#feeds.get(feedId)?.pages.get(uid);
    if (entry !== undefined) this.delete(entry);
  }

  /** It was sent, or is void. */
  delete(entry: Entry): void {
    const feed = this.#feeds.get(entry.feedId);
    if (!this.#entries.delete(entry) || feed === undefined) return;
    const bytes = laneBytes(entry);
    this.#bytes -= bytes;
    feed.bytes -= bytes;
    if (entry.type === 'upsert' && entry.uid !== '') feed.pages.delete(entry.uid);
    if (entry.type === 'snapshotEnd') feed.isEnding = false;
    if (feed.bytes === 0) this.#feeds.delete(entry.feedId);
  }

  /** The last entry of a feed that waits. */
  lastOf(feedId: number): Entry | undefined {
    if (!this.#feeds.has(feedId)) return undefined;
    return [...this.#entries].findLast((entry) => entry.feedId === feedId);
  }

  /** Drops what waits of a snapshot. Returns the entry behind its beginning, before which that has to be told. */
  dropSnapshot(feedId: number): Entry | undefined {
    let isBehind = false;
    let next: Entry | undefined;
    for (const entry of this.#entries) {
      if (entry.feedId === feedId && isOfSnapshot(entry)) {
        this.delete(entry);
        isBehind = true;
      } else if (isBehind) next ??= entry;
    }
    return next;
  }

  /** Feeds of which no change may be sent yet: it would belong to what comes before the mark, or be removed by it. */
  get closed(): Set<number> {
    const closed = new Set<number>();
    for (const entry of this.#entries) if (closesFeed(entry)) closed.add(entry.feedId);
    return closed;
  }

  /** Whether the end of a feed's snapshot waits. */
  isEnding(feedId: number): boolean {
    return this.#feeds.get(feedId)?.isEnding ?? false;
  }

  /** Drops everything. */
  clear(): void {
    this.#entries.clear();
    this.#feeds.clear();
    this.#bytes = 0;
  }
}

/** Other states of the feed, and the abort of an earlier snapshot, stay true without it. */
function isOfSnapshot(entry: Entry): boolean {
  return entry.type === 'feedState' ? entry.state === 'SYNCED' : entry.type !== 'snapshotAbort';
}

function closesFeed(entry: Entry): boolean {
  if (entry.type === 'feedState') return entry.state === 'ABSENT';
  return entry.type === 'snapshotBegin' || entry.type === 'snapshotAbort';
}
