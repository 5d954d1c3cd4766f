import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import { applyObject } from '@castai/shared/kube/apply-object.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';

/** Where the id goes. */
export interface ClusterIdPlace {
  readonly namespace: string;
  /** Name of the ConfigMap. */
  readonly name: string;
  readonly key: string;
}

/** Who is told how it goes. */
export interface ClusterIdObserver {
  onClusterIdWritten(place: ClusterIdPlace): void;
  /** It is tried again after so many milliseconds. */
  onClusterIdNotWritten(error: unknown, delayMs: number): void;
}

/** What the writer needs. */
export interface ClusterIdMapOptions extends Timing<'monotonicMs' | 'setTimer'> {
  readonly client: Pick<KubeClient, 'patch'>;
  /** Undefined: nothing is written. */
  readonly place: ClusterIdPlace | undefined;
  readonly observer: ClusterIdObserver;
}

/** For whoever makes the roles: what writing the id needs. */
export const CLUSTER_ID_RIGHTS_HINT =
  'let the chart make the right (agent.rbac.writeClusterId with agent.rbac.create), or grant create and patch on this ConfigMap; it is tried again by itself';

/** A missing right is granted by a person: five minutes are no load, and short enough to see that it helped. */
const POLICY = { initialMs: 2_000, maxMs: 300_000, factor: 2, resetAfterMs: 60_000 };
/** Somebody may have deleted it, and pods that start later need it. Writing what is there already changes nothing. */
const AGAIN_MS = 3_600_000;

/**
 * Writes the platform's id of the cluster into a ConfigMap, from which the other components have it: a whole install in one step.
 *
 * Ways back to the API server, one request under way at a time: another id (at once); a failure (its backoff, and what the server
 * asks for); an hour after it was written.
 */
export class ClusterIdMap {
  readonly #options: ClusterIdMapOptions;
  readonly #wakeUp: WakeUp;
  #wanted = '';

  constructor(options: ClusterIdMapOptions) {
    this.#options = options;
    this.#wakeUp = new WakeUp(options.clock);
  }

  /** The cluster has this id. */
  note(clusterId: string): void {
    if (clusterId === this.#wanted) return;
    this.#wanted = clusterId;
    this.#wakeUp.wake();
  }

  /** Runs until the signal; rejects with its reason. */
  async run(signal: AbortSignal): Promise<void> {
    const { place, observer } = this.#options;
    const backoff = new Backoff(POLICY, this.#options);
    let toldOf = '';
    for (;;) {
      const clusterId = this.#wanted;
      if (clusterId === '' || place === undefined) {
        await this.#wakeUp.wait(signal);
        continue;
      }
      let delayMs = AGAIN_MS;
      try {
        await this.#write(place, clusterId, signal);
        backoff.succeeded();
        if (toldOf !== clusterId) observer.onClusterIdWritten(place);
        toldOf = clusterId;
      } catch (error) {
        signal.throwIfAborted();
        toldOf = '';
        delayMs = backoff.next(error instanceof KubeError ? error.retryAfterMs : 0);
        observer.onClusterIdNotWritten(error, delayMs);
      }
      // What came during the request has woken nobody.
      if (clusterId === this.#wanted) await this.#wakeUp.wait(signal, delayMs);
    }
  }

  async #write({ namespace, name, key }: ClusterIdPlace, clusterId: string, signal: AbortSignal): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { [key]: clusterId } };
    const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
    await applyObject(this.#options.client, { path, manager: 'castai-agent', body }, signal);
  }
}
