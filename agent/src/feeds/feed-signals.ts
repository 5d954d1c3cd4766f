/**
 * The words of the machine that decides whether a feed runs: where the feed is, what happens to it, and what it wants done.
 * `feed-state.ts` is the machine, `supervised-feed.ts` does what it wants.
 */
import type { CollectionAnswer } from './ask-collection.ts';
import type { Availability } from './availability.ts';
import type { Doubt, Question } from './feed-doubt.ts';

/** What is known of a feed: `unknown` while its API does not answer, `unsupported` in versions that this agent cannot read. */
export type FeedAvailability = 'served' | 'forbidden' | 'absent' | 'unsupported' | 'unknown';

/** What an access review says. `unsaid`: reviews are refused to us, so that only the list itself can tell. */
export type ReviewAnswer = 'allowed' | 'denied' | 'unsaid';

/** Where a feed is. `resumePoint`: where its next start goes on; empty: with a snapshot. */
export type FeedPlace =
  /** Nobody has said yet that it is there, or that it is not. */
  | { readonly is: 'unknown'; readonly resumePoint: string }
  /** The cluster does not serve it: its collection said so itself. */
  | { readonly is: 'absent' }
  /** Served, and not in a way that this agent can read: what the platform has stays. */
  | {
      readonly is: 'unsupported';
      readonly resumePoint: string;
      readonly versions: readonly string[];
      readonly reason: string;
    }
  /** Served. It starts once a review allows it; between two sessions it waits here. */
  | { readonly is: 'offered'; readonly resumePoint: string; readonly review: Question }
  /** Allowed: its watcher works. */
  | { readonly is: 'running' }
  /** Its watcher met a 403 and waits with its position. No review has said so yet. */
  | { readonly is: 'barred'; readonly review: Question }
  /** A review refuses it. `resumePoint` is undefined where a watcher waits, which knows where to go on. */
  | { readonly is: 'forbidden'; readonly resumePoint: string | undefined; readonly review: Question }
  /** The platform took nothing of it: after a pause it is reviewed, and snapshotted. */
  | { readonly is: 'refused'; readonly review: Question };

/** A feed, from the start of the process to its end. Times are the clock's monotonic milliseconds. */
export interface FeedState {
  readonly place: FeedPlace;
  /** Those that the agent knows, preferred first. */
  readonly known: readonly string[];
  /** The version that is offered and read: the preferred one of those that were found first. It stays until it is served no more. */
  readonly version: string;
  readonly inSession: boolean;
  /** What discovery says against it, until that is settled. */
  readonly doubt: Doubt | undefined;
  /** Until then its collection, or its open watch, speaks against a look at discovery that misses it. */
  readonly vouchedUntilMs: number;
  /** When a review last had nothing against it; a session that begins within minutes does without another one. */
  readonly reviewedAtMs: number;
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
  | { readonly type: 'reviewed'; readonly answer: ReviewAnswer; readonly nowMs: number }
  /** The review could not be asked. */
  | { readonly type: 'reviewFailed'; readonly nowMs: number }
  /** What the collection said when it was asked; `isWatched`: a watch of the feed was open and well by then. */
  | {
      readonly type: 'answered';
      readonly answer: CollectionAnswer;
      readonly isWatched: boolean;
      readonly nowMs: number;
    }
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
  /** Ask its collection in these versions, one after the other, whether it is there. */
  | { readonly type: 'ask'; readonly versions: readonly string[] }
  | { readonly type: 'report'; readonly state: 'ABSENT' | 'FORBIDDEN' | 'DEGRADED'; readonly reason: string }
  /** Say `resyncDue` after it; a wish that waits already is replaced. */
  | { readonly type: 'waitToResync'; readonly delayMs: number }
  /** There is a reason to look at discovery before its time. */
  | { readonly type: 'lookSoon' }
  /** The feed has another version than the session offered. */
  | { readonly type: 'offerChanged' }
  /** Say `rewound` to all feeds. This one has noted it already. */
  | { readonly type: 'warnAll' }
  /** What observers are told; `reason` where there is one. */
  | { readonly type: 'tellAvailability'; readonly availability: FeedAvailability; readonly reason: string }
  | { readonly type: 'tellSetAside'; readonly reason: string };

/** A step: where the feed is now, and what to do. */
export interface FeedStep {
  readonly state: FeedState;
  readonly commands: readonly FeedCommand[];
}
