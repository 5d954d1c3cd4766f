/** What comes of an attempt: done, again, given up, or the end of an endpoint. Pure. */
import { spread } from '@castai/shared/async/spread.ts';
import { MAX_RETRY_AFTER_MS } from '@castai/shared/http/retry-after.ts';
import { type DeliveryOutcome, describeOutcome } from './delivery-outcome.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** From one attempt to the next: the schedule of Standard Webhooks. With the first at once that is ten attempts in three days. */
export const WAITS_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];
/** By how much a wait is longer or shorter, or all that a receiver's outage stopped would come back at once. */
const JITTER = 0.1;

/** The longest that anything waits behind so many attempts, ms. What seems to wait longer was written by a clock that was set back since. */
export function longestWait(attempts: number): number {
  if (attempts === 0) return 0;
  return Math.round(Math.max(WAITS_MS[attempts - 1] ?? 0, MAX_RETRY_AFTER_MS) * (1 + JITTER));
}

/** An attempt that has ended. */
export interface EndedAttempt {
  /** The first is 1. */
  readonly attempt: number;
  readonly outcome: DeliveryOutcome;
  readonly nowMs: number;
  /** Whether the endpoint has taken anything since this message was first tried: then it is the message that it does not take. */
  readonly isEndpointAlive: boolean;
  /** Uniform in [0, 1). */
  readonly random: number;
}

/** What comes of it. */
export interface DeliveryPlan {
  readonly next:
    | { readonly type: 'done' }
    | { readonly type: 'again'; readonly dueAtMs: number }
    | { readonly type: 'drop'; readonly reason: 'exhausted' };
  /** Why the endpoint ends; `undefined`: it goes on. What waits for it stays, until somebody lets it go on. */
  readonly ends: string | undefined;
}

/** Answers of a receiver that has too much to do (Standard Webhooks). */
const OVERLOADED: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** How long it is left alone if it does not say. */
const REST_MS = 5 * SECOND;

/** How long an endpoint is left alone after an answer, with everything that waits for it; ms. A wait of one message alone would not relieve it. */
export function restAfter(outcome: DeliveryOutcome): number {
  if (outcome.is !== 'refused') return 0;
  return Math.max(outcome.retryAfterMs, OVERLOADED.has(outcome.status) ? REST_MS : 0);
}

/** Decides. A receiver that asks for more time gets it, up to the cap of `Retry-After`; one that asks for less does not hurry anybody. */
export function planDelivery({ attempt, outcome, nowMs, isEndpointAlive, random }: EndedAttempt): DeliveryPlan {
  switch (outcome.is) {
    case 'delivered':
      return { next: { type: 'done' }, ends: undefined };
    case 'gone':
      return { next: { type: 'again', dueAtMs: nowMs }, ends: describeOutcome(outcome) };
    case 'refused':
    case 'failed': {
      const waitMs = WAITS_MS[attempt - 1];
      if (waitMs !== undefined) {
        const askedMs = outcome.is === 'refused' ? outcome.retryAfterMs : 0;
        const inMs = Math.max(
          spread(waitMs, JITTER, () => random),
          askedMs * (1 + JITTER * random),
        );
        return { next: { type: 'again', dueAtMs: nowMs + Math.round(inMs) }, ends: undefined };
      }
      if (isEndpointAlive) return { next: { type: 'drop', reason: 'exhausted' }, ends: undefined };
      const ends = `nothing was taken in ${attempt} attempts, the last: ${describeOutcome(outcome)}`;
      return { next: { type: 'again', dueAtMs: nowMs }, ends };
    }
  }
}
