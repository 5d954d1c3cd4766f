import { randomUUID } from 'node:crypto';
import { withDeadline } from '@castai/shared/async/deadline.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import { eventName } from '@castai/shared/kube/event-name.ts';
import { kubeDeadline } from '@castai/shared/kube/kube-deadline.ts';
import type { SpotWriter } from './spot-writer.ts';
import { UrgentBackoff } from './urgent-backoff.ts';

/** What a Kubernetes Event says. */
export interface NodeEventText {
  readonly type: 'Normal' | 'Warning';
  /** One word in UpperCamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** What it needs. */
export interface NodeEventsOptions extends Timing {
  readonly writer: Pick<SpotWriter, 'addEvent'>;
  readonly nodeName: string;
  /** Uid of the node object, empty while it is not known. */
  readonly nodeUid: () => string;
  readonly onFailure: (error: unknown) => void;
}

const MOST_WAITING = 50;
const ATTEMPTS = 5;
const ATTEMPT_MS = 2000;
/** For the first answer of the API server, which tells the node's uid and the time: a notice may be there before it. */
const FIRST_ANSWER_MS = 2000;

/**
 * Writes Kubernetes Events about the node, one after the other and beside everything else: they are for people, so nothing waits
 * for them, and those that cannot be written are given up and told of.
 */
export class NodeEvents {
  readonly #options: NodeEventsOptions;
  /** Monotonic times: a notice may come before the API server has said what time it is. */
  readonly #waiting: { readonly text: NodeEventText; readonly addedMs: number }[] = [];
  readonly #wakeUp: WakeUp;

  constructor(options: NodeEventsOptions) {
    this.#options = options;
    this.#wakeUp = new WakeUp(options.clock);
  }

  /** Takes an event; the oldest is given up when too many wait. */
  add(text: NodeEventText): void {
    this.#waiting.push({ text, addedMs: this.#options.clock.monotonicMs() });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    this.#wakeUp.wake();
  }

  /** Works until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next === undefined) await this.#wakeUp.wait(signal);
      else await this.#write(next.text, next.addedMs, signal);
    }
  }

  async #write(text: NodeEventText, addedMs: number, signal: AbortSignal): Promise<void> {
    const { writer, clock, random, nodeUid, onFailure } = this.#options;
    if (nodeUid() === '') await clock.sleep(FIRST_ANSWER_MS, signal);
    const backoff = new UrgentBackoff({ clock, random });
    for (let attempt = 1; ; attempt += 1) {
      try {
        const body = this.#toEvent(text, clock.now() - (clock.monotonicMs() - addedMs));
        await withDeadline(kubeDeadline(ATTEMPT_MS, clock), (limited) => writer.addEvent(body, limited), signal);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (attempt >= ATTEMPTS) {
          onFailure(error);
          return;
        }
        await clock.sleep(backoff.next({}), signal);
      }
    }
  }

  #toEvent({ type, reason, message }: NodeEventText, atMs: number): unknown {
    const { nodeName, nodeUid } = this.#options;
    const at = new Date(atMs).toISOString();
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: eventName(nodeName, randomUUID()), namespace: 'default' },
      // The kubelet's events carry the name in place of the uid; `kubectl describe node` looks for both.
      involvedObject: { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: nodeUid() || nodeName },
      type,
      reason,
      message: message.slice(0, 1024),
      source: { component: 'castai-spot-handler', host: nodeName },
      reportingComponent: 'castai-spot-handler',
      reportingInstance: nodeName,
      firstTimestamp: at.replace(/\.\d+Z$/, 'Z'),
      lastTimestamp: at.replace(/\.\d+Z$/, 'Z'),
      count: 1,
    };
  }
}
