/**
 * The words of a feed's list+watch machine: where it is, what happens to it, and what it wants done. `watcher-state.ts` is the
 * machine, `watcher.ts` does what it wants.
 */
import type { KubeErrorCode } from '../kube/kube-error.ts';
import type { FeedReport } from './feed-report.ts';

/** What is fixed for a feed. */
export interface FeedTraits {
  /** `poll`: listed again and again, for resources that cannot be watched. */
  readonly mode: 'watch' | 'poll';
  /** Whether the server sends bookmarks for it; `events` get none. */
  readonly hasBookmarks: boolean;
}

/** Why a request is made again; also a metric label. */
export type RestartReason = KubeErrorCode | 'ENDED' | 'SILENT_END' | 'REWOUND' | 'DEMOTED' | 'RESYNC';

/** How the watch beside or after a snapshot stands. `failures` and `silentEnds` count in a row. */
export type WatchProgress =
  | { readonly is: 'off' }
  | { readonly is: 'open'; readonly silentEnds: number; readonly failures: number; readonly hasSpoken: boolean }
  | { readonly is: 'pausing'; readonly silentEnds: number; readonly failures: number; readonly probeFirst: boolean }
  /** Asking for the newest resourceVersion, to tell whether history was rewound. */
  | { readonly is: 'probing'; readonly silentEnds: number; readonly failures: number }
  /** What changed since the position cannot be watched any more. The list beside it goes on, and its feed is listed again after it. */
  | { readonly is: 'lost'; readonly reason: RestartReason };

/**
 * How the pages of a snapshot stand; a page that is longer than it should be comes in slices, each handed over like a page.
 * `isPreviousOut`: the one before was handed over and is not received yet. `failures` of this page count in a row.
 */
export type ListProgress =
  | { readonly is: 'reading'; readonly token: string; readonly isPreviousOut: boolean; readonly failures: number }
  /** The request for this page failed and is repeated after a wait. */
  | { readonly is: 'pausing'; readonly token: string; readonly isPreviousOut: boolean; readonly failures: number }
  /**
   * Read; handed over once the one before was received and the watch has brought what changed on it. `goesOn`: it is a slice, and its
   * page goes on. `newest`: the newest resourceVersion of its objects. `token`: of the page that is read next; its own while it goes
   * on. `isTimed`: it waits for the watch, and not for ever.
   */
  | {
      readonly is: 'held';
      readonly version: string;
      readonly newest: string;
      readonly token: string;
      readonly goesOn: boolean;
      readonly failures: number;
      readonly isPreviousOut: boolean;
      readonly isTimed: boolean;
    };

/** A snapshot under way. */
export interface Listing {
  readonly phase: 'listing';
  readonly list: ListProgress;
  /** Version of the pages of this list, empty for virtual objects; undefined before the first page. */
  readonly listVersion: string | undefined;
  /** Where the watch beside the list stands; empty before the first page. */
  readonly position: string;
  /** Some of the pages are of a newer version than the first one, because a continue token was renewed. */
  readonly isRenewed: boolean;
  readonly watch: WatchProgress;
}

/** The snapshot is complete, or there was a resume point: changes follow. */
export interface Live {
  readonly phase: 'live';
  readonly position: string;
  /** Where the feed went on when it was last demoted, if it was. */
  readonly demotedAt?: string;
  readonly watch: WatchProgress;
}

/** Where a feed is. */
export type WatcherState =
  | { readonly phase: 'stopped' }
  /** Wants a snapshot and waits for its turn. */
  | { readonly phase: 'queued' }
  /**
   * Waits before it queues for a snapshot again: after a failure, or between two lists of a polled feed. The wait begins when the sink has no
   * more of the snapshot before.
   */
  | { readonly phase: 'pausing' }
  | Listing
  | Live
  /** No permission. `position` is where to go on if it is given back; empty: with a snapshot. */
  | { readonly phase: 'forbidden'; readonly position: string };

