import { Backoff, type BackoffPolicy } from '@castai/shared/async/backoff.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import type { DeltasWait } from './deltas-signals.ts';

type PacedKind = Exclude<DeltasWait, 'none'>;

const POLICIES: Record<PacedKind, BackoffPolicy> = {
  transient: { initialMs: 500, maxMs: 30_000, factor: 2, resetAfterMs: 10_000 },
  stubborn: { initialMs: 30_000, maxMs: 600_000, factor: 2, resetAfterMs: 0 },
  snapshot: { initialMs: 2_000, maxMs: 300_000, factor: 2, resetAfterMs: 60_000 },
  tokenLost: { initialMs: 1_000, maxMs: 600_000, factor: 5, resetAfterMs: 600_000 },
};
/** The shortest wait of a kind: full jitter alone may come out near zero. */
const FLOORS_MS: Record<PacedKind, number> = { transient: 0, stubborn: 30_000, snapshot: 500, tokenLost: 0 };

/** How long it is waited before something is tried again, by the kind of trouble. */
export class DeltaPace {
  readonly #backoffs: Record<PacedKind, Backoff>;

  constructor(timing: Timing<'monotonicMs'>) {
    const backoff = (kind: PacedKind): Backoff => new Backoff(POLICIES[kind], timing);
    this.#backoffs = {
      transient: backoff('transient'),
      stubborn: backoff('stubborn'),
      snapshot: backoff('snapshot'),
      tokenLost: backoff('tokenLost'),
    };
  }

  /** Counts a failure and says how many milliseconds to wait; the platform's `Retry-After` (milliseconds) is a floor. */
  next(kind: DeltasWait, retryAfterMs: number): number {
    if (kind === 'none') return 0;
    return this.#backoffs[kind].next(Math.max(FLOORS_MS[kind], retryAfterMs));
  }

  /** The platform took something: trouble counts from the beginning again after a stretch of health. */
  succeeded(): void {
    for (const backoff of Object.values(this.#backoffs)) backoff.succeeded();
  }
}
