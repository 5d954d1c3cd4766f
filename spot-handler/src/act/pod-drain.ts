import type { Timing } from '@castai/shared/async/timing.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import { Drain, type DrainObserver } from '@castai/shared/drain/drain.ts';
import type { HeldPod } from '@castai/shared/drain/drain-signals.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import type { SpotWriter } from './spot-writer.ts';
import { UrgentBackoff } from './urgent-backoff.ts';

/** What the drain of the own node needs. */
export interface PodDrainOptions extends Timing {
  readonly client: Pick<KubeClient, 'get'>;
  readonly writer: Pick<SpotWriter, 'pods'>;
  readonly nodeName: string;
  /** Pods that are evicted before the node is marked would come back to it. */
  readonly isNodeMarked: () => boolean;
  readonly observer: DrainObserver;
  /** Whether it is only through when the pods that were asked have gone: who approves an event ends their time to do so. */
  readonly awaitsEnd: boolean;
  /** It is through. */
  readonly onDrained: () => void;
}

/**
 * Empties the own node while a notice is a reason to. Urgent, and without force: the machine goes anyway, so a budget that forbids it is
 * asked again and again, and nobody is deleted past it; what the API server asks for (Retry-After) is not waited for.
 */
export class PodDrain {
  readonly #options: PodDrainOptions;
  readonly #reasons = new Set<string>();
  readonly #wakeUp: WakeUp;
  #isDone = true;
  #drain: Drain | undefined;
  /** Of which pods have left since the node was marked: whoever comes in their place is not asked. */
  #left: ReadonlySet<string> = new Set();

  constructor(options: PodDrainOptions) {
    this.#options = options;
    this.#wakeUp = new WakeUp(options.clock);
  }

  /** Pods are still to be evicted. */
  get isPending(): boolean {
    return this.#reasons.size > 0 && !this.#isDone;
  }

  /** The pods that hold it up, and why; none when it is through or nobody wants it. */
  get held(): readonly HeldPod[] {
    return this.isPending ? (this.#drain?.held ?? []) : [];
  }

  /** Evicts because of this notice; to be begun as soon as the node is marked. */
  want(noticeId: string): void {
    if (this.#reasons.has(noticeId)) return;
    this.#reasons.add(noticeId);
    this.#isDone = false;
    this.flush();
  }

  /** Stops, unless there is another reason. */
  drop(noticeId: string): void {
    this.#reasons.delete(noticeId);
    if (this.#reasons.size > 0) return;
    this.#drain?.stop();
    // The node is given back: what comes onto it then has nothing to do with this mark.
    this.#left = new Set();
  }

  /** Tries now what waits: what was waited for may be there, such as the mark. */
  flush(): void {
    this.#wakeUp.wake();
    this.#drain?.wake();
  }

  /** Works until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      if (this.isPending && this.#options.isNodeMarked()) await this.#empty(signal);
      else await this.#wakeUp.wait(signal);
    }
  }

  async #empty(signal: AbortSignal): Promise<void> {
    const { client, writer, nodeName, clock, observer, awaitsEnd, onDrained } = this.#options;
    const backoff = new UrgentBackoff(this.#options);
    this.#drain = new Drain({
      client,
      nodeName,
      policy: { awaitsEnd },
      writer: writer.pods,
      nextPauseMs: () => backoff.next({}),
      clock,
      observer,
      left: this.#left,
    });
    const outcome = await this.#drain.run(signal);
    if (this.#reasons.size > 0) this.#left = this.#drain.left;
    if (outcome !== 'drained') return;
    this.#isDone = true;
    onDrained();
  }
}
