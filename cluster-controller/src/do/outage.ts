import type { Clock } from '@castai/shared/async/clock.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';

type Client = Pick<KubeClient, 'get'>;

/** Who was answered for so long has no outage behind it that goes on: the failure after it begins one. */
const HEALTHY_MS = 60_000;

/**
 * How long an API server has been away for a step that is tried again and again. It counts from the first failure and not from the beginning
 * of the step, which may have waited for an hour for pods. Reads that are answered while every write fails end nothing: an attempt ends an
 * outage by having been answered for a minute.
 */
export class Outage {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #sinceMs: number | undefined;
  #triedAtMs: number;
  #heardAtMs: number;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
    this.#triedAtMs = clock.monotonicMs();
    this.#heardAtMs = this.#triedAtMs;
  }

  /** The same client, whose answers are heard of. */
  listen(client: Client): Client {
    return {
      get: async (path, signal) => {
        const answer = await client.get(path, signal);
        this.#heardAtMs = this.#clock.monotonicMs();
        return answer;
      },
    };
  }

  /** An attempt begins. */
  tries(): void {
    this.#triedAtMs = this.#clock.monotonicMs();
    this.#heardAtMs = this.#triedAtMs;
  }

  /** An attempt has failed; gives for how many milliseconds they have. */
  fails(): number {
    const nowMs = this.#clock.monotonicMs();
    const wasHealthy = this.#heardAtMs - this.#triedAtMs >= HEALTHY_MS;
    if (this.#sinceMs === undefined || wasHealthy) this.#sinceMs = nowMs;
    return nowMs - this.#sinceMs;
  }
}
