import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import type { Timing } from '@castai/shared/async/timing.ts';

/** While the machine may have seconds left: an outage that ends is noticed within a second. */
const URGENT = { initialMs: 100, maxMs: 1000, factor: 2, resetAfterMs: 0 } as const;
/** Later: a wrong key or a missing right may stay for days, on every node. */
const PATIENT = { initialMs: 1000, maxMs: 30_000, factor: 2, resetAfterMs: 0 } as const;
/** The longest notice that is short, 120 s, and some more. */
const URGENT_FOR_MS = 150_000;
/** A server in trouble may ask for minutes; a machine that is about to go does not have them. */
const LONGEST_URGENT_RETRY_AFTER_MS = 2000;

/** Pauses between the attempts at one effect, with full jitter: the nodes of a mass preemption do not come back together. */
export class UrgentBackoff {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #urgent: Backoff;
  readonly #patient: Backoff;
  readonly #sinceMs: number;

  constructor(options: Timing<'monotonicMs'>) {
    this.#clock = options.clock;
    this.#urgent = new Backoff(URGENT, options);
    this.#patient = new Backoff(PATIENT, options);
    this.#sinceMs = options.clock.monotonicMs();
  }

  /** Milliseconds to the next attempt. `isHopeless`: nothing but an operator changes the answer. */
  next({ retryAfterMs = 0, isHopeless = false }: { retryAfterMs?: number | undefined; isHopeless?: boolean }): number {
    const isUrgent = this.#clock.monotonicMs() - this.#sinceMs < URGENT_FOR_MS;
    if (!isUrgent || isHopeless) return this.#patient.next(retryAfterMs);
    return this.#urgent.next(Math.min(retryAfterMs, LONGEST_URGENT_RETRY_AFTER_MS));
  }
}
