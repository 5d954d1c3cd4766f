/**
 * The words of the loop: what it knows, what it is doing, how that may end, and what it wants done beside. `loop-state.ts` is the
 * machine, `init-data-loop.ts` does what it wants.
 */
import type { Step } from '@castai/shared/async/machine.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { NodeFacts, NodeVerdict } from '../pool/classify-node.ts';
import type { PoolState } from '../pool/pool-record.ts';
import type { DataProblem } from '../read/data-problem.ts';
import type { DeliveryFailure } from '../send/classify-delivery.ts';
import type { Description } from '../send/sender.ts';
import type { SendReason } from '../send/send-reason.ts';
import type { Decision, TriggerPolicy, TriggerState } from './trigger-state.ts';

/**
 * What has a time at which it is due: a look at the cluster, a look at sizes and times of the files, reading them though nothing
 * seems to have changed, an attempt to deliver, and saying that the lease is still wanted.
 */
export const DUE_NAMES = ['cluster', 'files', 'reread', 'attempt', 'renewal'] as const;

/** One of them. */
export type DueName = (typeof DUE_NAMES)[number];

/** How long something has to wait; `loop-pace.ts` says how many milliseconds that is. */
export type Pace =
  /** Between two looks at the cluster. */
  | 'clusterPoll'
  /** A version of the control plane that was told once is asked for again. */
  | 'confirm'
  /** The API server does not answer. */
  | 'kubeBackoff'
  /** Between two looks at the files. */
  | 'filesPoll'
  /** The data cannot be used as it is. */
  | 'readBackoff'
  /** Times do not tell every rewrite. */
  | 'reread'
  /** A new reason, which other pods of the pool see as well. */
  | 'spread'
  /** Another pod holds the lease. */
  | 'leaseTaken'
  /** The platform does not answer. */
  | 'sendBackoff'
  /** Somebody has to do something. */
  | 'slow'
  | 'now'
  /** Between two renewals of the lease. */
  | 'renewal';

/** What the machine is told once and for all. */
export interface LoopRules {
  readonly policy: TriggerPolicy;
  /** How many keys of the platform are trusted; 0 in compatibility mode. */
  readonly keyCount: number;
}

/** What is so at the moment of an input. */
export interface LoopMoment extends LoopRules {
  /** By the wall clock. */
  readonly nowMs: number;
  readonly due: ReadonlySet<DueName>;
  /** Whether the lease is ours for at least as long as an attempt takes. */
  readonly isLeaseHeld: boolean;
}

/** What is to be kept of a pool, and whose it is. */
export interface PoolChange {
  readonly node: NodeFacts;
  readonly pool: PoolState;
}

/** What tells contents apart: a keyed hash, and the key that it was made with. */
export interface ContentId {
  readonly fingerprint: string;
  readonly fingerprintKeyId: string;
}

/** What is being done. There is always exactly one task, and each ends with one input. */
export type LoopTask =
  /** Nothing, until one of these is due. Ends with `woke`. */
  | { readonly is: 'rest'; readonly until: readonly DueName[] }
  /** Writes what the API server has not kept yet: before it is asked for its own, or after a delivery. Ends with `saved`. */
  | { readonly is: 'save'; readonly change: PoolChange; readonly after: 'waking' | 'sending' }
  /** Asks what our node is. Ends with `node`. */
  | { readonly is: 'askNode' }
  /** Asks for the control plane's version. Ends with `version`. */
  | { readonly is: 'askVersion' }
  /** Asks what is kept of the pool. Under the lease once more: while we waited, another pod may have delivered. Ends with `recalled`. */
  | { readonly is: 'recall'; readonly node: NodeFacts; readonly during: 'look' | 'attempt' }
  /** Looks at sizes and times of the files. Ends with `checked` or `unreadable`. */
  | { readonly is: 'check' }
  /** Reads and decrypts to learn what the data is. Ends with `read` or `unreadable`. */
  | { readonly is: 'read'; readonly signature: string }
  /** Takes the lease. Ends with `lease`. */
  | { readonly is: 'acquire'; readonly node: NodeFacts }
  /** Says that the lease is still wanted. Ends with `lease`. */
  | { readonly is: 'renew'; readonly node: NodeFacts }
  /** Reads, decrypts and seals to the key of this number. Ends with `prepared` or `unreadable`. */
  | { readonly is: 'prepare'; readonly description: Description; readonly keyIndex: number }
  /** Sends what was prepared. Ends with `accepted` or `refused`. */
  | { readonly is: 'send'; readonly delivery: Delivery }
  /** Gives the lease back. Ends with `released`. */
  | { readonly is: 'release' }
  /** Ends the program: an operator has to change the deployment. Has no end itself. */
  | { readonly is: 'giveUp'; readonly problem: DataProblem };

