import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { readObject } from '../do/read-cluster.ts';

/**
 * The ConfigMap in the own namespace by which a person stops new actions, and its key: `paused: "true"`. One of its own: that of the
 * program's name holds what the existing controller's chart puts there for others.
 */
export const SWITCH_NAME = 'castai-cluster-controller-switch';
const SWITCH_KEY = 'paused';

/**
 * Whether somebody has stopped new actions. It is read right before something is begun, so that it counts at once and costs nothing
 * while there is nothing to do. No ConfigMap means that nobody has. Throws what else the API server answers: who cannot know must not begin.
 */
export class KillSwitch {
  readonly #client: Pick<KubeClient, 'get'>;
  readonly #path: string;

  constructor(client: Pick<KubeClient, 'get'>, namespace: string) {
    this.#client = client;
    this.#path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${SWITCH_NAME}`;
  }

  async isPaused(signal: AbortSignal): Promise<boolean> {
    const data = (await readObject(this.#client, this.#path, signal))?.['data'];
    const value = isRecord(data) ? data[SWITCH_KEY] : undefined;
    return typeof value === 'string' && value.trim().toLowerCase() === 'true';
  }
}
