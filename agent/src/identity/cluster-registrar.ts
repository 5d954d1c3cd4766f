import { Backoff } from '@castai/shared/backoff.ts';
import type { Clock } from '@castai/shared/clock.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import type { Logger } from '@castai/shared/log/logger.ts';
import type { RestClient } from '@castai/shared/platform/rest-client.ts';
import { readClusterFacts } from '../cluster-facts.ts';
import type { AgentConfig } from '../config.ts';

/** What a registrar needs. */
export interface ClusterRegistrarOptions {
  readonly config: AgentConfig;
  readonly client: KubeClient;
  readonly rest: RestClient;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Finds out which cluster this is and registers it. */
export class ClusterRegistrar {
  readonly #options: ClusterRegistrarOptions;
  #attempts = 0;

  constructor(options: ClusterRegistrarOptions) {
    this.#options = options;
  }

  /** Lines for `/statusz`. */
  get status(): Record<string, string | number> {
    return { 'registration attempts': this.#attempts };
  }

  /** Resolves with the id of the cluster; tries for ever. */
  async register(signal: AbortSignal): Promise<string> {
    const { config, client, rest, clock, random } = this.#options;
    if (config.clusterId !== undefined) return config.clusterId;
    const backoff = new Backoff({ initialMs: 500, maxMs: 30_000, factor: 2, resetAfterMs: 0 }, { clock, random });
    for (;;) {
      this.#attempts += 1;
      const { clusterUid } = await readClusterFacts(client, signal);
      const outcome = await rest.registerCluster(
        { name: '', provider: { kind: 'anywhere', clusterName: '', kubeSystemNamespaceId: clusterUid } },
        signal,
      );
      if (outcome.ok) return outcome.value.id;
      await clock.sleep(backoff.next(outcome.verdict.retryAfterMs), signal);
    }
  }
}
