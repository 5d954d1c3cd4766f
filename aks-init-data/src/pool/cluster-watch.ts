import type { Clock } from '@castai/shared/async/clock.ts';
import { CastaiError } from '@castai/shared/errors.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { isKubeObject } from '@castai/shared/kube/kube-object.ts';
import type { JsonClient } from '@castai/shared/wire/json-client.ts';
import { classifyNode, type NodeVerdict, shortened } from './classify-node.ts';
import { initDataWishCall } from './init-data-wish-call.ts';
import type { PoolName } from './pool-name.ts';
import type { PoolStore, StoredState } from './pool-store.ts';

/** What looking at the cluster needs. */
export interface ClusterWatchOptions {
  readonly kube: Pick<KubeClient, 'get'>;
  readonly store: PoolStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly nodeName: string;
  readonly clusterId: string;
  /** Absent in compatibility mode: the older platform has no wishes. */
  readonly platform: Pick<JsonClient, 'call'> | undefined;
  /** How often one of all pods asks the platform for a wish, in milliseconds. */
  readonly askEveryMs: number;
}

/** Reads what the cluster tells: our node, the control plane's version, what was delivered. One look each, no retry. */
export class ClusterWatch {
  readonly #options: ClusterWatchOptions;

  constructor(options: ClusterWatchOptions) {
    this.#options = options;
  }

  /** What our node is. Throws what the API server answers. */
  async node(signal: AbortSignal): Promise<NodeVerdict> {
    const { kube, nodeName } = this.#options;
    const node = await kube.get(`/api/v1/nodes/${encodeURIComponent(nodeName)}`, signal);
    if (isKubeObject(node)) return classifyNode(node);
    throw new CastaiError('KUBE_SERVER_ERROR', 'the API server answered with something that is no node');
  }

  /** The control plane's version: `v1.33.2`. Throws what the API server answers. */
  async version(signal: AbortSignal): Promise<string> {
    const { gitVersion } = await this.#options.kube.get('/version', signal);
    if (typeof gitVersion === 'string' && gitVersion !== '') return shortened(gitVersion);
    throw new CastaiError('KUBE_SERVER_ERROR', 'the API server does not tell its version');
  }

  /**
   * What is kept of a pool, and the platform's last wish: asked for when nobody has for a while, and once more before a wish is answered,
   * because anybody may have written it down. Throws what the API server answers.
   */
  async stored(pool: PoolName, during: 'look' | 'attempt', signal: AbortSignal): Promise<StoredState> {
    const { store, platform, clock, askEveryMs } = this.#options;
    const stored = await store.read(pool, clock.now(), signal);
    const { requestId, pool: kept } = stored;
    const isToAnswer = during === 'attempt' && requestId !== '' && requestId !== kept.acked?.requestId;
    const isDue = isToAnswer || clock.now() >= stored.askedAtMs + askEveryMs;
    if (platform === undefined || !isDue) return stored;
    try {
      return { ...stored, requestId: await this.#ask(platform, stored, signal) };
    } catch {
      signal.throwIfAborted();
      // A wish can wait for the next turn, a delivery must not wait for a wish. Whoever cannot write here cannot keep a
      // record of deliveries either, and says so then.
      return stored;
    }
  }

  /** The platform's wish, if it is our turn to ask and it answers; else the one that is known. */
  async #ask(
    platform: NonNullable<ClusterWatchOptions['platform']>,
    stored: StoredState,
    signal: AbortSignal,
  ): Promise<string> {
    const { store, clock, clusterId } = this.#options;
    const nowMs = clock.now();
    if (!(await store.claimTurn(stored, nowMs, signal))) return stored.requestId;
    const outcome = await platform.call(initDataWishCall(clusterId), signal);
    if (!outcome.ok || outcome.value === stored.requestId) return stored.requestId;
    await store.keepRequest(outcome.value, nowMs, signal);
    return outcome.value;
  }
}
