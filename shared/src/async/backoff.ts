import { assert } from '../errors.ts';
import type { Timing } from './timing.ts';

/** How the waits between attempts grow. */
export interface BackoffPolicy {
  /** Upper bound of the first wait. */
  readonly initialMs: number;
  /** Upper bound of every wait. */
  readonly maxMs: number;
  /** By what the bound grows from attempt to attempt. */
  readonly factor: number;
  /** How long things must have gone well before the next failure counts as the first again. */
  readonly resetAfterMs: number;
}

/** Longest `Retry-After` that is believed: beyond it a server's mistake would silence a cluster. */
export const LONGEST_RETRY_AFTER_MS = 600_000;

/**
 * Waits between attempts: exponential with full jitter, so that the agents of many clusters that lost the same server
 * do not come back together.
 *
 * A success does not reset it, a stretch of health does: a server that accepts a connection and drops it a second later
 * would otherwise be hammered at the initial pace.
 */
export class Backoff {
  readonly #policy: BackoffPolicy;
  readonly #timing: Timing<'monotonicMs'>;
  #attempts = 0;
  #healthySinceMs: number | undefined;

  constructor(policy: BackoffPolicy, timing: Timing<'monotonicMs'>) {
    this.#policy = policy;
    this.#timing = timing;
  }

  /** How many waits were given out since the last stretch of health. */
  get attempts(): number {
    return this.#attempts;
  }

  /**
   * Counts a failure and says how many milliseconds to wait. A server's `Retry-After` (milliseconds) is a floor that the
   * jitter is added to, otherwise everyone who was told "in 60 seconds" returns in the same instant.
   */
  next(retryAfterMs = 0): number {
    assert(!Number.isNaN(retryAfterMs), 'a backoff after NaN milliseconds');
    this.#forgiveAfterHealth();
    this.#healthySinceMs = undefined;
    const { initialMs, maxMs, factor } = this.#policy;
    const boundMs = Math.min(maxMs, initialMs * factor ** this.#attempts);
    this.#attempts += 1;
    const floorMs = Math.min(Math.max(0, retryAfterMs), LONGEST_RETRY_AFTER_MS);
    return Math.round(floorMs + this.#timing.random() * boundMs);
  }

  /** Tells that something worked. May be called as often as it does: the stretch of health starts at the first one after a failure. */
  succeeded(): void {
    this.#healthySinceMs ??= this.#timing.clock.monotonicMs();
    this.#forgiveAfterHealth();
  }

  /** A long enough stretch of health forgives the failures before it. */
  #forgiveAfterHealth(): void {
    if (this.#healthySinceMs === undefined) return;
    const healthyMs = this.#timing.clock.monotonicMs() - this.#healthySinceMs;
    if (healthyMs >= this.#policy.resetAfterMs) this.#attempts = 0;
  }
}
