import { Backoff, type BackoffPolicy } from '@castai/shared/async/backoff.ts';
import { spread } from '@castai/shared/async/spread.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import { DUE_NAMES, type DueName, type LoopCommand, type Pace } from './loop-signals.ts';

/** What a pace is made of. */
export interface LoopPaceOptions extends Timing<'monotonicMs' | 'setTimer'> {
  readonly clusterPollMs: number;
  readonly filesPollMs: number;
}

/** Times do not tell every rewrite: content is read this often even when nothing seems to have changed. */
const REREAD_MS = 3_600_000;
/** A version that differs is asked for again so soon: two equal answers in a row count. */
const CONFIRM_MS = 30_000;
/** The pods of a pool that starts all see the same reason: they come one after another, and the first is enough. */
const SPREAD_MS = 10_000;
const LEASE_TAKEN_MS = 60_000;
const RENEW_MS = 20_000;
/**
 * For what a person has to correct: who has corrected it waits for two and a half minutes at most. An attempt reads the node's secrets and sends all
 * of it, so there is never one within half a minute of another.
 */
const SLOW_MS = 30_000;
/** Shorter or longer by up to this share, so that the pods of a cluster do not ask in step. */
const SHARE = 0.1;

type Troubled = 'cluster' | 'files' | 'delivery' | 'refused';

const POLICIES: Record<Troubled, BackoffPolicy> = {
  cluster: { initialMs: 1_000, maxMs: 300_000, factor: 2, resetAfterMs: 600_000 },
  /** Certificates are exchanged within seconds, images that lack the document are not. */
  files: { initialMs: 6_000, maxMs: 300_000, factor: 2, resetAfterMs: 1 },
  delivery: { initialMs: 1_000, maxMs: 300_000, factor: 2, resetAfterMs: 60_000 },
  /** Above `SLOW_MS`. */
  refused: { initialMs: 15_000, maxMs: 120_000, factor: 2, resetAfterMs: 1 },
};

/** When everything that the loop does is due, on the monotonic clock. At the start all of it is. */
export class LoopPace {
  readonly #options: LoopPaceOptions;
  readonly #backoffs: Record<Troubled, Backoff>;
  readonly #dueAtMs: Record<DueName, number> = { cluster: 0, files: 0, reread: 0, attempt: 0, renewal: 0 };

  readonly #wakeUp: WakeUp;

  constructor(options: LoopPaceOptions) {
    this.#options = options;
    this.#wakeUp = new WakeUp(options.clock);
    const backoff = (what: Troubled): Backoff => new Backoff(POLICIES[what], options);
    this.#backoffs = {
      cluster: backoff('cluster'),
      files: backoff('files'),
      delivery: backoff('delivery'),
      refused: backoff('refused'),
    };
  }

  /** What is due now. */
  get due(): ReadonlySet<DueName> {
    return new Set(DUE_NAMES.filter((name) => this.msUntil(name) === 0));
  }

  /** Milliseconds until something is due; 0: it is. */
  msUntil(name: DueName): number {
    return Math.max(0, this.#dueAtMs[name] - this.#options.clock.monotonicMs());
  }

  /** Sets when something is due next, and says in how many milliseconds that is. A `Retry-After` is the floor of a backoff. */
  schedule(what: DueName, pace: Pace, retryAfterMs: number): number {
    const delayMs = this.#delayMs(pace, retryAfterMs);
    this.#dueAtMs[what] = this.#options.clock.monotonicMs() + delayMs;
    return delayMs;
  }

  /** It works: trouble with it counts from the beginning again after a stretch of health. */
  settled(what: Extract<LoopCommand, { type: 'settled' }>['what']): void {
    this.#backoffs[what].succeeded();
    if (what === 'delivery') this.#backoffs.refused.succeeded();
  }

  /** Resolves when one of these is due; rejects with the signal's reason. Never at once, so that nothing can turn without a pause. */
  async untilDue(names: readonly DueName[], signal: AbortSignal): Promise<void> {
    const ms = Math.min(...names.map((name) => this.msUntil(name)));
    await this.#wakeUp.wait(signal, Math.max(1, ms));
  }

  /** Makes something due now, and ends a wait for it. */
  hasten(what: DueName): void {
    this.#dueAtMs[what] = 0;
    this.#wakeUp.wake();
  }

  #delayMs(pace: Pace, retryAfterMs: number): number {
    const { clusterPollMs, filesPollMs, random } = this.#options;
    switch (pace) {
      case 'clusterPoll':
        return spread(clusterPollMs, SHARE, random);
      case 'confirm':
        return spread(Math.min(CONFIRM_MS, clusterPollMs), SHARE, random);
      case 'kubeBackoff':
        return this.#backoffs.cluster.next(retryAfterMs);
      case 'filesPoll':
        return filesPollMs;
      case 'readBackoff':
        return this.#backoffs.files.next(retryAfterMs);
      case 'reread':
        return REREAD_MS;
      case 'spread':
        return random() * Math.min(SPREAD_MS, clusterPollMs);
      case 'leaseTaken':
        return Math.min(LEASE_TAKEN_MS, clusterPollMs) * (1 + random());
      case 'sendBackoff':
        return this.#backoffs.delivery.next(retryAfterMs);
      case 'slow':
        return this.#backoffs.refused.next(Math.max(SLOW_MS, retryAfterMs));
      case 'now':
        return 0;
      case 'renewal':
        return RENEW_MS;
    }
  }
}
