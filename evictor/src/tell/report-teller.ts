import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import type { EvictorReport } from '@castai/shared/wire/evictor/evictor-report.ts';
import type { Outcome, Verdict } from '@castai/shared/wire/transport.ts';

/** What it tells with. */
export interface ReportTellerOptions extends Timing {
  /** One attempt. Rejects with the signal's reason only. */
  readonly send: (report: EvictorReport, signal: AbortSignal) => Promise<Outcome<unknown>>;
  /** Told of each attempt that the platform did not take, and of the first that it takes again. */
  readonly onRefused: (verdict: Verdict) => void;
  readonly onTaken: () => void;
}

/** What was told and when, as `/statusz` shows it. */
export interface TellerStatus {
  readonly toldAtMs: number | undefined;
  /** Why the last attempt failed; empty when it did not. */
  readonly problem: string;
}

/** Between two reports: whoever looks at the page does not see more. */
const PAUSE_MS = 60_000;
/** The same report is told once more after this: a platform that lost it has it again, and sees that the evictor lives. */
const AGAIN_MS = 600_000;
/** The next report is newer than the one that failed: nothing is lost by waiting. */
const BACKOFF = { initialMs: 5_000, maxMs: 600_000, factor: 2, resetAfterMs: 120_000 } as const;

/**
 * Tells the platform the newest report. Nothing is kept for later: while the platform is away each look replaces the one before.
 *
 * Ways back to another request, with what changes and what paces it:
 * - a report says something else than what was told: at most one in a minute.
 * - it says the same: once in ten minutes.
 * - refused, or nobody answered: the platform, in time; the backoff, up to ten minutes, with whatever is the newest report by then.
 */
export class ReportTeller {
  readonly #options: ReportTellerOptions;
  readonly #wakeUp: WakeUp;
  readonly #backoff: Backoff;
  #newest: EvictorReport | undefined;
  #told = '';
  #toldAtMs: number | undefined;
  #toldMonotonicMs = -Infinity;
  #problem = '';

  constructor(options: ReportTellerOptions) {
    this.#options = options;
    this.#wakeUp = new WakeUp(options.clock);
    this.#backoff = new Backoff(BACKOFF, options);
  }

  get status(): TellerStatus {
    return { toldAtMs: this.#toldAtMs, problem: this.#problem };
  }

  /** A report that is newer than all before. */
  offer(report: EvictorReport): void {
    this.#newest = report;
    this.#wakeUp.wake();
  }

  /** Another replica looks from now on: what this one has seen is not news any more, and what the platform has is not what it told. */
  forget(): void {
    this.#newest = undefined;
    this.#told = '';
  }

  /** Runs until the signal; rejects with its reason. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const report = this.#newest;
      const waitMs = report === undefined ? Infinity : this.#dueInMs(report);
      if (report === undefined || waitMs > 0) await this.#wakeUp.wait(signal, waitMs);
      else {
        const restMs = await this.#tell(report, signal);
        if (restMs > 0) await clock.sleep(restMs, signal);
      }
    }
  }

  /** How long until a report may be told. */
  #dueInMs(report: EvictorReport): number {
    const pause = contentOf(report) === this.#told ? AGAIN_MS : PAUSE_MS;
    return Math.max(0, this.#toldMonotonicMs + pause - this.#options.clock.monotonicMs());
  }

  /** One attempt; how long to rest after it. */
  async #tell(report: EvictorReport, signal: AbortSignal): Promise<number> {
    const { send, clock, onRefused, onTaken } = this.#options;
    const outcome = await send(report, signal);
    if (!outcome.ok) {
      this.#problem = outcome.verdict.detail;
      onRefused(outcome.verdict);
      return this.#backoff.next(outcome.verdict.retryAfterMs);
    }
    this.#backoff.succeeded();
    // Who leads no more while it is taken does not know what the platform has next.
    this.#told = this.#newest === undefined ? '' : contentOf(report);
    this.#toldAtMs = clock.now();
    this.#toldMonotonicMs = clock.monotonicMs();
    this.#problem = '';
    onTaken();
    return 0;
  }
}

/** All but when it was looked at. */
function contentOf({ at: _at, ...content }: EvictorReport): string {
  return JSON.stringify(content);
}
