import type { Clock } from '@castai/shared/async/clock.ts';
import { Machine } from '@castai/shared/async/machine.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import { applyObject } from '@castai/shared/kube/apply-object.ts';
import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import type { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import type { Logger } from '@castai/shared/log/logger.ts';
import { CAUSE_WORDS } from '@castai/shared/verdict/cause-words.ts';
import type { Cause } from '@castai/shared/verdict/causes.ts';
import { describeDuration } from '@castai/shared/verdict/describe-duration.ts';
import { describeTrouble } from '@castai/shared/verdict/describe-trouble.ts';
import type { Problem, Trouble } from '@castai/shared/verdict/problem.ts';
import type { VerdictObserver } from '@castai/shared/verdict/verdict-keeper.ts';
import type { Verdict } from '@castai/shared/verdict/verdict.ts';
import type { OwnWorkload } from '../connect/find-own-workload.ts';
import {
  NOTHING_TOLD,
  REST_MS,
  type SeriesCommand,
  type SeriesInput,
  type SeriesState,
  stepSeries,
  type Telling,
} from './event-series-state.ts';
import { type EventReason, kubeEvent } from './kube-event.ts';

/** What Events are written with. */
export interface KubeEventsOptions {
  readonly client: Pick<KubeClient, 'patch'>;
  /** What they are about; undefined: nobody knows. May throw what the API server answers. */
  readonly findWorkload: (signal: AbortSignal) => Promise<OwnWorkload | undefined>;
  /** Name of the pod. */
  readonly reporter: string;
  readonly secrets: Pick<KnownSecrets, 'redact'>;
  readonly logger: Pick<Logger, 'debug'>;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs' | 'setTimer'>;
  /** A bug was met. */
  readonly onBug: (error: unknown) => void;
}

/** Problems in which nothing is delivered, and the Event that each begins with. */
const REASONS: Partial<Record<Cause, EventReason>> = {
  platform: 'DeliveryLost',
  'cluster-id': 'DeliveryLost',
  'api-key': 'KeyRefused',
  fenced: 'Fenced',
};

type Series = Machine<SeriesState, SeriesInput, SeriesCommand>;

/**
 * Writes Kubernetes Events on the own Deployment, where `kubectl describe` shows them: that the platform knows the cluster, that delivery
 * is lost and regained, that the key is refused, that another agent sends. They are for people who look at the cluster first; nothing
 * waits for them, and one that is not taken is a line for debugging and no more. `event-series-state.ts` decides when.
 */
export class KubeEvents implements VerdictObserver {
  readonly #options: KubeEventsOptions;
  readonly #wakeUp: WakeUp;
  readonly #series = new Map<EventReason, Series>();
  /** At most one of each reason; what comes later counts what was not written. */
  readonly #waiting = new Map<EventReason, Telling>();
  readonly #resting = new Set<() => void>();
  #workload: OwnWorkload | undefined;
  #clusterId = '';
  #isOver = false;

  constructor(options: KubeEventsOptions) {
    this.#options = options;
    this.#wakeUp = new WakeUp(options.clock);
  }

  /** The platform has said which cluster this is; the same one again is no news. */
  note(clusterId: string): void {
    if (clusterId === this.#clusterId) return;
    this.#clusterId = clusterId;
    this.#tell('Registered', `the platform knows this cluster as ${clusterId}`);
  }

  onProblemBegan(trouble: Trouble): void {
    const reason = REASONS[trouble.cause];
    if (reason !== undefined) this.#tell(reason, describeTrouble(trouble));
  }

  onProblemEnded({ cause, durationMs }: Problem, { cause: left }: Verdict): void {
    // Another cause may have taken over, and then nothing is regained.
    if (REASONS[cause] === undefined || (left !== '' && REASONS[left] !== undefined)) return;
    this.#tell('DeliveryRegained', `${CAUSE_WORDS[cause].ended} after ${describeDuration(durationMs)}`);
  }

  /** Writes until the signal, then rejects with its reason. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        const [next] = this.#waiting;
        if (next === undefined) {
          await this.#wakeUp.wait(signal);
          continue;
        }
        this.#waiting.delete(next[0]);
        await this.#write(...next, signal);
      }
    } finally {
      // What is told while the program ends must not set a timer, which would keep it alive.
      this.#isOver = true;
      for (const cancel of this.#resting) cancel();
    }
  }

  #tell(reason: EventReason, words: string): void {
    if (this.#isOver) return;
    const { secrets, clock } = this.#options;
    this.#seriesOf(reason).dispatch({ type: 'told', message: secrets.redact(words), atMs: clock.now() });
  }

  #seriesOf(reason: EventReason): Series {
    const known = this.#series.get(reason);
    if (known !== undefined) return known;
    const series: Series = new Machine<SeriesState, SeriesInput, SeriesCommand>({
      initial: NOTHING_TOLD,
      step: stepSeries,
      perform: (command) => {
        if (command.type === 'rest') return this.#rest(series);
        this.#waiting.set(reason, command.telling);
        this.#wakeUp.wake();
      },
      onBug: this.#options.onBug,
    });
    this.#series.set(reason, series);
    return series;
  }

  #rest(series: Series): void {
    const cancel = this.#options.clock.setTimer(REST_MS, () => {
      this.#resting.delete(cancel);
      series.dispatch({ type: 'rested' });
    });
    this.#resting.add(cancel);
  }

  async #write(reason: EventReason, telling: Telling, signal: AbortSignal): Promise<void> {
    const { client, findWorkload, reporter, logger } = this.#options;
    try {
      this.#workload ??= await findWorkload(signal);
      const workload = this.#workload;
      if (workload === undefined) {
        logger.debug('no Kubernetes Event is written: the own pod is not found', { reason });
        return;
      }
      const body = kubeEvent({ reason, workload, reporter }, telling);
      const { namespace, name } = body.metadata;
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events/${encodeURIComponent(name)}`;
      await applyObject(client, { path, manager: 'castai-agent', body }, signal);
    } catch (error) {
      signal.throwIfAborted();
      logger.debug('a Kubernetes Event could not be written; it is not tried again', { reason, error });
    }
  }
}
