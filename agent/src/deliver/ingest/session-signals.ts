/**
 * The words of the machine of a session: where it is, what happens to it, and what it wants done. `session-state.ts` is the machine,
 * `session.ts` does what it wants.
 */
import type { Step } from '@castai/shared/async/machine.ts';
import type {
  Ack,
  Directive,
  Entry,
  Limits,
  Offer,
  OpenResponse,
  Rejection,
} from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { DropReason } from '../delivery-observer.ts';
import type { BatchInHand, Portion } from './batch-in-hand.ts';

/** The platform says that another agent has taken over. */
export type RightLost = Extract<Verdict, { kind: 'FENCED' | 'NOT_LEADER' }>;

/** A session that the platform has opened. */
export interface OpenSession {
  readonly epoch: number;
  /** Under which id it was opened. */
  readonly instanceId: string;
  /** Seq of the portion on the wire, or of the next one. */
  readonly seq: number;
  /** Highest seq of this epoch that the platform has confirmed as processed. */
  readonly processedSeq: number;
  /** For each feed of which the platform took an object in this session: how many were given up since the last one. */
  readonly givenUp: ReadonlyMap<number, number>;
  /** Feeds set aside since the platform last took an object. */
  readonly asideInARow: number;
}

/** Where the session is. `batch` exists exactly where a batch is unconfirmed. */
export type SessionState =
  | { readonly phase: 'closed' }
  | { readonly phase: 'registering' }
  | { readonly phase: 'opening' }
  | { readonly phase: 'pausing'; readonly next: 'register' | 'open' }
  | { readonly phase: 'fenced'; readonly lost: RightLost }
  | { readonly phase: 'ready'; readonly session: OpenSession }
  | { readonly phase: 'sending'; readonly session: OpenSession; readonly batch: BatchInHand }
  | { readonly phase: 'holding'; readonly session: OpenSession; readonly batch: BatchInHand };

/** What happens to a session. */
export type SessionInput =
  | { readonly type: 'start' }
  | { readonly type: 'registered' }
  /** With the id under which it was opened. */
  | { readonly type: 'opened'; readonly response: OpenResponse; readonly instanceId: string }
  /** A batch was cut because it is due; no entries: a heartbeat. */
  | { readonly type: 'due'; readonly entries: Portion }
  | { readonly type: 'acked'; readonly ack: Ack }
  /** `entries`: those on the wire once more, where other content is to go out; their bodies were given back when they were packed. */
  | { readonly type: 'refused'; readonly verdict: Verdict; readonly entries?: Portion }
  | { readonly type: 'timer' }
  /** After a `prove`. By lease: it is ours all the same; if not, nobody can tell. */
  | { readonly type: 'proven'; readonly byLease: boolean }
  /** What was offered at the open is not what is served any more. */
  | { readonly type: 'offerChanged' };

/**
 * How long to wait: `transient` 0.5 s doubling to 30 s, `stubborn` 30 s doubling to 10 min, `fenced` 5 min, `contested` a second and
 * from the second time on 5 min, all with jitter.
 */
export type WaitKind = 'transient' | 'stubborn' | 'fenced' | 'contested' | 'none';

/** What has to be done, in order. */
export type SessionCommand =
  | { readonly type: 'register' }
  | { readonly type: 'open' }
  /** A new session: tell the watchers where the platform stands. */
  | { readonly type: 'adopt'; readonly response: OpenResponse }
  /** The session is over: drop everything that waits and stop the watchers. */
  | { readonly type: 'abandon' }
  /** Number, encode and compress these entries, then send them. */
  | { readonly type: 'prepare'; readonly epoch: number; readonly seq: number; readonly entries: Portion }
  /** Ask whoever gives the right to send whether it is still ours. No answer comes when it is not: the session is ended then. */
  | { readonly type: 'prove'; readonly lost: RightLost }
  /** Send the bytes that were prepared last once more. */
  | { readonly type: 'resend' }
  | { readonly type: 'wait'; readonly kind: WaitKind; readonly retryAfterMs: number }
  /** The platform confirmed the batch: counters rise. `processed` is how many batches it confirmed as processed with this ack. */
  | { readonly type: 'confirm'; readonly processed: number }
  /** The platform has received the end of these feeds' snapshots. */
  | { readonly type: 'complete'; readonly feedIds: readonly number[] }
  /** The platform has answered offers among these entries; `wanted` are places in them. */
  | { readonly type: 'answerOffers'; readonly entries: Portion; readonly wanted: readonly number[] }
  /** Offers were refused, or stood in what was: objects go in their place. */
  | { readonly type: 'withdraw'; readonly offers: readonly Offer[] }
  | { readonly type: 'heed'; readonly limits: Limits | undefined; readonly directives: readonly Directive[] }
  | { readonly type: 'reject'; readonly entries: Portion; readonly rejections: readonly Rejection[] }
  /** `isStillCounted`: a snapshot that counted it has not ended yet. */
  | { readonly type: 'drop'; readonly entry: Entry; readonly reason: DropReason; readonly isStillCounted: boolean }
  /** The platform takes nothing of a feed: stop it, and snapshot it again later. */
  | { readonly type: 'setAside'; readonly feedId: number; readonly reason: DropReason }
  /** The whole batch is with the platform (or given up): whoever waits for its receipt may go on. */
  | { readonly type: 'release' };

/** A step: where the session is now, and what to do. */
export type SessionStep = Step<SessionState, SessionCommand>;
