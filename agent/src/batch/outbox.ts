import { assert } from '@castai/shared/errors.ts';
import type { Entry, FeedStateName, Offer, OfferTerms, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { type Change, Coalescer } from '../coalesce/coalescer.ts';
import { Claims } from './claims.ts';
import { cutBatch } from './cut-batch.ts';
import type { Cut } from './cut-builder.ts';
import { EndsAwaited } from './ends-awaited.ts';
import { Lane } from './lane.ts';
import { OfferBook } from './offer-book.ts';
import { Room } from './room.ts';
import { TellSoon } from './tell-soon.ts';

/** What the outbox needs to know and whom it tells. */
export interface OutboxOptions {
  /** Bound on the bytes of all that waits; over it feeds are demoted, largest first. */
  readonly limitBytes: number;
  /** Takes secrets out of what a server said, before it is told to the platform. */
  readonly redact?: (text: string) => string;
  /** A feed lost what waited of it to the bound: it has to be read again, from `resumePoint` if there is one. */
  readonly onDemoted: (feedId: number, droppedCount: number) => void;
  /** Something waits that did not wait before. Told when whoever hands in has finished, never in the middle. */
  readonly onWaiting: () => void;
  /**
   * A snapshot begins of which objects may be offered. Its pages wait until one of `confirmOffers`, `declineOffers` and `distrustOffers` says whether the
   * API server still has the version of Kubernetes that the platform was told. Left out: nothing is offered.
   */
  readonly onMayOffer?: (feedId: number) => void;
}

/**
 * Everything that waits to be sent, and the only place that decides what a batch holds and in which order.
 *
 * Two ways lead in. Changes from running watches go through the coalescer, which keeps the newest per object. Snapshot pages and
 * feed states go through a lane that keeps their order; whoever hands in a page is told when there is room for the next one. A cut
 * takes what the platform wants of what it was offered, some of the lane, then changes, then more of the lane, then the resume points that may be claimed after them. In every feed an
 * older state never follows a newer one: a change takes the place of the object on a page that still waits.
 */
export class Outbox {
  readonly #coalescer = new Coalescer();
  readonly #options: OutboxOptions;
  readonly #lane = new Lane();
  readonly #claims = new Claims();
  readonly #offers = new OfferBook();
  readonly #ends = new EndsAwaited();
  readonly #room: Room;
  readonly #waiting: TellSoon;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#waiting = new TellSoon(() => {
      if (this.pendingCount > 0) options.onWaiting();
    });
    this.#room = new Room({
      limitBytes: options.limitBytes,
      bytes: () => this.pendingBytes,
      bytesOf: (feedId) => this.#bytesOf(feedId),
      pageBytesOf: (feedId) => this.#lane.bytesOf(feedId) + this.#offers.bytesOf(feedId),
      pageBytes: () => this.#lane.bytes + this.#offers.bytes,
      pageCountOf: (feedId) => this.#lane.objectsOf(feedId) + this.#offers.objectsOf(feedId),
      pageCount: () => this.#lane.count + this.#offers.objects,
      isEndHeld: (feedId) => this.#lane.isEnding(feedId) && this.#coalescer.isPending(feedId),
    });
  }

  /** Bytes that wait: pending changes with their bookkeeping, the lane, and what is offered until it is answered. */
  get pendingBytes(): number {
    return this.#coalescer.pendingBytes + this.#lane.bytes + this.#offers.bytes;
  }

  /** Entries that wait, progress not counted. */
  get pendingCount(): number {
    return this.#coalescer.pendingCount + this.#lane.count + this.#offers.wantedCount;
  }

  /** Whether there is room for a demoted feed to come back: less than half of the bound is in use. */
  get hasRoom(): boolean {
    return this.#room.isThere;
  }

  /**
   * Whether the platform has the feed whole in this session. A snapshot that was handed in may wait, or be on its way: who ends
   * the agent then has it sent again. A later snapshot takes nothing away, because the platform keeps the picture of before.
   */
  isWhole(feedId: number): boolean {
    return this.#claims.isWhole(feedId);
  }

  /** The platform has received the end of a snapshot of the feed. */
  endReceived(feedId: number): void {
    this.#claims.endReceived(feedId);
    this.#offers.endReceived(feedId);
    // The end of a snapshot that another one has superseded meanwhile says nothing of that one.
    if (!this.#claims.inSnapshot.has(feedId)) this.#ends.over(feedId);
  }

  /** Undefined when the platform has the end of a feed's last snapshot; otherwise resolves when it has, when that is void, or when the signal aborts. */
  whenEnded(feedId: number, signal: AbortSignal): Promise<void> | undefined {
    return this.#ends.wait(feedId, signal);
  }

  /** A session begins; undefined: its platform takes no offers. */
  adoptOffers(terms: OfferTerms | undefined): void {
    this.#offers.adopt(terms);
  }

  /** The API server has the version of Kubernetes that the platform was told; it was asked after the snapshot of the feed began. */
  confirmOffers(feedId: number): void {
    this.#offers.confirm(feedId);
    this.#waiting.tell();
  }

  /** Nobody knows which version of Kubernetes the API server has: the snapshot of the feed is sent as it is. */
  declineOffers(feedId: number): void {
    this.#offers.stop(feedId);
    this.#waiting.tell();
  }

  /** What the platform holds of a feed may be of another history of the API server: its next snapshot brings all of it, and begins afresh. */
  distrustOffers(feedId: number): void {
    this.#offers.distrust(feedId);
    this.#waiting.tell();
  }

  /**
   * The platform has answered a batch with offers; `wanted` are places in it. Gives the objects that it has, which are not needed any more.
   * What it wants is sent before the end, unless something newer goes out.
   */
  offersAnswered(entries: readonly Entry[], wanted: readonly number[]): readonly Upsert[] {
    const isWanted = new Set(wanted);
    return this.#settle(
      entries.flatMap((entry, index) => (entry.type === 'offer' ? [[entry, isWanted.has(index)] as const] : [])),
    );
  }

  /** Offers will not reach the platform, which refuses them or the batch that they are in: objects go in their place, also for the rest of the snapshot. */
  withdrawOffers(offers: readonly Offer[]): void {
    for (const { feedId } of offers) this.#offers.stop(feedId);
    this.#settle(offers.map((offer) => [offer, true] as const));
  }

  #settle(answers: readonly (readonly [Offer, boolean])[]): readonly Upsert[] {
    const { uncounted, held } = this.#offers.answered(answers);
    for (const offer of uncounted) this.#claims.dropped(offer);
    if (answers.length > 0) this.#room.freed();
    // What is wanted, or an end that waited for the answer.
    this.#waiting.tell();
    return held;
  }

  /** A watch starts at a position that the platform already has (`claimed`), or that a snapshot will claim at its end. */
  startFeed(feedId: number, resourceVersion: string, isClaimed: boolean): void {
    // What a snapshot of another history would be told by.
    if (!isClaimed) this.#offers.listed(feedId, resourceVersion, this.#coalescer.claimable(feedId));
    if (this.#coalescer.start(feedId, resourceVersion) > 0) this.#room.freed();
    this.#claims.start(feedId, resourceVersion, isClaimed);
  }

  /** Takes a change from a running watch. May demote the feed of which the most waits. */
  change(change: Change): void {
    this.#coalescer.push(change);
    this.#lane.supersede(change.feedId, change.uid);
    this.#offers.supersede(change.feedId, change.uid);
    this.#waiting.tell();
    while (this.#room.isOver) {
      const feedId = this.#room.largestOf([...this.#coalescer.pendingFeeds(), ...this.#claims.inSnapshot]);
      if (feedId === undefined) return;
      this.#options.onDemoted(feedId, this.#demote(feedId));
    }
  }

  /** Undefined when the watch of a feed may be read on; otherwise resolves when it may, or when the signal aborts. */
  whenRoom(feedId: number, signal: AbortSignal): Promise<void> | undefined {
    return this.#room.forWatch(feedId, signal);
  }

  /** The position up to which everything of a feed is out, as the platform was told; empty when it was told none. */
  resumePoint(feedId: number): string {
    return this.#claims.of(feedId);
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
    if (last?.type === 'feedState' && (last.state !== 'ABSENT' || state === 'ABSENT')) this.#lane.delete(last);
    this.#push({ type: 'feedState', feedId, state, reason: this.#options.redact?.(reason) ?? reason });
  }

  /**
   * A snapshot of a feed begins. What still waits of the one before is void: its end would claim the position of the new one,
   * whose objects are not sent yet.
   */
  beginSnapshot(feedId: number): void {
    if (this.#claims.inSnapshot.has(feedId)) this.abortSnapshot(feedId, 'SUPERSEDED');
    this.#claims.begin(feedId);
    this.#ends.begin(feedId);
    const way = this.#offers.begin(feedId);
    this.#push({ type: 'snapshotBegin', feedId, ...(way === 'afresh' ? { afresh: true as const } : {}) });
    if (way !== 'offering') return;
    if (this.#options.onMayOffer === undefined) this.#offers.stop(feedId);
    else this.#options.onMayOffer(feedId);
  }

  /**
   * One page of a snapshot; `onRoom` is called when the next one may come: when less than a window of this feed's pages waits, which may be
   * before this returns. It is never called when the snapshot is given up before.
   */
  addPage(feedId: number, page: readonly Upsert[], onRoom: () => void): void {
    const isOfFeed = page.every((upsert) => upsert.feedId === feedId);
    assert(isOfFeed, 'a page holds entries of another feed');
    for (const upsert of page) {
      this.#offers.supersede(feedId, upsert.uid);
      this.#push(upsert);
    }
    this.#room.forPage(feedId, onRoom);
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
    const isKnown = this.#claims.abort(feedId);
    this.#ends.over(feedId);
    this.#offers.forget(feedId);
    const next = this.#lane.dropSnapshot(feedId);
    this.#room.forgetPage(feedId);
    this.#room.freed();
    if (!isKnown) return;
    this.#lane.insert(next, { type: 'snapshotAbort', feedId, reason });
    this.#waiting.tell();
  }

  /** Drops everything of a feed. Returns the number of dropped changes. A snapshot under way is aborted. */
  forgetFeed(feedId: number): number {
    this.#claims.forgetWhole(feedId);
    return this.#dropFeed(feedId);
  }

  #dropFeed(feedId: number): number {
    if (this.#claims.inSnapshot.has(feedId)) this.abortSnapshot(feedId, 'DEMOTED');
    this.#claims.forget(feedId);
    return this.#dropChanges(feedId);
  }

  /** Drops everything: the session is over, and the next one says where each feed goes on. */
  clear(): void {
    this.#coalescer.clear();
    this.#lane.clear();
    this.#room.clear();
    this.#claims.clear();
    this.#offers.clear();
    this.#ends.clear();
  }

  /** An upsert was cut but will never reach the platform (too large, refused): a snapshot under way must not count it. */
  dropped(entry: Entry): void {
    this.#claims.dropped(entry);
  }

  /** Takes the next batch: up to about `maxBytes`, but at least one entry if any waits. Empty entries: a heartbeat. */
  cut(maxBytes: number): Cut {
    const sources = { lane: this.#lane, coalescer: this.#coalescer, claims: this.#claims, offers: this.#offers };
    const cut = cutBatch(sources, maxBytes);
    this.#room.freed();
    return cut;
  }

  #push(entry: Entry): void {
    this.#lane.push(entry);
    this.#waiting.tell();
  }

  /** Drops the changes of a feed, which can be read again from its resume point on; a snapshot under way has none, and is aborted. */
  #demote(feedId: number): number {
    return this.#claims.inSnapshot.has(feedId) ? this.#dropFeed(feedId) : this.#dropChanges(feedId);
  }

  #dropChanges(feedId: number): number {
    const count = this.#coalescer.forget(feedId);
    this.#room.freed();
    return count;
  }

  #bytesOf(feedId: number): number {
    return this.#coalescer.bytesOf(feedId) + this.#lane.bytesOf(feedId) + this.#offers.bytesOf(feedId);
  }
}
