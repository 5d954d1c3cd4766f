import { randomUUID } from 'node:crypto';
import type { Clock } from '@castai/shared/async/clock.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import type { ClusterWriter } from './cluster-writer.ts';
import { eventsPath } from './cluster-paths.ts';
import { planNodeEvent } from './plan-event.ts';
import type { NodeNews } from './work.ts';

/** What it needs. */
export interface NodeEventsOptions {
  readonly writer: Pick<ClusterWriter, 'create'>;
  readonly reporter: string;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs' | 'setTimer'>;
  readonly onFailure: (error: unknown) => void;
}

interface Waiting {
  readonly node: { readonly name: string; readonly uid: string };
  readonly news: NodeNews;
  readonly atMs: number;
}

const MOST_WAITING = 500;

/**
 * Writes what becomes of nodes as Kubernetes Events, one after another and beside everything else: they are for people, so nothing waits
 * for them. What cannot be written, or is too much, is given up and told.
 */
export class NodeEvents {
  readonly #options: NodeEventsOptions;
  readonly #waiting: Waiting[] = [];
  readonly #wakeUp: WakeUp;

  constructor(options: NodeEventsOptions) {
    this.#options = options;
    this.#wakeUp = new WakeUp(options.clock);
  }

  add(node: Waiting['node'], news: NodeNews): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#options.onFailure(new Error(`more than ${MOST_WAITING} events wait to be written`));
      return;
    }
    this.#waiting.push({ node, news, atMs: this.#options.clock.now() });
    this.#wakeUp.wake();
  }

  /** Works until the signal; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next === undefined) await this.#wakeUp.wait(signal);
      else await this.#write(next, signal);
    }
  }

  async #write({ node, news, atMs }: Waiting, signal: AbortSignal): Promise<void> {
    const { writer, reporter, onFailure } = this.#options;
    const { namespace, body } = planNodeEvent(node, news, { id: randomUUID(), atMs, reporter });
    try {
      await writer.create(eventsPath(namespace), body, signal);
    } catch (error) {
      signal.throwIfAborted();
      onFailure(error);
    }
  }
}
