import type { Discovery, DiscoveryResult } from '@castai/shared/kube/discovery.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import type { FeedSpec } from './feeds.ts';
import type { ApiSurvey } from './supervisor.ts';

/** Asks the API server by discovery and access reviews. */
export class KubeSurvey implements ApiSurvey {
  readonly #client: Pick<KubeClient, 'canI'>;
  readonly #discovery: Pick<Discovery, 'refresh'>;

  constructor(client: Pick<KubeClient, 'canI'>, discovery: Pick<Discovery, 'refresh'>) {
    this.#client = client;
    this.#discovery = discovery;
  }

  /** What the cluster serves now. */
  catalogue(signal: AbortSignal): Promise<DiscoveryResult> {
    return this.#discovery.refresh(signal);
  }

  /** Whether a feed may be listed and, unless it is polled, watched. */
  async mayRead(spec: FeedSpec, signal: AbortSignal): Promise<boolean> {
    const { group, resource, namespace, mode } = spec;
    if (!(await this.#client.canI({ group, resource, verb: 'list', namespace }, signal))) return false;
    return mode === 'poll' || this.#client.canI({ group, resource, verb: 'watch', namespace }, signal);
  }
}
