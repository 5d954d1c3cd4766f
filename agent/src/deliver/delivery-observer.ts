import type { Entry, Rejection } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';

/** Who is told how delivery goes: metrics, log and `/statusz`. */
export interface DeliveryObserver {
  onOpened(epoch: number): void;
  /** The platform did not take an open. */
  onOpenRefused(verdict: Verdict): void;
  onAttempt(attempt: DeliveryAttempt): void;
  /** Something was not taken; `next` is the phase that this leads to. */
  onRefused(verdict: Verdict, next: string, delayMs: number): void;
  onConfirmed(receivedBatches: number, processedBatches: number): void;
  onDropped(entry: Entry, reason: DropReason): void;
  /** The platform asks for limits that are not followed as they are; such as `heartbeatMs 1 → 1000`. */
  onLimitsClamped(clamped: string): void;
  /** The platform has answered offers: how many objects it has, and how many it wants. */
  onOffersAnswered(held: number, wanted: number): void;
  onRejected(entry: Entry | undefined, rejection: Rejection): void;
}

/** Why an entry was given up: it is too large alone, or the platform refuses it. */
export type DropReason = 'TOO_LARGE' | 'REJECTED';

/** One attempt at handing over a batch. */
export interface DeliveryAttempt {
  readonly verdict: Verdict['kind'] | 'OK';
  readonly durationMs: number;
  /** Compressed size. */
  readonly bytes: number;
  readonly entries: number;
}
