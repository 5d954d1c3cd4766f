import { randomUUID } from 'node:crypto';
import type { Clock } from '@castai/shared/async/clock.ts';
import { withDeadline } from '@castai/shared/async/deadline.ts';
import { Machine } from '@castai/shared/async/machine.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { kubeDeadline } from '@castai/shared/kube/kube-deadline.ts';
import type { FullReport } from '../report/report.ts';
import {
  type AnnounceCommand,
  type AnnounceInput,
  type AnnounceState,
  BLANK,
  type FoundNews,
  stepAnnounce,
} from './announce-state.ts';
import { EVENT_NAMESPACE, nodeEvent } from './node-event.ts';
import { isNotLookedAt } from '../simulate/search-before.ts';

/** What came of an Event about a node; also a metric label. */
export type EventOutcome = 'written' | 'failed' | 'omitted';

/** What Events are written with. */
export interface AnnouncerOptions {
  readonly client: Pick<KubeClient, 'create'>;
  /** Name of the pod, or whatever tells this process from others. */
  readonly reporter: string;
  readonly clock: Clock;
  /** Told of each; an Event that is not taken is given up. */
  readonly onEvent: (outcome: EventOutcome, count: number, error?: unknown) => void;
  /** A bug was met. */
  readonly onBug: (error: unknown) => void;
}

/** What of a report is told. */
type Reported = Pick<FullReport, 'atMs' | 'removal' | 'drift' | 'controlPlane'>;

const ATTEMPT_MS = 5_000;

/** Writes Kubernetes Events about nodes, one after another: does what `announce-state.ts` decides. Nothing waits for them. */
export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #machine: Machine<AnnounceState, AnnounceInput, AnnounceCommand>;
  /** No more than an hour's bound. */
  readonly #waiting: { readonly news: FoundNews; readonly atMs: number }[] = [];
  readonly #wakeUp: WakeUp;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.#wakeUp = new WakeUp(options.clock);
    this.#machine = new Machine({
      initial: BLANK,
      step: stepAnnounce,
      perform: (command) => this.#perform(command),
      onBug: options.onBug,
    });
  }

  /** Takes a report. */
  onReport({ atMs, removal, drift = [], controlPlane }: Reported): void {
    const going = (removal?.removable ?? []).map(
      ({ node }) => ({ node: node.name, code: 'could_go', detail: '' }) as const,
    );
    const found = [...going, ...drift.map(({ node, reason: code, detail }) => ({ node, code, detail }))];
    const notLookedAt = new Set((removal?.blocked ?? []).filter(isNotLookedAt).map(({ node }) => node.name));
    this.#machine.dispatch({ type: 'looked', atMs, knowsVersion: controlPlane !== undefined, notLookedAt, found });
  }

  /** Writes until the signal, then rejects with its reason. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next === undefined) await this.#wakeUp.wait(signal);
      else await this.#write(next.news, next.atMs, signal);
    }
  }

  #perform(command: AnnounceCommand): void {
    if (command.type === 'omit') {
      this.#options.onEvent('omitted', command.count);
      return;
    }
    this.#waiting.push({ news: command.news, atMs: this.#options.clock.now() });
    this.#wakeUp.wake();
  }

  async #write(news: FoundNews, atMs: number, signal: AbortSignal): Promise<void> {
    const { client, clock, reporter, onEvent } = this.#options;
    const body = nodeEvent(news, { id: randomUUID(), atMs, reporter });
    try {
      const path = `/api/v1/namespaces/${EVENT_NAMESPACE}/events`;
      await withDeadline(kubeDeadline(ATTEMPT_MS, clock), (limited) => client.create(path, body, limited), signal);
      onEvent('written', 1);
    } catch (error) {
      signal.throwIfAborted();
      onEvent('failed', 1, error);
    }
  }
}
