import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import type { JsonClient } from '@castai/shared/wire/json-client.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { actionsCall } from './actions-call.ts';
import type { Asked } from './parse-answer.ts';

/** Who is told how polls go. */
export interface PollObserver {
  onPolled(asked: Asked): void;
  onPollFailed(verdict: Verdict, delayMs: number): void;
}

/** What it needs. */
export interface PollerOptions extends Timing<'monotonicMs' | 'sleep'> {
  readonly platform: Pick<JsonClient, 'call'>;
  readonly clusterId: string;
  /** `1.33`; empty while it is not known. */
  readonly kubernetesVersion: () => string;
  /** Of the program, as a poll says it: whoever is told of clusters hears of a controller that polls and can do nothing. */
  readonly verdict: () => string;
  readonly observer: PollObserver;
}

/** From the beginning of one poll to that of the next, at least: what is not acknowledged yet is answered at once each time. */
const PERIOD_MS = 5000;
const NOT_ASKED = 'the platform was not asked yet';
const BACKOFF = { initialMs: 2000, maxMs: 60_000, factor: 2, resetAfterMs: 60_000 } as const;

/**
 * Polls the platform. Ways back to a poll: the one before was answered (at once if that took its time, because then the platform holds
 * its answers, else 5 s after its beginning), or failed (a pause that grows, up to a minute, with Retry-After as floor). The platform being
 * away is no reason to end: what is under way goes on.
 */
export class Poller {
  readonly #options: PollerOptions;
  #problem = NOT_ASKED;
  #failure: Verdict | undefined;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** Why the last poll failed; empty when it did not. */
  get problem(): string {
    return this.#problem;
  }

  /** How the last poll of this term failed; undefined: it did not, or none was answered yet. */
  get failure(): Verdict | undefined {
    return this.#failure;
  }

  /** Works until the signal; rejects with its reason. */
  async run(signal: AbortSignal, onAsked: (asked: Asked) => void): Promise<never> {
    const { platform, clusterId, kubernetesVersion, verdict: own, observer, clock, random } = this.#options;
    const backoff = new Backoff(BACKOFF, { clock, random });
    // How the last poll of a term before failed says nothing of now, and the first one of this may be held for minutes.
    [this.#problem, this.#failure] = [NOT_ASKED, undefined];
    for (;;) {
      const startedAtMs = clock.monotonicMs();
      const words = { kubernetesVersion: kubernetesVersion(), verdict: own() };
      const outcome = await platform.call(actionsCall(clusterId, words), signal);
      signal.throwIfAborted();
      if (outcome.ok) {
        backoff.succeeded();
        this.#problem = '';
        this.#failure = undefined;
        observer.onPolled(outcome.value);
        onAsked(outcome.value);
        await clock.sleep(Math.max(0, startedAtMs + PERIOD_MS - clock.monotonicMs()), signal);
      } else {
        const { verdict } = outcome;
        const delayMs = backoff.next(verdict.retryAfterMs);
        this.#problem = verdict.detail;
        this.#failure = verdict;
        observer.onPollFailed(verdict, delayMs);
        await clock.sleep(delayMs, signal);
      }
    }
  }
}
