import type { EvictionAnswer, HoldReason } from './classify-eviction.ts';
import type { PodsBefore } from './plan-evictions.ts';
import type { PodName, PodView } from './pod-view.ts';

/** How a node is emptied. How long the pauses are is no matter of policy but of what is handed in: see `drain.ts`. */
export interface DrainPolicy {
  /** Whether it is only through when the pods that were asked have gone; else when all have been asked. */
  readonly awaitsEnd: boolean;
  /** For how long pods are asked, in milliseconds; absent: as long as the drain is wanted. */
  readonly limitMs?: number;
  /** What then: pods are deleted past their budgets, for so long at most. Absent: nothing, the drain ends with what held it up. */
  readonly force?: { readonly limitMs: number };
}

/** How a drain ended. */
export type DrainOutcome =
  /** Every pod that can go was asked, and where that is awaited, has gone. */
  | 'drained'
  /** Nobody wants it any more. */
  | 'stopped'
  /** Time was up; what held it up is known by name. */
  | 'expired';

/** A pod that is still there, and why. */
export interface HeldPod extends PodName {
  readonly reason: HoldReason;
  /** The API server's words about it; empty where it has said nothing. */
  readonly detail: string;
}

/** What a drain remembers over its rounds. */
export interface DrainMemory extends PodsBefore {
  /** The pods that hold it up, by uid, as of the last list and the answers since. */
  readonly held: ReadonlyMap<string, HeldPod>;
  /** How many pods were asked to go. */
  readonly askedCount: number;
  /** Said already: what it begins with, and that all were asked. A budget that forbids is asked every second. */
  readonly isBegun: boolean;
  readonly isAllAsked: boolean;
  /** Time was up once: budgets are passed over. */
  readonly isForcing: boolean;
}

/** Where a drain is. */
export type DrainState =
  | { readonly phase: 'new'; readonly memory: DrainMemory }
  /** It reads which pods there are. */
  | { readonly phase: 'listing'; readonly memory: DrainMemory }
  /** It asks them, some at a time. */
  | {
      readonly phase: 'asking';
      readonly memory: DrainMemory;
      readonly waiting: readonly PodName[];
      /** Uids. */
      readonly underWay: ReadonlySet<string>;
      /** The longest that an answer of this round asked for. */
      readonly retryAfterMs: number;
    }
  /** It waits before it looks again. */
  | { readonly phase: 'resting'; readonly memory: DrainMemory }
  /** It is over but for the answers to what is under way: nobody else may begin before. */
  | {
      readonly phase: 'settling';
      readonly memory: DrainMemory;
      readonly isListing: boolean;
      readonly underWay: ReadonlySet<string>;
      readonly outcome: DrainOutcome;
    }
  | { readonly phase: 'ended'; readonly memory: DrainMemory; readonly outcome: DrainOutcome };

/** What happens to a drain. */
export type DrainInput =
  | { readonly type: 'started' }
  /** All pods of the node. */
  | { readonly type: 'listed'; readonly pods: readonly PodView[] }
  | { readonly type: 'listFailed'; readonly retryAfterMs: number }
  | { readonly type: 'answered'; readonly uid: string; readonly answer: EvictionAnswer }
  /** The rest is over, or something that may let pods go has happened. */
  | { readonly type: 'rested' }
  /** The limit is reached. */
  | { readonly type: 'expired' }
  /** Nobody wants the node empty any more. */
  | { readonly type: 'stopped' };

/** What has to be done, in order. */
export type DrainCommand =
  | { readonly type: 'list' }
  | { readonly type: 'ask'; readonly pod: PodName; readonly how: 'evict' | 'delete' }
  /** `again`: a pause that grows, at least so long. `ending`: pods take their time, and so does the next look. */
  | { readonly type: 'rest'; readonly why: 'again'; readonly atLeastMs: number }
  | { readonly type: 'rest'; readonly why: 'ending' }
  /** Tell what holds it up, as it stands in the memory. */
  | { readonly type: 'tellHeld' }
  /** Come back with `expired` after so many milliseconds. */
  | { readonly type: 'limit'; readonly ms: number }
  | { readonly type: 'tell'; readonly what: 'planned' | 'allAsked'; readonly count: number }
  | { readonly type: 'end'; readonly outcome: DrainOutcome };

/** A state and what getting there asks for. */
export interface DrainStep {
  readonly state: DrainState;
  readonly commands: readonly DrainCommand[];
}
