import type { Clock } from '@castai/shared/async/clock.ts';
import { withDeadline } from '@castai/shared/async/deadline.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import { kubeDeadline } from '@castai/shared/kube/kube-deadline.ts';
import { forEachAtOnce } from '@castai/shared/async/for-each-at-once.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { NodeResult } from './node-result.ts';
import { type PlannedEviction, planEvictions } from './plan-evictions.ts';
import { UrgentBackoff } from './urgent-backoff.ts';

/** Who is told what came of it. */
export interface EvictionObserver {
  onEvictionsPlanned(count: number): void;
  /** One pod has been asked to go. */
  onEvicted(result: NodeResult): void;
  onEvictionFailed(error: unknown): void;
  /** Every pod that can be evicted has been asked to go. */
  onAllAsked(count: number): void;
}

/** What an evictor needs. */
export interface EvictorOptions {
  readonly client: Pick<KubeClient, 'get' | 'create'>;
  readonly nodeName: string;
  /** Pods that are evicted before the node is marked would come back to it. */
  readonly isNodeMarked: () => boolean;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly observer: EvictionObserver;
  /** Whether it is only through when the pods that were asked have gone: who approves an event ends their time to do so. */
  readonly awaitsEnd: boolean;
  /** It is through. */
  readonly onDrained: () => void;
}

/** So many requests at once: a node has a hundred pods and perhaps ten seconds. */
const AT_ONCE = 8;
/** One page of pods is the unit of memory. */
const PAGE = 50;
const ATTEMPT_MS = 3000;
/** Pods take seconds to end, and every node of a mass preemption looks. */
const ENDING_LOOK_MS = 5000;

/**
 * Evicts the pods of the node while there is a reason to, through the API that respects disruption budgets. A budget that forbids it
 * is asked again and again: the machine goes anyway, and the budget may have room before it does.
 */
export class Evictor {
  readonly #options: EvictorOptions;
  readonly #reasons = new Set<string>();
  readonly #alarm: WakeUp;
  #isDone = true;

  constructor(options: EvictorOptions) {
    this.#options = options;
    this.#alarm = new WakeUp(options.clock);
  }

  /** Pods are still to be evicted. */
  get isPending(): boolean {
    return this.#reasons.size > 0 && !this.#isDone;
  }

  /** Evicts because of this notice; to be begun as soon as the node is marked. */
  want(noticeId: string): void {
    if (this.#reasons.has(noticeId)) return;
    this.#reasons.add(noticeId);
    this.#isDone = false;
    this.#alarm.wake();
  }

  /** Stops, unless there is another reason. */
  drop(noticeId: string): void {
    this.#reasons.delete(noticeId);
  }

  /** Tries now what waits. */
  flush(): void {
    this.poke();
  }

  /** Something that was waited for may be there: the mark. */
  poke(): void {
    this.#alarm.wake();
  }

  /** Works until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      if (this.isPending && this.#options.isNodeMarked()) await this.#empty(signal);
      else await this.#alarm.wait(signal);
    }
  }

  /** Asks all pods, and asks again, until nothing is left or the reason is gone. */
  async #empty(signal: AbortSignal): Promise<void> {
    const { clock, random, observer, awaitsEnd, onDrained } = this.#options;
    const backoff = new UrgentBackoff({ clock, random });
    let evicted = 0;
    let [isBegun, isAllAsked] = [false, false];
    while (this.isPending) {
      let delayMs: number | undefined;
      try {
        const { evictions, endingCount } = planEvictions(await this.#pods(signal));
        if (evictions.length > 0) {
          // Said once: a budget that forbids them is asked every second.
          if (!isBegun) observer.onEvictionsPlanned(evictions.length);
          isBegun = true;
          evicted += await this.#evictAll(evictions, signal);
        } else {
          if (!isAllAsked) observer.onAllAsked(evicted);
          isAllAsked = true;
          delayMs = ENDING_LOOK_MS;
          if (!awaitsEnd || endingCount === 0) {
            this.#isDone = true;
            onDrained();
            return;
          }
        }
      } catch (error) {
        signal.throwIfAborted();
        observer.onEvictionFailed(error);
      }
      await this.#alarm.wait(signal, delayMs ?? backoff.next({}));
    }
  }

  async #pods(signal: AbortSignal): Promise<unknown[]> {
    const { client, nodeName, clock } = this.#options;
    const pods: unknown[] = [];
    let token = '';
    do {
      const query = new URLSearchParams({ fieldSelector: `spec.nodeName=${nodeName}`, limit: String(PAGE) });
      if (token !== '') query.set('continue', token);
      const path = `/api/v1/pods?${query.toString()}`;
      const page = await withDeadline(kubeDeadline(ATTEMPT_MS, clock), (limited) => client.get(path, limited), signal);
      if (Array.isArray(page['items'])) pods.push(...page['items'].map(slim));
      const next = isRecord(page['metadata']) ? page['metadata']['continue'] : undefined;
      token = typeof next === 'string' ? next : '';
    } while (token !== '');
    return pods;
  }

  /** How many were asked to go. */
  async #evictAll(plan: readonly PlannedEviction[], signal: AbortSignal): Promise<number> {
    let evicted = 0;
    await forEachAtOnce(plan, AT_ONCE, async (pod) => {
      if (this.isPending && (await this.#evict(pod, signal))) evicted += 1;
    });
    return evicted;
  }

  async #evict({ namespace, name, uid }: PlannedEviction, signal: AbortSignal): Promise<boolean> {
    const { client, clock, observer } = this.#options;
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/eviction`;
    const body = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace },
      // Another pod of the same name, on another node, is not meant.
      deleteOptions: { preconditions: { uid } },
    };
    try {
      await withDeadline(kubeDeadline(ATTEMPT_MS, clock), (limited) => client.create(path, body, limited), signal);
      observer.onEvicted('ok');
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof KubeError && (error.code === 'KUBE_NOT_FOUND' || error.code === 'KUBE_CONFLICT'))
        return false;
      // A disruption budget forbids it for now: no failure, and the next round asks again.
      if (error instanceof KubeError && error.code === 'KUBE_THROTTLED') observer.onEvicted('conflict');
      else observer.onEvictionFailed(error);
      return false;
    }
  }
}

/** Keeps of a pod what the plan looks at: a node's pods are a megabyte. */
function slim(pod: unknown): unknown {
  if (!isRecord(pod) || !isRecord(pod['metadata']) || !isRecord(pod['spec'])) return undefined;
  const { name, namespace, uid, deletionTimestamp, annotations, ownerReferences } = pod['metadata'];
  const { priority, terminationGracePeriodSeconds } = pod['spec'];
  const mirror = isRecord(annotations) ? annotations['kubernetes.io/config.mirror'] : undefined;
  const phase = isRecord(pod['status']) ? pod['status']['phase'] : undefined;
  return {
    metadata: {
      name,
      namespace,
      uid,
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(mirror === undefined ? {} : { annotations: { 'kubernetes.io/config.mirror': mirror } }),
      ownerReferences,
    },
    spec: { priority, terminationGracePeriodSeconds },
    status: { phase },
  };
}
