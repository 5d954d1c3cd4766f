import type { KubeClient } from '../kube/kube-client.ts';
import type { PodName } from './pod-view.ts';

/**
 * How pods are made to go, each as one attempt. Both ways are on condition of the uid: another pod of the same name is not meant.
 *
 * There are two: `PodRemover`, and `DryPodRemover`, which asks whether it would be let and removes nothing. Which one is chosen once,
 * where a program is put together.
 */
export interface EvictionWriter {
  /** Asks a pod to go, as its disruption budgets allow. Throws a `KubeError`, or the signal's reason. */
  evict(pod: PodName, signal: AbortSignal): Promise<'asked' | 'spared'>;
  /** Has a pod end within its own time of grace, past every budget. Throws a `KubeError`, or the signal's reason. */
  remove(pod: PodName, signal: AbortSignal): Promise<'asked' | 'spared'>;
}

/** Who is told what would have been done. */
export interface DryEvictionObserver {
  onDryEviction(pod: PodName, how: 'evict' | 'delete'): void;
}

type Client = Pick<KubeClient, 'create' | 'delete'>;

/** Removes pods in earnest. */
export class PodRemover implements EvictionWriter {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async evict(pod: PodName, signal: AbortSignal): Promise<'asked'> {
    await this.#client.create(`${pathOf(pod)}/eviction`, evictionOf(pod), signal);
    return 'asked';
  }

  async remove(pod: PodName, signal: AbortSignal): Promise<'asked'> {
    await this.#client.delete(pathOf(pod), preconditionsOf(pod), signal);
    return 'asked';
  }
}

/** Tells what `PodRemover` would have done, once the API server has said that it would have been let. */
export class DryPodRemover implements EvictionWriter {
  readonly #client: Client;
  readonly #observer: DryEvictionObserver;

  constructor({ client, observer }: { readonly client: Client; readonly observer: DryEvictionObserver }) {
    this.#client = client;
    this.#observer = observer;
  }

  async evict(pod: PodName, signal: AbortSignal): Promise<'spared'> {
    await this.#client.create(`${pathOf(pod)}/eviction?dryRun=All`, evictionOf(pod), signal);
    this.#observer.onDryEviction(pod, 'evict');
    return 'spared';
  }

  async remove(pod: PodName, signal: AbortSignal): Promise<'spared'> {
    await this.#client.delete(`${pathOf(pod)}?dryRun=All`, preconditionsOf(pod), signal);
    this.#observer.onDryEviction(pod, 'delete');
    return 'spared';
  }
}

function pathOf({ namespace, name }: PodName): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
}

function evictionOf(pod: PodName): unknown {
  const { namespace, name } = pod;
  return {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
    deleteOptions: preconditionsOf(pod),
  };
}

function preconditionsOf({ uid }: PodName): object {
  return { preconditions: { uid } };
}
