import type { ActionOutcome } from '../ack/ack-code.ts';
import type { ActionProgress, ActionRecord, ActionStep, ActionTarget, LeaderEpoch } from './action-record.ts';

/** What does not change in the life of an action. */
export interface ActionFacts {
  readonly id: string;
  readonly kind: ActionRecord['kind'];
  /** Of the term in which it is worked on. */
  readonly epoch: LeaderEpoch;
}

/** Where an action is. `missed`: so many polls in a row have not had it. */
export type ActionState =
  /** Nothing is done about it, and nothing is written down. */
  | { readonly phase: 'received'; readonly doing: 'waiting' | 'resolving' | 'resting'; readonly missed: number }
  /** What it is about is known, and is being written down; nothing is done before that is stored. */
  | {
      readonly phase: 'claiming';
      readonly doing: 'saving' | 'resting';
      readonly record: ActionRecord;
      readonly missed: number;
    }
  /**
   * A process before has begun it, and it goes on when the platform asks again, because only then what is to be done is known; or this
   * one could not store its claim, and it waits for its turn.
   */
  | { readonly phase: 'claimed'; readonly isAsked: boolean; readonly record: ActionRecord; readonly missed: number }
  | { readonly phase: 'running'; readonly doing: 'working' | 'saving' | 'resting'; readonly record: ActionRecord }
  /** What it came to is being written down; nobody is told before that is stored. */
  | { readonly phase: 'finished'; readonly doing: 'saving' | 'resting'; readonly record: ActionRecord }
  /** The same, and the platform is being told. */
  | { readonly phase: 'acking'; readonly record: ActionRecord; readonly missed: number }
  /** The platform was told. Of a record that was found nobody knows: whoever asks again has not heard it. */
  | { readonly phase: 'acked'; readonly record: ActionRecord; readonly missed: number }
  /** Nobody asks for it any more, and its record is being removed. */
  | { readonly phase: 'erasing'; readonly doing: 'saving' | 'resting'; readonly record: ActionRecord }
  /** Nothing is done here any more. */
  | { readonly phase: 'over' };

/** What happens to it. */
export type ActionInput =
  /** A poll had it, or did not. */
  | { readonly type: 'seen' }
  | { readonly type: 'missed' }
  /** It is its turn: nothing that it would conflict with is under way. */
  | { readonly type: 'admitted' }
  /** It must not be begun: what it comes to is known without that. `nowMs` is the wall clock's. */
  | { readonly type: 'refused'; readonly outcome: ActionOutcome; readonly nowMs: number }
  | { readonly type: 'resolved'; readonly target: ActionTarget; readonly nowMs: number }
  | { readonly type: 'resolveFailed'; readonly retryAfterMs: number }
  /** The store has what it was last given, or has not. */
  | { readonly type: 'saved' }
  | { readonly type: 'saveFailed'; readonly retryAfterMs: number }
  /** Another leader writes by now. */
  | { readonly type: 'fenced' }
  /** A step is done, and this is the next one. */
  | { readonly type: 'advanced'; readonly step: ActionStep; readonly progress: ActionProgress }
  /** It is done, or has failed for good. */
  | { readonly type: 'concluded'; readonly outcome: ActionOutcome; readonly progress: ActionProgress }
  | { readonly type: 'rested' }
  /** The platform has taken the acknowledgement, or will never take it. */
  | { readonly type: 'ackSettled' }
  /** The term or the process ends. */
  | { readonly type: 'stopped' };

/** What has to be done, in order. */
export type ActionCommand =
  /** Find out what it is about. */
  | { readonly type: 'resolve' }
  /** Store this, on condition that we still lead. */
  | { readonly type: 'save'; readonly record: ActionRecord }
  /** Do the step of the record. */
  | { readonly type: 'work'; readonly record: ActionRecord }
  /** Let go of the step under way. */
  | { readonly type: 'halt' }
  | { readonly type: 'ack'; readonly outcome: ActionOutcome }
  /** Do not tell the platform any more. */
  | { readonly type: 'withdraw' }
  /** Tell that nobody asks for it any more. */
  | { readonly type: 'forget'; readonly record: ActionRecord }
  /** Remove its record, on the same condition. */
  | { readonly type: 'erase' }
  /** Come back with `rested` after a pause that grows, at least so long. */
  | { readonly type: 'rest'; readonly atLeastMs: number };

/** A state and what getting there asks for. */
export interface ActionStepped {
  readonly state: ActionState;
  readonly commands: readonly ActionCommand[];
}
