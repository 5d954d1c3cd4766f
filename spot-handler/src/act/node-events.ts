import { randomUUID } from 'node:crypto';
import { withDeadline } from '@castai/shared/async/deadline.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
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

/**
 * Writes Kubernetes Events about the node, one after the other and beside everything else: they are for people, so nothing waits
 * for them, and those that cannot be written are given up and told of.
 */
export class NodeEvents {
  readonly #options: NodeEventsOptions;
  readonly #waiting: { readonly text: NodeEventText; readonly atMs: number }[] = [];
  readonly #wakeUp: WakeUp;

  constructor(options: NodeEventsOptions) {
    this.#options = options;
    this.#wakeUp = new WakeUp(options.clock);
  }

  /** Takes an event; the oldest is given up when too many wait. */
  add(text: NodeEventText): void {
    this.#waiting.push({ text, atMs: this.#options.clock.now() });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    this.#wakeUp.wake();
  }

  /** Works until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next === undefined) await this.#wakeUp.wait(signal);
      else await this.#write(next.text, next.atMs, signal);
    }
  }

  async #write(text: NodeEventText, atMs: number, signal: AbortSignal): Promise<void> {
    const { writer, clock, random, onFailure } = this.#options;
    const backoff = new UrgentBackoff({ clock, random });
    for (let attempt = 1; ; attempt += 1) {
      try {
        const body = this.#toEvent(text, atMs);
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
      metadata: { name: `${nodeName}.${randomUUID()}`.slice(-253), namespace: 'default' },
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
