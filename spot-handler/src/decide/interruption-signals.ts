import type { Notice, NoticeKind } from '../poll/notice.ts';

/** Whom a notice concerns, as far as is known. */
export type Scope = 'own' | 'foreign' | 'unknown';

/** What the operator wants done. */
export interface DecidePolicy {
  /** Kinds that are acted on; others are only shown. */
  readonly actOn: ReadonlySet<NoticeKind>;
  /** The node is marked; false is "report only". */
  readonly marks: boolean;
  /** Pods are evicted once the node is marked. */
  readonly evicts: boolean;
  /** An event that concerns this machine alone is approved once the node is drained. */
  readonly acknowledges: boolean;
  /** How long before the impact the node is marked when the notice comes earlier than that, in milliseconds. */
  readonly markAheadMs: number;
}

/** How far the approval of an event is, by which the provider need not wait for it. */
export type Approval =
  /** The node is not drained for it, or nobody asked for approvals. */
  | 'none'
  /** Due as soon as the event, as it stands then, may be approved. */
  | 'due'
  /** Handed to its outbox. */
  | 'asked'
  /** The provider has it. */
  | 'given';

/**
 * Where one notice is. The way of most: `seen` for the blink of an eye, `confirmed` until its time has come, `acted` until it
 * leaves the provider's list, `leaving` for a moment, over.
 */
export type InterruptionState =
  /** Never heard of. */
  | { readonly phase: 'new' }
  /** On the list, and nothing is done: whose it is is not known yet, it is another machine's, or its kind is not acted on. */
  | { readonly phase: 'seen'; readonly notice: Notice; readonly why: 'unidentified' | 'foreign' | 'ignored' }
  /** Ours and reported; the node is marked when its time has come. */
  | { readonly phase: 'confirmed'; readonly notice: Notice; readonly markAtMs: number }
  /** Everything that is to be done has been handed to the outboxes. */
  | {
      readonly phase: 'acted';
      readonly notice: Notice;
      readonly isMarked: boolean;
      readonly approval: Approval;
    }
  /** Not on the list any more since then; it has to stay away for a moment before anything is undone. */
  | {
      readonly phase: 'leaving';
      readonly notice: Notice;
      /** Monotonic: for how long it is away must not depend on a clock that is being corrected. */
      readonly sinceMs: number;
      /** The same moment by the provider's clock. */
      readonly leftAtMs: number;
      /** Absent: it was never marked and still waited for that moment. */
      readonly isMarked: boolean;
      readonly isWaiting: boolean;
      readonly approval: Approval;
    }
  /** Over: the impact had begun, or its time was past. */
  | { readonly phase: 'gone'; readonly notice: Notice }
  /** Over before its time. */
  | { readonly phase: 'cancelled'; readonly notice: Notice };

/** What happens to a notice. Times are in milliseconds since the epoch, by the provider's clock, unless they are called monotonic. */
export type InterruptionInput =
  /** A good look at its source has it. */
  | { readonly type: 'sighted'; readonly notice: Notice; readonly scope: Scope; readonly nowMs: number }
  /** A good look at its source does not have it. */
  | { readonly type: 'missing'; readonly nowMs: number; readonly monotonicMs: number }
  /** A wait is over, or a look in between. */
  | { readonly type: 'tick'; readonly nowMs: number }
  /** The node tells that an earlier process has dealt with it. */
  | {
      readonly type: 'restored';
      readonly notice: Notice;
      readonly isReported: boolean;
      readonly isMarked: boolean;
      /** Its evictions are through. */
      readonly isDrained: boolean;
      /** The provider has taken its approval. */
      readonly isApproved: boolean;
      readonly nowMs: number;
    }
  /** Every pod that can be evicted has been asked to go, and where events are approved, has gone. */
  | { readonly type: 'drained' }
  /** The provider has taken the approval. */
  | { readonly type: 'approved' };

/** What is to be done about it. */
export type InterruptionCommand =
  /** Tell the platform. */
  | { readonly type: 'report' }
  /** Take back a report that has not been sent. */
  | { readonly type: 'withdraw' }
  /** Mark the node because of it. */
  | { readonly type: 'mark' }
  /** It is no reason for a mark any more; the last such reason takes the mark with it. */
  | { readonly type: 'unmark' }
  /** Evict the pods. */
  | { readonly type: 'evict' }
  /** Tell the provider that it need not wait. */
  | { readonly type: 'acknowledge' }
  /** Stop telling so: the event has begun, is gone, or is about other machines too. */
  | { readonly type: 'retract' }
  /** Come back with a `tick` at this time. */
  | { readonly type: 'wait'; readonly untilMs: number }
  /** Something that people want to know. */
  | { readonly type: 'announce'; readonly step: AnnouncedStep }
  /** Nothing is left to know about it. */
  | { readonly type: 'forget' };

/** Steps that become a log line and a Kubernetes Event, and by which notices are counted. */
export type AnnouncedStep = 'confirmed' | 'foreign' | 'ignored' | 'restored' | 'started' | 'gone' | 'cancelled';

/** A state and what getting there asks for. */
export interface InterruptionStep {
  readonly state: InterruptionState;
  readonly commands: readonly InterruptionCommand[];
}
