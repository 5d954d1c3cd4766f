/**
 * The words of the machine of the second wire: where it is, what happens to it, and what it wants done. `deltas-state.ts` is the
 * machine, `deltas.ts` does what it wants.
 */
import type { Step } from '@castai/shared/async/machine.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { DropReason } from '../delivery-observer.ts';
import type { SentItem } from './delta-item.ts';
import type { SnapshotReason } from './snapshot-wishes.ts';

/** Items that go out as one request; none: a heartbeat. */
export type Portion = readonly SentItem[];

/** What is in hand until the platform has taken it. */
export interface DeltaInHand {
  /** What is left of it; the first portion is the one on the wire. Never empty. */
  readonly portions: readonly [Portion, ...Portion[]];
  /** The first portion is empty and sent to learn whether the platform takes anything: it has refused the one item of the second. */
  readonly isCheck: boolean;
}

/** Where the delivery is. `token`: that of the last request that was taken; empty: none is known. */
export type DeltasState =
  | { readonly phase: 'closed' }
  | { readonly phase: 'registering'; readonly token: string }
  /** Nothing runs, and something is begun anew later. */
  | {
      readonly phase: 'pausing';
      readonly next: 'register' | 'snapshot';
      readonly token: string;
      readonly reason: SnapshotReason;
    }
  /** The platform has refused the token: whoever gives the right to send is asked whether it is still ours. */
  | { readonly phase: 'doubting'; readonly token: string }
  /** A full snapshot is being written. `rest`: it is, to its end, and this has to follow. */
  | { readonly phase: 'streaming'; readonly token: string; readonly rest: Portion | undefined }
  | { readonly phase: 'ready'; readonly token: string }
  | { readonly phase: 'sending'; readonly token: string; readonly batch: DeltaInHand }
  | { readonly phase: 'holding'; readonly token: string; readonly batch: DeltaInHand };

/** What happens to it. */
export type DeltasInput =
  | { readonly type: 'start' }
  /** With the token of an earlier process under which it may go on, where one is known. */
  | { readonly type: 'registered'; readonly keptToken: string | undefined }
  /** A delta was cut because it is due. */
  | { readonly type: 'due'; readonly items: Portion }
  /** A full snapshot is written to its end; `rest` has to follow it. */
  | { readonly type: 'written'; readonly rest: Portion }
  | { readonly type: 'accepted'; readonly token: string }
  | { readonly type: 'refused'; readonly verdict: Verdict }
  | { readonly type: 'timer' }
  /** The right to send is still ours, or nobody can tell. */
  | { readonly type: 'proven' }
  /** There is a reason for a full snapshot, and it may begin. */
  | { readonly type: 'snapshotDue'; readonly reason: SnapshotReason };

/**
 * How long to wait: `transient` 0.5 s doubling to 30 s, `stubborn` 30 s doubling to 10 min, `snapshot` 2 s doubling to 5 min,
 * `tokenLost` 1 s growing to 10 min, all with jitter.
 */
export type DeltasWait = 'transient' | 'stubborn' | 'snapshot' | 'tokenLost' | 'none';

/** What has to be done, in order. */
export type DeltasCommand =
  | { readonly type: 'register' }
  /** Let the feeds go on from where an earlier process left them. */
  | { readonly type: 'resume' }
  /** Begin a full snapshot: let all feeds begin anew, and write what they bring. */
  | { readonly type: 'begin'; readonly token: string; readonly reason: SnapshotReason }
  /** Stop the feeds, and drop all that waits. */
  | { readonly type: 'abandon' }
  /** Encode and compress these items, then send them. */
  | { readonly type: 'prepare'; readonly token: string; readonly items: Portion }
  | { readonly type: 'wait'; readonly kind: DeltasWait; readonly retryAfterMs: number }
  /** Ask whoever gives the right to send whether it is still ours. */
  | { readonly type: 'prove' }
  /** The platform took a request, and this is the token now. `isSnapshot`: it holds all that there was. */
  | { readonly type: 'confirm'; readonly token: string; readonly isSnapshot: boolean }
  | { readonly type: 'drop'; readonly item: SentItem; readonly reason: DropReason }
  /** Nothing is in hand any more. */
  | { readonly type: 'release' };

/** A step: where it is now, and what to do. */
export type DeltasStep = Step<DeltasState, DeltasCommand>;
