import { assert } from '@castai/shared/errors.ts';
import type { Entry, FeedStateName, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { entryBytes } from '@castai/shared/wire/ingest/ingest-wire.ts';
import { type Change, Coalescer } from '../coalesce/coalescer.ts';

/** The entries of one batch, and what to tell once the platform has received it. */
export interface Cut {
  readonly entries: Entry[];
  /** Bytes of the entries before compression, see `entryBytes`. */
  readonly bytes: number;
  /** Called in order when the batch that holds these entries was received. */
  readonly onReceived: readonly (() => void)[];
}

/** What the outbox needs to know and whom it tells. */
export interface OutboxOptions {
  /** Bound on the bytes of pending changes; over it feeds are demoted, largest first. */
  readonly limitBytes: number;
  /** Takes secrets out of what a server said, before it is told to the platform. */
  readonly redact?: (text: string) => string;
  /** A feed lost its pending changes to the bound: it has to be snapshotted again once there is room. */
  readonly onDemoted: (feedId: number, droppedCount: number) => void;
  /** Something waits that did not wait before. Told when whoever hands in has finished, never in the middle. */
  readonly onWaiting: () => void;
}

interface LaneItem {
  readonly entry: Entry;
  readonly bytes: number;
  readonly onReceived?: () => void;
}

/** Below this share of its bound the outbox says that it has room: the low-water mark. */
const LOW_WATER = 0.5;

/**
 * Everything that waits to be sent, and the only place that decides what a batch holds and in which order.
 *
 * Two ways lead in. Changes from running watches go through the coalescer, which keeps the newest per object. Snapshot pages and
 * feed states go through a lane that keeps their order; they are not coalesced, and whoever hands in a page waits for its receipt
 * before handing in the next, which bounds the lane. A cut takes the lane first, then changes, then the resume points that may be
 * claimed after them, so that in every feed an older state never follows a newer one.
 */
export class Outbox {
  readonly #coalescer = new Coalescer();
  readonly #options: OutboxOptions;
  #lane: LaneItem[] = [];
  #laneBytes = 0;
  /** Resume point last claimed per feed: a progress entry is only worth its bytes when it says something new. */
  readonly #claimed = new Map<number, string>();
  /** Feeds between `begin` and `end`: upserts sent so far, which `end` has to state. */
  readonly #snapshotCounts = new Map<number, number>();
  /** Feeds with a snapshot handed in and not yet ended: no progress may be claimed for them. */
  readonly #inSnapshot = new Set<number>();
  #isTelling = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Bytes that wait: pending changes with their bookkeeping, and the lane. */
  get pendingBytes(): number {
    return this.#coalescer.pendingBytes + this.#laneBytes;
  }

  /** Entries that wait, progress not counted. */
  get pendingCount(): number {
    return this.#coalescer.pendingCount + this.#lane.length;
  }

  /** Whether there is room for a demoted feed to come back: less than half of the bound is in use. */
  get hasRoom(): boolean {
    return this.pendingBytes < this.#options.limitBytes * LOW_WATER;
  }

  /** A watch starts at a position that the platform already has (`claimed`), or that a snapshot will claim at its end. */
  startFeed(feedId: number, resourceVersion: string, isClaimed: boolean): void {
    this.#coalescer.start(feedId, resourceVersion);
    if (isClaimed) this.#claimed.set(feedId, resourceVersion);
    else this.#claimed.delete(feedId);
  }

  /** Takes a change from a running watch. May demote the feed with the most pending bytes. */
  change(change: Change): void {
    this.#coalescer.push(change);
    this.#tellSoon();
    while (this.#coalescer.pendingBytes > this.#options.limitBytes) {
      const feedId = this.#coalescer.largest();
      if (feedId === undefined) return;
      this.#options.onDemoted(feedId, this.forgetFeed(feedId));
    }
  }

  /** A bookmark: the feed's position moved without a change. */
  advance(feedId: number, resourceVersion: string): void {
    this.#coalescer.advance(feedId, resourceVersion);
  }

  /**
   * What a feed is at. Kept in order with its snapshot. Of several that wait side by side the newest is enough, or a feed that
   * comes and goes through an outage would fill memory; only `ABSENT` is never left out, because it removes objects.
   */
  report(feedId: number, state: FeedStateName, reason: string): void {
    const index = this.#lane.findLastIndex(({ entry }) => entry.feedId === feedId);
    const last = this.#lane[index];
    if (last?.entry.type === 'feedState' && (last.entry.state !== 'ABSENT' || state === 'ABSENT')) {
      this.#lane.splice(index, 1);
      this.#laneBytes -= last.bytes;
    }
    this.#push({ type: 'feedState', feedId, state, reason: this.#options.redact?.(reason) ?? reason });
  }

  /**
   * A snapshot of a feed begins. What still waits of the one before is void: its end would claim the position of the new one,
   * whose objects are not sent yet.
   */
  beginSnapshot(feedId: number): void {
    if (this.#inSnapshot.has(feedId)) this.abortSnapshot(feedId, 'SUPERSEDED');
    this.#inSnapshot.add(feedId);
    this.#claimed.delete(feedId);
    this.#push({ type: 'snapshotBegin', feedId });
  }

  /** One page of a snapshot; `onReceived` is called when the platform has all of it. An empty page is received at once. */
  addPage(feedId: number, page: readonly Upsert[], onReceived: () => void): void {
    const isOfFeed = page.every((upsert) => upsert.feedId === feedId);
    assert(isOfFeed, 'a page holds entries of another feed');
    if (page.length === 0) onReceived();
    page.forEach((upsert, index) => this.#push(upsert, index === page.length - 1 ? onReceived : undefined));
  }

  /** All pages of the snapshot were handed in. Its resume point and count are filled in when the batch is cut. */
  endSnapshot(feedId: number): void {
    this.#push({ type: 'snapshotEnd', feedId, resourceVersion: '', count: 0 });
  }

  /**
   * The snapshot is void: what waits of it is dropped, also that the feed is in sync after it, and the platform is told if it
   * heard of the snapshot at all; told in the place of what is dropped, so that no later state falls into an open snapshot.
   */
  abortSnapshot(feedId: number, reason: string): void {
    const isKnown = this.#snapshotCounts.has(feedId);
    const place = this.#dropSnapshot(feedId);
    this.#inSnapshot.delete(feedId);
    this.#snapshotCounts.delete(feedId);
    if (isKnown) this.#insert(place, { type: 'snapshotAbort', feedId, reason });
  }

  /** Drops everything of a feed. Returns the number of dropped changes. A snapshot under way is aborted. */
  forgetFeed(feedId: number): number {
    if (this.#inSnapshot.has(feedId)) this.abortSnapshot(feedId, 'DEMOTED');
    this.#claimed.delete(feedId);
    return this.#coalescer.forget(feedId);
  }

  /** Drops everything: the session is over, and the next one says where each feed goes on. */
  clear(): void {
    this.#coalescer.clear();
    this.#lane = [];
    this.#laneBytes = 0;
    this.#claimed.clear();
    this.#inSnapshot.clear();
    this.#snapshotCounts.clear();
  }

  /** An upsert was cut but will never reach the platform (too large, refused): a snapshot under way must not count it. */
  dropped(entry: Entry): void {
    const count = this.#snapshotCounts.get(entry.feedId);
    if (entry.type === 'upsert' && count !== undefined) this.#snapshotCounts.set(entry.feedId, count - 1);
  }

  /** Takes the next batch: up to about `maxBytes`, but at least one entry if any waits. Empty entries: a heartbeat. */
  cut(maxBytes: number): Cut {
    const cut = new CutBuilder(maxBytes);
    this.#cutLane(cut);
    this.#cutChanges(cut);
    this.#cutProgress(cut);
    return cut;
  }

  #cutLane(cut: CutBuilder): void {
    let taken = 0;
    for (const { entry, bytes, onReceived } of this.#lane) {
      if (entry.type === 'snapshotEnd' && !this.#cutChangesBefore(entry.feedId, cut)) break;
      if (!cut.hasRoomFor(bytes)) break;
      taken += 1;
      this.#laneBytes -= bytes;
      cut.add(this.#finished(entry), bytes);
      if (onReceived !== undefined) cut.onReceived.push(onReceived);
    }
    this.#lane.splice(0, taken);
  }

  /**
   * The pages leave out what the watch beside them has touched, so its changes go out before the end: an object that no entry
   * has marked by then would be swept, and be missing until its change arrives. False when they do not all fit.
   */
  #cutChangesBefore(feedId: number, cut: CutBuilder): boolean {
    this.#take(feedId, cut.room, cut);
    return !this.#coalescer.isPending(feedId);
  }

  /** Follows the snapshots through the lane: counts upserts, and gives `end` its count and the point it may claim. */
  #finished(entry: Entry): Entry {
    switch (entry.type) {
      case 'snapshotBegin':
        this.#snapshotCounts.set(entry.feedId, 0);
        return entry;
      case 'upsert':
        this.#count(entry);
        return entry;
      case 'snapshotEnd': {
        const resourceVersion = this.#coalescer.claimable(entry.feedId) ?? '';
        const count = this.#snapshotCounts.get(entry.feedId) ?? 0;
        this.#snapshotCounts.delete(entry.feedId);
        this.#inSnapshot.delete(entry.feedId);
        this.#claimed.set(entry.feedId, resourceVersion);
        return { ...entry, resourceVersion, count };
      }
      case 'delete':
      case 'snapshotAbort':
      case 'progress':
      case 'feedState':
        return entry;
    }
  }

  /** Feeds take turns, a quarter of the batch each, so that one busy feed cannot hold up the others. */
  #cutChanges(cut: CutBuilder): void {
    // A page of the same feed that still waits holds older states than the changes: they must not overtake it.
    const blocked = new Set(this.#lane.map(({ entry }) => entry.feedId));
    const turn = Math.max(1, cut.maxBytes / 4);
    for (let isProgressing = true; isProgressing && cut.room > 0;) {
      isProgressing = false;
      for (const feedId of this.#coalescer.pendingFeeds()) {
        if (blocked.has(feedId) || cut.room <= 0) continue;
        if (this.#take(feedId, Math.min(turn, cut.room), cut)) isProgressing = true;
      }
    }
  }

  /** Puts changes of a feed into the batch, oldest first; whether there were any that fitted. */
  #take(feedId: number, maxBytes: number, cut: CutBuilder): boolean {
    const changes = this.#coalescer.take(feedId, maxBytes, cut.roomForOne);
    for (const change of changes) {
      cut.add(change, entryBytes(change));
      this.#count(change);
    }
    return changes.length > 0;
  }

  #cutProgress(cut: CutBuilder): void {
    for (const [feedId, claimed] of this.#claimed) {
      const resourceVersion = this.#coalescer.claimable(feedId);
      if (resourceVersion === undefined || resourceVersion === claimed || this.#inSnapshot.has(feedId)) continue;
      this.#claimed.set(feedId, resourceVersion);
      const entry: Entry = { type: 'progress', feedId, resourceVersion };
      cut.add(entry, entryBytes(entry));
    }
  }

  #count(entry: Entry): void {
    const count = this.#snapshotCounts.get(entry.feedId);
    if (entry.type === 'upsert' && count !== undefined) this.#snapshotCounts.set(entry.feedId, count + 1);
  }

  #push(entry: Entry, onReceived?: () => void): void {
    this.#insert(this.#lane.length, entry, onReceived);
  }

  #insert(place: number, entry: Entry, onReceived?: () => void): void {
    const bytes = entryBytes(entry);
    this.#lane.splice(place, 0, onReceived === undefined ? { entry, bytes } : { entry, bytes, onReceived });
    this.#laneBytes += bytes;
    this.#tellSoon();
  }

  /**
   * Whoever hears that something waits may cut a batch at once. What is handed in together belongs together (the end of a feed's old
   * changes and the begin of its snapshot, for one), so it is told when whoever hands in has finished.
   */
  #tellSoon(): void {
    if (!this.#isTelling) void this.#tellLater();
  }

  async #tellLater(): Promise<void> {
    this.#isTelling = true;
    await Promise.resolve();
    this.#isTelling = false;
    if (this.pendingCount > 0) this.#options.onWaiting();
  }

  /** Drops what waits of a snapshot. Returns where in the lane it began, or the lane's end. */
  #dropSnapshot(feedId: number): number {
    const place = this.#lane.findIndex(({ entry }) => entry.feedId === feedId && isOfSnapshot(entry));
    this.#lane = this.#lane.filter(({ entry, bytes }) => {
      if (entry.feedId !== feedId || !isOfSnapshot(entry)) return true;
      this.#laneBytes -= bytes;
      return false;
    });
    return place < 0 ? this.#lane.length : place;
  }
}

/** Other states of the feed, and the abort of an earlier snapshot, stay true without it. */
function isOfSnapshot(entry: Entry): boolean {
  return entry.type === 'feedState' ? entry.state === 'SYNCED' : entry.type !== 'snapshotAbort';
}

/** A batch under construction. */
class CutBuilder implements Cut {
  readonly entries: Entry[] = [];
  readonly onReceived: (() => void)[] = [];
  readonly maxBytes: number;
  bytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get room(): number {
    return this.maxBytes - this.bytes;
  }

  /** The first entry always fits: a batch of nothing would never get it out. */
  get roomForOne(): number {
    return this.entries.length === 0 ? Infinity : this.room;
  }

  hasRoomFor(bytes: number): boolean {
    return bytes <= this.roomForOne;
  }

  add(entry: Entry, bytes: number): void {
    this.entries.push(entry);
    this.bytes += bytes;
  }
}
