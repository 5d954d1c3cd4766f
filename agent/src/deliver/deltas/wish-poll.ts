import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import { spread } from '@castai/shared/async/spread.ts';
import type { JsonClient } from '@castai/shared/wire/json-client.ts';
import { type PlatformWishes, platformWishesCall } from './platform-wishes-call.ts';

/** What the poll needs. */
export interface WishPollOptions {
  readonly rest: Pick<JsonClient, 'call'>;
  readonly agentVersion: string;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Who listens. */
export interface WishListener {
  readonly clusterId: string;
  /** The question goes out: what happens after it is not known to the answer. */
  onAsked(): void;
  onWishes(wishes: PlatformWishes): void;
}

/** How often agents of this API have always asked. */
const ASK_MS = 15_000;
/** A platform that does not know the call is asked more and more seldom. */
const FAILED = { initialMs: 15_000, maxMs: 300_000, factor: 2, resetAfterMs: 0 };

/** Asks the platform what it wants of the agent, and tells it which version runs: the only way in which this wire hears of wishes. */
export class WishPoll {
  readonly #options: WishPollOptions;

  constructor(options: WishPollOptions) {
    this.#options = options;
  }

  /** Asks until the signal aborts, and rejects with its reason. */
  async run(listener: WishListener, signal: AbortSignal): Promise<never> {
    const { rest, agentVersion, clock, random } = this.#options;
    const failed = new Backoff(FAILED, this.#options);
    for (;;) {
      listener.onAsked();
      const call = platformWishesCall(listener.clusterId, { agentVersion, gitCommit: 'unknown' });
      // That it is not answered is nothing to tell: the deltas say so more loudly.
      const outcome = await rest.call(call, signal);
      if (outcome.ok) {
        failed.succeeded();
        listener.onWishes(outcome.value);
      }
      const restMs = outcome.ok ? spread(ASK_MS, 0.1, random) : failed.next(ASK_MS);
      await clock.sleep(restMs, signal);
    }
  }
}
