import { assert } from '@castai/shared/errors.ts';
import type { Entry, FeedStateName, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { entryBytes } from '@castai/shared/wire/ingest/ingest-wire.ts';
import { type Change, Coalescer } from '../coalesce/coalescer.ts';
import { type Cut, CutBuilder } from './cut-builder.ts';
import { Lane } from './lane.ts';
import { ReadingGate } from './reading-gate.ts';

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

/** Below this share of its bound the outbox says that it has room: the low-water mark. */
const LOW_WATER = 0.5;
/** Above this share no more is read of feeds that hold a good part of it, or there would be nothing left for the others. */
const HIGH_WATER = 0.75;
/** A feed that holds less than this share of the bound is read on all the same. */
const SMALL_SHARE = 1 / 32;
/**
 * Pages of one feed that wait, in bytes: the next page is asked for while there are fewer. At 200 ms for an answer this is 30 MB/s, which is
 * what one processor reads and scrubs; waiting for receipts instead, page by page, it was 4.
 */
const PAGE_WINDOW_BYTES = 6 * 1024 * 1024;
/** Of a bound that is smaller than usual no more than this share is for the pages of one feed. */
const PAGE_WINDOW_SHARE = 0.25;
/** The share of a batch that snapshots get while changes wait: enough to get on, and little of what makes the changes late. */
const LANE_SHARE = 0.25;

/**
 * Everything that waits to be sent, and the only place that decides what a batch holds and in which order.
 *
 * Two ways lead in. Changes from running watches go through the coalescer, which keeps the newest per object. Snapshot pages and
 * feed states go through a lane that keeps their order; whoever hands in a page is told when there is room for the next one. A cut
 * takes some of the lane, then changes, then more of the lane, then the resume points that may be claimed after them. In every feed an
 * older state never follows a newer one: a change takes the place of the object on a page that still waits.
 */
export class Outbox {
  readonly #coalescer = new Coalescer();
  readonly #options: OutboxOptions;
  readonly #lane = new Lane();
  /** Feeds whose next page waits for room, and how to tell. */
  readonly #pagesAsked = new Map<number, () => void>();
  /** Resume point last claimed per feed: a progress entry is only worth its bytes when it says something new. */
  readonly #claimed = new Map<number, string>();
  /** Feeds between `begin` and `end`: upserts sent so far, which `end` has to state. */
  readonly #snapshotCounts = new Map<number, number>();
  /** Feeds with a snapshot handed in and not yet ended: no progress may be claimed for them. */
  readonly #inSnapshot = new Set<number>();
  /** Feeds that the platform has whole: it had a resume point of them, or has received the end of a snapshot. */
  readonly #whole = new Set<number>();
  readonly #gate = new ReadingGate((feedId) => this.#mayRead(feedId));
  #isTelling = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Bytes that wait: pending changes with their bookkeeping, and the lane. */
  get pendingBytes(): number {
    return this.#coalescer.pendingBytes + this.#lane.bytes;
  }

  /** Entries that wait, progress not counted. */
  get pendingCount(): number {
    return this.#coalescer.pendingCount + this.#lane.count;
  }

  /** Whether there is room for a demoted feed to come back: less than half of the bound is in use. */
  get hasRoom(): boolean {
    return this.pendingBytes < this.#options.limitBytes * LOW_WATER;
  }

  /**
   * Whether the platform has the feed whole in this session. A snapshot that was handed in may wait, or be on its way: who ends
   * the agent then has it sent again. A later snapshot takes nothing away, because the platform keeps the picture of before.
   */
  isWhole(feedId: number): boolean {
    return this.#whole.has(feedId);
  }

  /** The platform has received the end of a snapshot of the feed. */
  endReceived(feedId: number): void {
    this.#whole.add(feedId);
  }

  /** A watch starts at a position that the platform already has (`claimed`), or that a snapshot will claim at its end. */
  startFeed(feedId: number, resourceVersion: string, isClaimed: boolean): void {
    if (this.#coalescer.start(feedId, resourceVersion) > 0) this.#gate.open();
    // A feed that goes on after it was demoted is as whole as it was: the end that claimed the point may be on its way.
    if (isClaimed && this.#claimed.get(feedId) !== resourceVersion) this.#whole.add(feedId);
    if (isClaimed) this.#claimed.set(feedId, resourceVersion);
    else this.#claimed.delete(feedId);
  }

  /** Takes a change from a running watch. May demote the feed of which the most waits. */
  change(change: Change): void {
    this.#coalescer.push(change);
    this.#lane.supersede(change.feedId, change.uid);
    this.#tellSoon();
    while (this.pendingBytes > this.#options.limitBytes) {
      const feedId = this.#largest();
      if (feedId === undefined) return;
      this.#options.onDemoted(feedId, this.#demote(feedId));
    }
  }

  /** Undefined when the watch of a feed may be read on; otherwise resolves when it may, or when the signal aborts. */
  whenRoom(feedId: number, signal: AbortSignal): Promise<void> | undefined {
    return this.#gate.wait(feedId, signal);
  }

  /** The position up to which everything of a feed is out, as the platform was told; empty when it was told none. */
  resumePoint(feedId: number): string {
    return this.#claimed.get(feedId) ?? '';
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
    const last = this.#lane.lastOf(feedId);
    if (last?.entry.type === 'feedState' && (last.entry.state !== 'ABSENT' || state === 'ABSENT'))
      this.#lane.delete(last);
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

  /**
   * One page of a snapshot; `onRoom` is called when the next one may come: when less than a window of this feed's pages waits, which may be
   * before this returns. It is never called when the snapshot is given up before.
   */
  addPage(feedId: number, page: readonly Upsert[], onRoom: () => void): void {
    const isOfFeed = page.every((upsert) => upsert.feedId === feedId);
    assert(isOfFeed, 'a page holds entries of another feed');
    for (const upsert of page) this.#push(upsert);
    this.#pagesAsked.set(feedId, onRoom);
    this.#askForPages();
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
    const next = this.#lane.dropSnapshot(feedId);
    this.#gate.open();
    this.#pagesAsked.delete(feedId);
    this.#inSnapshot.delete(feedId);
    this.#snapshotCounts.delete(feedId);
    if (!isKnown) return;
    this.#lane.insert(next, { type: 'snapshotAbort', feedId, reason });
    this.#tellSoon();
  }

  /** Drops everything of a feed. Returns the number of dropped changes. A snapshot under way is aborted. */
  forgetFeed(feedId: number): number {
    this.#whole.delete(feedId);
    return this.#dropFeed(feedId);
  }

  #dropFeed(feedId: number): number {
    if (this.#inSnapshot.has(feedId)) this.abortSnapshot(feedId, 'DEMOTED');
    this.#claimed.delete(feedId);
    return this.#dropChanges(feedId);
  }

  /** Drops everything: the session is over, and the next one says where each feed goes on. */
  clear(): void {
    this.#coalescer.clear();
    this.#lane.clear();
    this.#pagesAsked.clear();
    this.#gate.open();
    this.#claimed.clear();
    this.#whole.clear();
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
    this.#cutLane(cut, this.#coalescer.pendingCount > 0 ? maxBytes * LANE_SHARE : maxBytes);
    this.#cutChanges(cut);
    this.#cutLane(cut, maxBytes);
    this.#cutProgress(cut);
    this.#askForPages();
    this.#gate.open();
    return cut;
  }

  /** One feed's snapshot that cannot go on holds up nobody else's. */
  #cutLane(cut: CutBuilder, maxBytes: number): void {
    const held = new Set<number>();
    let taken = 0;
    for (const item of this.#lane.items) {
      const { entry } = item;
      if (held.has(entry.feedId)) continue;
      // The pages leave out what the watch beside them has touched, so its changes go out before the end: an object that no entry
      // has marked by then would be swept, and be missing until its change arrives.
      if (entry.type === 'snapshotEnd' && this.#coalescer.isPending(entry.feedId)) {
        held.add(entry.feedId);
        continue;
      }
      const bytes = entryBytes(entry);
      if (bytes > cut.roomForOne || (taken > 0 && taken + bytes > maxBytes)) return;
      taken += bytes;
      this.#lane.delete(item);
      cut.add(this.#finished(entry), bytes);
    }
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
    const blocked = this.#lane.closed;
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

  #push(entry: Entry): void {
    this.#lane.push(entry);
    this.#tellSoon();
  }

  #askForPages(): void {
    const windowBytes = Math.min(PAGE_WINDOW_BYTES, this.#options.limitBytes * PAGE_WINDOW_SHARE);
    for (const [feedId, tell] of this.#pagesAsked) {
      if (this.#lane.bytesOf(feedId) >= windowBytes) continue;
      this.#pagesAsked.delete(feedId);
      tell();
    }
  }

  /** The feed of which the most waits: the one to demote when memory runs out. */
  #largest(): number | undefined {
    let largest: number | undefined;
    let most = 0;
    for (const feedId of new Set([...this.#coalescer.pendingFeeds(), ...this.#inSnapshot])) {
      const bytes = this.#bytesOf(feedId);
      if (bytes <= most) continue;
      most = bytes;
      largest = feedId;
    }
    return largest;
  }

  /** Drops the changes of a feed, which can be read again from its resume point on; a snapshot under way has none, and is aborted. */
  #demote(feedId: number): number {
    return this.#inSnapshot.has(feedId) ? this.#dropFeed(feedId) : this.#dropChanges(feedId);
  }

  #dropChanges(feedId: number): number {
    const count = this.#coalescer.forget(feedId);
    this.#gate.open();
    return count;
  }

  /**
   * What a feed may not be read for: that it holds a good part of the bound, of which little is left; or that the end of its snapshot waits
   * for changes, to which more would come without end.
   */
  #mayRead(feedId: number): boolean {
    const { limitBytes } = this.#options;
    if (this.#bytesOf(feedId) < limitBytes * SMALL_SHARE) return true;
    const isEndHeld = this.#lane.isEnding(feedId) && this.#coalescer.isPending(feedId);
    return !isEndHeld && this.pendingBytes < limitBytes * HIGH_WATER;
  }

  #bytesOf(feedId: number): number {
    return this.#coalescer.bytesOf(feedId) + this.#lane.bytesOf(feedId);
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
}
