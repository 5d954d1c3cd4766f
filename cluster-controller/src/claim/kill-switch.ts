import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { readObject } from '../do/read-cluster.ts';

/**
 * The ConfigMap in the own namespace by which a person stops new actions, `paused: "true"`, and lines of log for the platform,
 * `logs: "false"`. One of its own: that of the program's name holds what the existing controller's chart puts there for others.
 */
export const SWITCH_NAME = 'castai-cluster-controller-switch';

/** What people write for no; of a switch that stops, everything else is a yes: whoever wrote `paused: "yes"` meant to. */
const NO: ReadonlySet<string> = new Set(['', 'false', 'no', 'off', '0', 'n', 'f']);

/**
 * What somebody has stopped. It is read right before something is begun or sent, so that it counts at once and costs nothing while there is
 * nothing to do. No ConfigMap means that nobody has.
 */
export class KillSwitch {
  readonly #client: Pick<KubeClient, 'get'>;
  readonly #path: string;
  #silencesLogs = false;

  constructor(client: Pick<KubeClient, 'get'>, namespace: string) {
    this.#client = client;
    this.#path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${SWITCH_NAME}`;
  }

  /**
   * Whether new actions are stopped: by any value but a no. Throws what the API server answers, and when that is no ConfigMap: who cannot
   * know must not begin.
   */
  async isPaused(signal: AbortSignal): Promise<boolean> {
    return !NO.has((await this.#read('paused', signal)) ?? '');
  }

  /**
   * Whether no line of log goes to the platform. As it was while it cannot be read: what a person wants most to know then is why. Rejects with
   * the signal's reason.
   */
  async silencesLogs(signal: AbortSignal): Promise<boolean> {
    try {
      this.#silencesLogs = NO.has((await this.#read('logs', signal)) || 'true');
    } catch {
      signal.throwIfAborted();
    }
    return this.#silencesLogs;
  }

  async #read(key: 'paused' | 'logs', signal: AbortSignal): Promise<string | undefined> {
    const map = await readObject(this.#client, this.#path, signal);
    if (map !== undefined && !isRecord(map['metadata'])) {
      throw new KubeError('KUBE_STREAM_BROKEN', 'the API server answered with something that is no ConfigMap');
    }
    const data = map?.['data'];
    const value = isRecord(data) ? data[key] : undefined;
    return typeof value === 'string' ? value.trim().toLowerCase() : undefined;
  }
}
