import type { Clock } from '@castai/shared/async/clock.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { Outbox } from '../../batch/outbox.ts';
import type { DeliveryObserver } from '../delivery-observer.ts';
import type { DeltaCallsOptions } from './delta-calls.ts';
import type { DeltaFeeds } from './delta-feeds.ts';
import type { DeltaMemory } from './delta-memory.ts';
import type { SnapshotReason } from './snapshot-wishes.ts';
import type { WishPoll } from './wish-poll.ts';

/** Who is told how it goes. */
export interface DeltasObserver extends Omit<
  DeliveryObserver,
  'onOpened' | 'onOpenRefused' | 'onLimitsClamped' | 'onRejected' | 'onOffersAnswered'
> {
  /** A full snapshot begins. */
  onFullSnapshot(reason: SnapshotReason): void;
  /** Deltas go on from where an earlier process left them. */
  onResumed(feeds: number): void;
  /** They cannot, and why. */
  onPointIgnored(why: string): void;
}

/** What the second wire needs. */
export interface DeltasDependencies extends DeltaCallsOptions {
  readonly outbox: Outbox;
  readonly feeds: DeltaFeeds;
  readonly observer: DeltasObserver;
  /** Told of each answer of the platform: undefined when it took what it was given. */
  readonly onAnswer?: (verdict: Verdict | undefined) => void;
  readonly memory: DeltaMemory;
  readonly wishes: Pick<WishPoll, 'run'>;
  /** The longest time between two deltas, in milliseconds; the platform may ask for a shorter one. */
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}
