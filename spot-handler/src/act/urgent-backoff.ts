import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import { spread } from '@castai/shared/async/spread.ts';
import type { Timing } from '@castai/shared/async/timing.ts';

/** Upper bounds of the first pauses: a connection that had died is replaced at once, and then chance spreads the nodes over a whole pause. */
const FIRST_MS = [300, 1940];
/**
 * Every later one, while the machine may have seconds left: whoever is back is told within two seconds. Not shorter, because of all nodes
 * of a mass preemption each sends as many: 19 attempts in 30 s, where pauses of up to a second made it 57.
 */
const URGENT_MS = 1850;
const URGENT_JITTER = 0.05;
/** Later: a wrong key or a missing right may stay for days, on every node. */
const PATIENT = { initialMs: 1000, maxMs: 30_000, factor: 2, resetAfterMs: 0 } as const;
/** The longest notice that is short, 120 s, and some more. */
const URGENT_FOR_MS = 150_000;

/** Pauses between the attempts at one effect, with jitter: the nodes of a mass preemption do not come back together. */
export class UrgentBackoff {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #random: () => number;
  readonly #patient: Backoff;
  readonly #sinceMs: number;
  readonly #first: number[] = [...FIRST_MS];

  constructor(options: Timing<'monotonicMs'>) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#patient = new Backoff(PATIENT, options);
    this.#sinceMs = options.clock.monotonicMs();
  }

  /**
   * Milliseconds to the next attempt. `isHopeless`: nothing but an operator changes the answer. A server in trouble may ask for minutes
   * (`retryAfterMs`); a machine that is about to go does not have them, so it gets the longest of the urgent pauses.
   */
  next({ retryAfterMs = 0, isHopeless = false }: { retryAfterMs?: number | undefined; isHopeless?: boolean }): number {
    if (isHopeless) return this.#patient.next(retryAfterMs);
    const firstMs = this.#first.shift();
    const urgentMs = Math.round(spread(URGENT_MS, URGENT_JITTER, this.#random));
    const isUrgent = this.#clock.monotonicMs() - this.#sinceMs < URGENT_FOR_MS;
    // Never sooner than before.
    if (!isUrgent) return this.#patient.next(Math.max(urgentMs, retryAfterMs));
    return firstMs === undefined || retryAfterMs > 0 ? urgentMs : Math.round(firstMs * this.#random());
  }
}
