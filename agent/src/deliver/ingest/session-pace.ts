import { Backoff, type BackoffPolicy } from '@castai/shared/async/backoff.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import type { WaitKind } from './session-signals.ts';

type PacedKind = Exclude<WaitKind, 'none'>;

const POLICIES: Record<PacedKind, BackoffPolicy> = {
  transient: { initialMs: 500, maxMs: 30_000, factor: 2, resetAfterMs: 10_000 },
  stubborn: { initialMs: 30_000, maxMs: 600_000, factor: 2, resetAfterMs: 0 },
  fenced: { initialMs: 300_000, maxMs: 300_000, factor: 1, resetAfterMs: 0 },
  contested: { initialMs: 1_000, maxMs: 300_000, factor: 300, resetAfterMs: 600_000 },
};
/** The shortest wait of a kind: full jitter alone may come out near zero, which is no patience with a refused key. */
const FLOORS_MS: Record<PacedKind, number> = { transient: 0, stubborn: 30_000, fenced: 300_000, contested: 0 };

/** How long the session waits before it tries again, by the kind of trouble. */
export class SessionPace {
  readonly #backoffs: Record<PacedKind, Backoff>;

  constructor(dependencies: Timing<'monotonicMs'>) {
    const backoff = (kind: PacedKind): Backoff => new Backoff(POLICIES[kind], dependencies);
    this.#backoffs = {
      transient: backoff('transient'),
      stubborn: backoff('stubborn'),
      fenced: backoff('fenced'),
      contested: backoff('contested'),
    };
  }

  /** Counts a failure and says how many milliseconds to wait; the platform's `Retry-After` (milliseconds) is a floor. */
  next(kind: WaitKind, retryAfterMs: number): number {
    if (kind === 'none') return 0;
    const backoff = this.#backoffs[kind];
    // Once it was somebody who did not know better yet. Twice, there are two with a lease each, and neither will give in.
    const floorMs = kind === 'contested' && backoff.attempts > 0 ? FLOORS_MS.fenced : FLOORS_MS[kind];
    return backoff.next(Math.max(floorMs, retryAfterMs));
  }

  /** The platform took something: trouble counts from the beginning again after a stretch of health. */
  succeeded(): void {
    for (const backoff of Object.values(this.#backoffs)) backoff.succeeded();
  }
}
