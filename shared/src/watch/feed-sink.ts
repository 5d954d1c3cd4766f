/**
 * The one way out of the watch engine. A sink is whatever wants to know what a cluster holds: it sends it on, or keeps a view of it.
 *
 * How a feed goes, call by call:
 *
 *     resumed      start(isResumed) ── change, advance … ──▶
 *     snapshotted  start ─ begin ─ page, page … ─ end ── change, advance … ──▶
 *                                   └── change, advance (of a watch beside the list) ──┘
 *     at any time  abort (between begin and end), begin (the next snapshot), report
 *
 * The engine promises, for each feed by itself:
 * - In the order of calls an older state of an object never follows a newer one. A sink that keeps this order needs no comparison.
 * - `start` comes before the first change or page, and again whenever counting begins anew: what came before it is void, as far as
 *   the sink has not passed it on. Positions only move forward from there.
 * - After `begin` everything that exists is told once more, by a page or by a change, before `end`. So what was not told again by
 *   then is gone. After `abort`, or without an `end`, nothing is known to be gone.
 * - A page is handed over when `onRoom` was called for the one before. Meanwhile one more is read, and no further. A list that its
 *   server does not cut into pages is handed over in pages all the same, and read no further meanwhile.
 * - A feed that is stopped says nothing more, not even `abort`.
 *
 * The sink promises:
 * - `onRoom` is called once, when there is memory for the next page: it is what lets the engine go on reading. It may be called before
 *   `page` returns, and it may come late: that of a snapshot which was given up is ignored.
 * - Its calls are quick and do not throw: `change` is called in the loop that reads from the API server.
 * - When it has to drop what it holds of a feed (no room), it says so to the feed's watcher with `demoted`, also from within a call:
 *   the feed is watched again from its `resumePoint`, which begins with a `start` like any other, or snapshotted where there is none.
 */
import type { FeedReport } from './feed-report.ts';
import type { KubeItem } from '../kube/kube-item.ts';
import type { RestartReason } from './watcher-signals.ts';

/** Takes the objects of feeds, as `Kept`: what each feed's `keep` has made of them. `feedId` is that of `WatchedFeed`. */
export interface FeedSink<Kept> {
  /**
   * Changes are counted from this position on, a resourceVersion; empty for a feed without any. `isResumed`: it is the resume point that the
   * watcher was started with, so whoever gave that has everything up to it; otherwise a snapshot of this position is under way.
   */
  start(feedId: number, position: string, isResumed: boolean): void;
  /** A snapshot begins. One that was under way is void. */
  begin(feedId: number): void;
  /** A page of it; may be empty. */
  page(feedId: number, kept: readonly Kept[], onRoom: () => void): void;
  /** All pages were handed over: the snapshot is complete. */
  end(feedId: number): void;
  /** The snapshot is void. */
  abort(feedId: number, reason: RestartReason): void;
  /**
   * An object came, changed or went; the position moves to its resourceVersion. `kept` is undefined when it is gone, or when nothing
   * of it is kept any more.
   */
  change(feedId: number, item: KubeItem, kept: Kept | undefined): void;
  /** The position moved without a change. */
  advance(feedId: number, position: string): void;
  /** What the feed is at, in order with its snapshots: `SYNCED` follows the `end` that it is about. */
  report(feedId: number, state: FeedReport, reason: string): void;
  /**
   * Asked before a watch is opened, and after each change. Undefined: it may be; otherwise resolves when there is room, or when the signal aborts. Meanwhile the
   * API server keeps what comes, as long as its history goes. Left out: there is always room.
   */
  whenRoom?(feedId: number, signal: AbortSignal): Promise<void> | undefined;
  /**
   * Asked before a feed is listed again whose last snapshot was told to its `end`. Undefined: that is where it belongs; otherwise resolves when it
   * is, when it is void, or when the signal aborts. Left out: it always is.
   */
  whenEnded?(feedId: number, signal: AbortSignal): Promise<void> | undefined;
  /** The position up to which everything of a feed is where it belongs, outside of a snapshot; empty where there is none. Left out: none. */
  resumePoint?(feedId: number): string;
}