/** What is on its way to the platform. */
export interface Delivery {
  readonly node: NodeFacts;
  readonly reason: SendReason;
  /** What makes two deliveries the same one. */
  readonly key: string;
  readonly content: ContentId;
  /** Size of the request. */
  readonly bytes: number;
}

/** Where the loop is. */
export interface LoopState {
  readonly task: LoopTask;
  readonly seen: TriggerState;
  readonly decision: Decision;
  /** Text that changes when the files do, as it was when they were last read well; undefined: they never were. */
  readonly signature: string | undefined;
  /** Key of the delivery that the next attempt is for. */
  readonly scheduledKey: string;
  /** Number of the platform's key that is sealed to. */
  readonly keyIndex: number;
  /** Whether there is a lease to give back. */
  readonly hasLease: boolean;
  /** What the API server has not kept yet: until then its own answer is older than ours. */
  readonly unsaved: PoolChange | undefined;
}

/** How a task ended. */
export type LoopInput =
  | { readonly type: 'woke' }
  /** What the API server was asked to do or tell it has not, for whatever reason. */
  | { readonly type: 'unanswered'; readonly retryAfterMs: number }
  | { readonly type: 'saved' }
  | { readonly type: 'node'; readonly verdict: NodeVerdict }
  | { readonly type: 'version'; readonly version: string }
  /** What is kept of the pool, and the platform's wish; empty: it has none. */
  | { readonly type: 'recalled'; readonly pool: PoolState; readonly requestId: string }
  | { readonly type: 'checked'; readonly signature: string }
  | { readonly type: 'read'; readonly content: ContentId }
  | { readonly type: 'unreadable'; readonly problem: DataProblem }
  /** False: another pod of the pool is at work. */
  | { readonly type: 'lease'; readonly isOurs: boolean }
  | { readonly type: 'prepared'; readonly content: ContentId; readonly bytes: number }
  | { readonly type: 'accepted' }
  | { readonly type: 'refused'; readonly verdict: Verdict }
  | { readonly type: 'released' };

/** The end of a task, and what is so at that moment. */
export interface LoopEvent {
  readonly input: LoopInput;
  readonly at: LoopMoment;
}

/** What has to be done at once, in order, before the next task. */
export type LoopCommand =
  | { readonly type: 'schedule'; readonly what: DueName; readonly pace: Pace; readonly retryAfterMs: number }
  /** It works: failures count from the beginning again after a stretch of health. */
  | { readonly type: 'settled'; readonly what: 'cluster' | 'files' | 'delivery' }
  | { readonly type: 'delivered'; readonly reason: SendReason; readonly bytes: number }
  /** An attempt was in vain: the next one is due at this pace. */
  | { readonly type: 'failed'; readonly verdict: Verdict; readonly failure: DeliveryFailure; readonly pace: Pace }
  /** What was prepared is not sent: overwrite it. */
  | { readonly type: 'discard' };

/** A step: where the loop is now, and what to do before its next task. */
export type LoopStep = Step<LoopState, LoopCommand>;
