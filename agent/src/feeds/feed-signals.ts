/**
 * The words of the machine that decides whether a feed runs: where the feed is, what happens to it, and what it wants done.
 * `feed-state.ts` is the machine, `supervised-feed.ts` does what it wants.
 */
import type { Availability } from './availability.ts';

/** What is known of a feed: `unknown` while its API does not answer. */
export type FeedAvailability = 'served' | 'forbidden' | 'absent' | 'unknown';

/** Whether the API server has been asked if the feed may be read: an access review. */
export type Review =
  /** Asked at the first tick from `atMs` on, in the clock's monotonic milliseconds. */
  | { readonly is: 'due'; readonly atMs: number }
  /** Under way. */
  | { readonly is: 'asked' };

/** Where a feed is. `resumePoint`: where its next start goes on; empty: with a snapshot. */
export type FeedPlace =
  /** Discovery has not found it, and has not missed it often enough to be believed. */
  | { readonly is: 'unknown'; readonly resumePoint: string }
  /** The cluster does not serve it. */
  | { readonly is: 'absent' }
  /** Served. It starts once a review allows it; between two sessions it waits here. */
  | { readonly is: 'offered'; readonly resumePoint: string; readonly review: Review }
  /** Allowed: its watcher works. */
  | { readonly is: 'running' }
  /** Its watcher met a 403 and waits with its position. No review has said so yet. */
  | { readonly is: 'barred'; readonly review: Review }
  /** A review refuses it. `resumePoint` is undefined where a watcher waits, which knows where to go on. */
  | { readonly is: 'forbidden'; readonly resumePoint: string | undefined; readonly review: Review }
  /** The platform took nothing of it: after a pause it is reviewed, and snapshotted. */
  | { readonly is: 'refused'; readonly review: Review };

/** A feed, from the start of the process to its end. Times are the clock's monotonic milliseconds. */
export interface FeedState {
  readonly place: FeedPlace;
  /** The version that is offered and read: the first one that was found, or the preferred one. */
  readonly version: string;
  readonly inSession: boolean;
  /** How often in a row discovery did not have it. */
  readonly misses: number;
  /** Until the next review, should the coming one refuse it. */
  readonly reviewDelayMs: number;
  /** When the platform's last wish for a snapshot was carried out. */
  readonly resyncedAtMs: number;
  /** When the last round of snapshots began that a rewound history made necessary. */
  readonly rewoundAtMs: number;
}

/** What happens to a feed. */
export type FeedInput =
  /** What a look at discovery says of it. */
  | { readonly type: 'looked'; readonly found: Availability }
  /** Time to look what is due: after every look at discovery, and when a session has begun. */
  | { readonly type: 'tick'; readonly nowMs: number }
  | { readonly type: 'reviewed'; readonly mayRead: boolean; readonly nowMs: number }
  /** The review could not be asked. */
  | { readonly type: 'reviewFailed'; readonly nowMs: number }
  /** A session has begun. `resumePoint`: what the platform has of the feed; empty: nothing. */
  | { readonly type: 'session'; readonly resumePoint: string }
  | { readonly type: 'sessionOver' }
  /** The platform takes nothing of it; `reason` is what it says of it. */
  | { readonly type: 'refused'; readonly reason: string; readonly nowMs: number }
  /** The outbox dropped what was pending for it. */
  | { readonly type: 'demoted' }
  /** The platform wants it as a snapshot again. */
  | { readonly type: 'resync'; readonly nowMs: number }
  /** The wait before that snapshot is over. */
  | { readonly type: 'resyncDue'; readonly nowMs: number }
  /** The watcher met a 403. */
  | { readonly type: 'saidForbidden' }
  /** The watcher met a 404 or a 405. */
  | { readonly type: 'saidNotFound' }
  /** The watcher found the API server's history rewound. */
  | { readonly type: 'foundRewound'; readonly nowMs: number }
  /** The watcher of some feed did. */
  | { readonly type: 'rewound'; readonly nowMs: number };

/** What has to be done, in order. */
export type FeedCommand =
  /** Make a watcher that goes on from there, in the version of the state. */
  | { readonly type: 'start'; readonly resumePoint: string }
  /** End the watcher, if there is one, and forget a wish that waits. */
  | { readonly type: 'stop' }
  /** Tell the watcher. */
  | { readonly type: 'tell'; readonly what: 'allowed' | 'demoted' | 'resync' }
  /** Drop what waits of the feed. */
  | { readonly type: 'forget' }
  /** Ask the API server whether it may be read. */
  | { readonly type: 'review' }
  | { readonly type: 'report'; readonly state: 'ABSENT' | 'FORBIDDEN'; readonly reason: string }
  /** Say `resyncDue` after it; a wish that waits already is replaced. */
  | { readonly type: 'waitToResync'; readonly delayMs: number }
  /** There is a reason to look at discovery before its time. */
  | { readonly type: 'lookSoon' }
  /** The feed has another version than the session offered. */
  | { readonly type: 'offerChanged' }
  /** Say `rewound` to all feeds. This one has noted it already. */
  | { readonly type: 'warnAll' }
  /** What observers are told. */
  | { readonly type: 'tellAvailability'; readonly availability: FeedAvailability }
  | { readonly type: 'tellSetAside'; readonly reason: string };

/** A step: where the feed is now, and what to do. */
export interface FeedStep {
  readonly state: FeedState;
  readonly commands: readonly FeedCommand[];
}
