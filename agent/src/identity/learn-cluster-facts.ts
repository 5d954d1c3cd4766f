import type { Backoff } from '@castai/shared/async/backoff.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { type ClusterFacts, readClusterFacts } from './cluster-facts.ts';

/** What {@link learnClusterFacts} works with. */
export interface LearnFactsOptions {
  readonly client: Pick<KubeClient, 'get'>;
  readonly clock: Clock;
  readonly backoff: Backoff;
  /** One try has failed, another follows. */
  readonly onFailed: (error: unknown) => void;
}

/** Reads the facts as often as it takes: the API server may be away for as long as it likes. Throws only when the signal aborts. */
export async function learnClusterFacts(options: LearnFactsOptions, signal: AbortSignal): Promise<ClusterFacts> {
  const { client, clock, backoff, onFailed } = options;
  for (;;) {
    try {
      return await readClusterFacts(client, signal);
    } catch (error) {
      signal.throwIfAborted();
      onFailed(error);
      await clock.sleep(backoff.next(), signal);
    }
  }
}