/** A failed request: what the server said and how long it wants us to stay away. */
export interface Failure {
  readonly code: KubeErrorCode;
  readonly retryAfterMs: number;
}

/** What happens to a feed. */
export type WatcherInput =
  /** Begin, at the resume point of whoever takes the objects; empty when there is none. */
  | { readonly type: 'start'; readonly resumePoint: string }
  | { readonly type: 'stop' }
  /** The feed may snapshot now. */
  | { readonly type: 'turn' }
  /** As `pageRead`, but more of the page follows: it is read no further until `readOn`. */
  | { readonly type: 'sliceRead'; readonly version: string; readonly newest: string }
  /**
   * A page was read whole, or its last slice. `newest`: the newest resourceVersion of its objects, empty when they have none. `token`: of
   * the next page, empty on the last.
   */
  | { readonly type: 'pageRead'; readonly version: string; readonly newest: string; readonly token: string }
  | { readonly type: 'pageReceived' }
  | ({ readonly type: 'listFailed'; readonly renewedToken: string } & Failure)
  /** Changes or a bookmark moved the position. */
  | { readonly type: 'moved'; readonly position: string }
  /** The stream ended in good order; `isBrief` within two seconds of its start. */
  | { readonly type: 'watchEnded'; readonly isBrief: boolean }
  | ({ readonly type: 'watchFailed' } & Failure)
  | { readonly type: 'probed'; readonly newest: string }
  | ({ readonly type: 'probeFailed' } & Failure)
  | { readonly type: 'listTimer' }
  | { readonly type: 'watchTimer' }
  /** A page was held as long as it may be. */
  | { readonly type: 'holdTimer' }
  /** The end of the snapshot before is where it belongs: the next one voids nothing of it. */
  | { readonly type: 'settled'; readonly retryAfterMs: number }
  /** The sink dropped what it held of the feed. `resumePoint`: up to where it has everything, which the watcher asks it for. */
  | { readonly type: 'demoted'; readonly resumePoint?: string }
  | { readonly type: 'resync' }
  /** An access review says that the feed may be read again. */
  | { readonly type: 'allowed' };

/** What has to be done, in order. */
export type WatcherCommand =
  /** End every request and timer of the feed and leave the queue. */
  | { readonly type: 'halt' }
  | { readonly type: 'queue' }
  | { readonly type: 'leaveQueue' }
  | { readonly type: 'readPage'; readonly token: string }
  /** Read the next slice of the page. */
  | { readonly type: 'readOn' }
  | { readonly type: 'begin' }
  /** Changes are counted from this position on. `isResumed`: it is the one that the watcher was started with. */
  | { readonly type: 'startFeed'; readonly position: string; readonly isResumed: boolean }
  /** The page that was read last waits for the watch from now on; after a while `holdTimer` tells. */
  | { readonly type: 'limitHold' }
  | { readonly type: 'deliverPage' }
  | { readonly type: 'end' }
  | { readonly type: 'abort'; readonly reason: RestartReason }
  | { readonly type: 'probe' }
  | { readonly type: 'openWatch'; readonly position: string }
  /** End the watch, its probe and its timer; the list goes on. */
  | { readonly type: 'endWatch' }
  /** Ask the sink for the end of the snapshot before; `settled` tells, perhaps at once. */
  | { readonly type: 'settle'; readonly retryAfterMs: number }
  | {
      readonly type: 'wait';
      readonly activity: 'list' | 'watch';
      readonly pace: 'brief' | 'backoff' | 'poll';
      readonly retryAfterMs: number;
    }
  | { readonly type: 'restarted'; readonly reason: RestartReason }
  | { readonly type: 'report'; readonly state: FeedReport; readonly reason: string }
  /** The server says that the resource is not there: ask discovery. */
  | { readonly type: 'rediscover' };

/** A step: where the feed is now, and what to do. */
export interface WatcherStep {
  readonly state: WatcherState;
  readonly commands: readonly WatcherCommand[];
}
