import type { EvictionWriter } from '@castai/shared/drain/eviction-writer.ts';
import type { PodName } from '@castai/shared/drain/pod-view.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { isRecord, toKubeObject } from '@castai/shared/kube/kube-object.ts';
import { podPath } from './cluster-paths.ts';
import { readObject } from './read-cluster.ts';

/** What it needs. */
export interface PodGateOptions {
  readonly client: Pick<KubeClient, 'get'>;
  readonly writer: EvictionWriter;
  /** Whether pods that are marked to stay may be deleted past their budgets all the same. */
  readonly forcesMarked: boolean;
}

/** Marks, as label or annotation, by which somebody says that a pod is to stay, with the value that says so. */
const STAY: Readonly<Record<string, string>> = {
  'autoscaling.cast.ai/removal-disabled': 'true',
  'beta.evictor.cast.ai/eviction-disabled': 'true',
  'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
  'karpenter.sh/do-not-disrupt': 'true',
  'karpenter.sh/do-not-evict': 'true',
};

/** People write `True` as well. */
function isSaid(found: unknown, wanted: string | undefined): boolean {
  return typeof found === 'string' && found.toLowerCase() === wanted;
}

/**
 * Looks at a pod right before it is made to go. The API server checks the uid as well, but only after it has taken one from the pod's
 * budget (measured): a refused eviction of a successor keeps the next one, which is meant, waiting.
 */
export class PodGate implements EvictionWriter {
  readonly #options: PodGateOptions;
  readonly #forced = new Set<string>();

  constructor(options: PodGateOptions) {
    this.#options = options;
  }

  /** How many pods were deleted past their budgets. */
  get forcedCount(): number {
    return this.#forced.size;
  }

  async evict(pod: PodName, signal: AbortSignal): Promise<'asked' | 'spared'> {
    await this.#look(pod, signal);
    return this.#options.writer.evict(pod, signal);
  }

  async remove(pod: PodName, signal: AbortSignal): Promise<'asked' | 'spared'> {
    const mark = await this.#look(pod, signal);
    if (mark !== undefined && !this.#options.forcesMarked) {
      throw new KubeError('KUBE_FORBIDDEN', `it is marked to stay (${mark}), which force does not pass over`);
    }
    const answer = await this.#options.writer.remove(pod, signal);
    this.#forced.add(pod.uid);
    return answer;
  }

  /** The mark by which a pod is to stay, if it has one. Throws `KUBE_NOT_FOUND` when the pod that is meant is not there any more. */
  async #look(pod: PodName, signal: AbortSignal): Promise<string | undefined> {
    const object = toKubeObject(await readObject(this.#options.client, podPath(pod), signal));
    if (object?.metadata.uid !== pod.uid) throw new KubeError('KUBE_NOT_FOUND', 'the pod has gone');
    const { labels, annotations } = object.metadata;
    return [labels, annotations]
      .filter(isRecord)
      .flatMap((texts) => Object.keys(STAY).filter((key) => isSaid(texts[key], STAY[key])))
      .at(0);
  }
}
