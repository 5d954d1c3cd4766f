import type { Discovery, DiscoveryResult } from '@castai/shared/kube/discovery.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { type FeedSpec, listPath } from './feeds.ts';
import type { ApiSurvey } from './supervisor.ts';

/** Asks the API server by discovery and access reviews. */
export class KubeSurvey implements ApiSurvey {
  readonly #client: Pick<KubeClient, 'canI' | 'get'>;
  readonly #discovery: Pick<Discovery, 'refresh'>;

  constructor(client: Pick<KubeClient, 'canI' | 'get'>, discovery: Pick<Discovery, 'refresh'>) {
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

  /**
   * Whether a list of it is answered: for who may not ask for access reviews. Says nothing of the right to watch. False for 403 and
   * 404; rejects with a `KubeError` when it cannot be told.
   */
  async canList(spec: FeedSpec, version: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#client.get(`${listPath(spec, version)}?limit=1`, signal);
      return true;
    } catch (error) {
      if (error instanceof KubeError && (error.code === 'KUBE_FORBIDDEN' || error.code === 'KUBE_NOT_FOUND'))
        return false;
      throw error;
    }
  }
}
