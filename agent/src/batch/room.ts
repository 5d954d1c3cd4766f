import { ReadingGate } from './reading-gate.ts';

/** What waits, as far as it decides who may bring more. */
export interface RoomOptions {
  /** Bound on all that waits, in bytes. */
  readonly limitBytes: number;
  /** Bytes of all that waits. */
  readonly bytes: () => number;
  /** Bytes of what waits of a feed. */
  readonly bytesOf: (feedId: number) => number;
  /** Of that the bytes of pages. */
  readonly pageBytesOf: (feedId: number) => number;
  /** Bytes of the pages of all feeds. */
  readonly pageBytes: () => number;
  /** Objects of the pages of a feed that wait. */
  readonly pageCountOf: (feedId: number) => number;
  /** Objects of the pages of all feeds. */
  readonly pageCount: () => number;
  /** Whether the end of a feed's snapshot waits for changes. */
  readonly isEndHeld: (feedId: number) => boolean;
}

/** Below this share of the bound there is room for more snapshots: the low-water mark. */
const LOW_WATER = 0.5;
/** Above this share no more is read of feeds that hold a good part of it, or there would be nothing left for the others. */
const HIGH_WATER = 0.75;
/** A feed that holds less than this share of the bound is read on all the same. */
const SMALL_SHARE = 1 / 32;
/**
 * Pages that wait, in bytes: the next page of any feed is asked for while there are fewer. What waits while a batch is on its way fills the
 * next one, so this and the bound on a batch's snapshots decide how much 200 ms for an answer cost. A feed that lists alone has all of it.
 */
const PAGE_WINDOW_BYTES = 6 * 1024 * 1024;
/** Of one feed so many may always wait, or the other that lists would keep it out. */
const FEED_WINDOW_BYTES = 2 * 1024 * 1024;
/**
 * In these windows an object counts as so many bytes at least. Each takes some 500 of V8's heap whatever it holds, as much again while the
 * batch before is packed, and lives long enough to make old garbage: ten thousand of the smallest kind (PodMetrics) were the peak of the whole program.
 */
const LEAST_OBJECT_BYTES = 1536;
/** Of a bound that is smaller than usual no more than these shares are for pages. */
const PAGE_WINDOW_SHARE = 0.25;
const FEED_WINDOW_SHARE = 0.125;

/** Who may bring more while things wait to be sent: snapshots, the next page of one, and watches. */
export class Room {
  readonly #options: RoomOptions;
  readonly #gate = new ReadingGate((feedId) => this.#mayRead(feedId));
  /** Feeds whose next page waits for room, and how to tell. */
  readonly #pagesAsked = new Map<number, () => void>();

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /** Whether a snapshot may begin. */
  get isThere(): boolean {
    return this.#options.bytes() < this.#options.limitBytes * LOW_WATER;
  }

  /** More waits than may. */
  get isOver(): boolean {
    return this.#options.bytes() > this.#options.limitBytes;
  }

  /** Of these the feed of which the most waits: the one to demote when memory runs out. Undefined: nothing waits of any. */
  largestOf(feedIds: Iterable<number>): number | undefined {
    let largest: number | undefined;
    let most = 0;
    for (const feedId of new Set(feedIds)) {
      const bytes = this.#options.bytesOf(feedId);
      if (bytes <= most) continue;
      most = bytes;
      largest = feedId;
    }
    return largest;
  }

  /** Undefined when the watch of a feed may be read on; otherwise resolves when it may, or when the signal aborts. */
  forWatch(feedId: number, signal: AbortSignal): Promise<void> | undefined {
    return this.#gate.wait(feedId, signal);
  }

  /** Calls `onRoom` once the next page of a feed may come, which may be before this returns. */
  forPage(feedId: number, onRoom: () => void): void {
    this.#pagesAsked.set(feedId, onRoom);
    this.#askForPages();
  }

  /** The snapshot of a feed is given up: no page is asked for. */
  forgetPage(feedId: number): void {
    this.#pagesAsked.delete(feedId);
  }

  /** Something has left. */
  freed(): void {
    this.#askForPages();
    this.#gate.open();
  }

  /** Nothing waits any more, and no snapshot goes on. */
  clear(): void {
    this.#pagesAsked.clear();
    this.#gate.open();
  }

  #askForPages(): void {
    const { limitBytes, pageBytesOf, pageBytes, pageCountOf, pageCount } = this.#options;
    const windowBytes = Math.min(PAGE_WINDOW_BYTES, limitBytes * PAGE_WINDOW_SHARE);
    const ofFeedBytes = Math.min(FEED_WINDOW_BYTES, limitBytes * FEED_WINDOW_SHARE);
    for (const [feedId, tell] of this.#pagesAsked) {
      const waiting = Math.max(pageBytes(), pageCount() * LEAST_OBJECT_BYTES);
      const ofFeed = Math.max(pageBytesOf(feedId), pageCountOf(feedId) * LEAST_OBJECT_BYTES);
      if (waiting >= windowBytes && ofFeed >= ofFeedBytes) continue;
      this.#pagesAsked.delete(feedId);
      tell();
    }
  }

  /**
   * What a feed may not be read for: that it holds a good part of the bound, of which little is left; or that the end of its snapshot waits
   * for changes, to which more would come without end.
   */
  #mayRead(feedId: number): boolean {
    const { limitBytes, bytes, bytesOf, isEndHeld } = this.#options;
    if (bytesOf(feedId) < limitBytes * SMALL_SHARE) return true;
    return !isEndHeld(feedId) && bytes() < limitBytes * HIGH_WATER;
  }
}
