import { Leader } from '@castai/shared/lead/leader.ts';
import { QUICK_PACE } from '@castai/shared/lead/lease-pace.ts';
import type { Leadership } from '@castai/shared/lead/leadership.ts';
import { SoleHolder } from '@castai/shared/lead/sole-holder.ts';
import { OutboxSink } from '@castai/agent/batch/outbox-sink.ts';
import { Outbox } from '@castai/agent/batch/outbox.ts';
import type { Delivery } from '@castai/agent/deliver/delivery.ts';
import type { DeltaMemory } from '@castai/agent/deliver/deltas/delta-memory.ts';
import { runTerm } from '@castai/agent/deliver/run-term.ts';
import type { FeedSpec } from '@castai/agent/feeds/feeds.ts';
import { SnapshotQueue } from '@castai/shared/watch/snapshot-queue.ts';
import { Supervisor } from '@castai/agent/feeds/supervisor.ts';
import { Backoff } from '@castai/shared/async/backoff.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { StopSignals } from '@castai/shared/program/lifecycle.ts';
import type { UnreadableObject } from '@castai/shared/kube/json/unreadable-object.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { SAYS_NOTHING } from './schedule.ts';
import type { ModelCluster } from './model-cluster.ts';
import type { ModelLease } from './model-lease.ts';
import { modelDeliveries, type ModelReceiver } from './model-delivery.ts';
import { ModelProcess } from './model-process.ts';

/** What an agent of the model runs on. */
export interface ModelAgentOptions {
  readonly specs: readonly FeedSpec[];
  readonly cluster: ModelCluster;
  readonly platform: ModelReceiver;
  /** Where it goes on, on the second wire. */
  readonly memory: DeltaMemory;
  /** What it competes for with its replicas; undefined: it is the only one. */
  readonly lease: ModelLease | undefined;
  /** Unique among the agents of a world. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** Of its scrub policy. */
  readonly scrubVersion: number;
  readonly pageSize: number;
  readonly pendingLimitBytes: number;
  readonly readyBytes: number | undefined;
  /** Told of what is left out. */
  readonly onUnreadable: (feed: string, object: UnreadableObject) => void;
  /** Told of what no schedule may bring about. */
  readonly onBroken: (what: string) => void;
}

/** The agent's own stages between a cluster and a platform in memory, put together as `agent.ts` does. */
export class ModelAgent {
  readonly #options: ModelAgentOptions;
  readonly #process: ModelProcess;
  readonly #drain = new AbortController();
  readonly #stop = new AbortController();
  readonly #outbox: Outbox;
  readonly #clock: Clock;
  readonly #supervisor: Supervisor;
  readonly #leadership: Leadership;
  /** One for each term, as in `agent.ts`. */
  readonly #createDelivery: () => Delivery;
  #delivery: Delivery;
  readonly #tenure = { isPatient: false };
  #led: Promise<void> = Promise.resolve();

  constructor(options: ModelAgentOptions) {
    this.#options = options;
    const { specs, random, platform, cluster, lease, name, pageSize } = options;
    const process = new ModelProcess(options.clock);
    const { clock } = process;
    this.#clock = clock;
    this.#process = process;
    const onBroken = (where: string, error: unknown): void =>
      options.onBroken(`${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    this.#outbox = new Outbox({
      limitBytes: options.pendingLimitBytes,
      onDemoted: (feedId) => this.#supervisor.demote(feedId),
      onWaiting: () => this.#delivery.noteWaiting(),
      // The API server has to be asked for its version first.
      onMayOffer: (feedId) => clock.setTimer(20, () => this.#outbox.confirmOffers(feedId)),
    });
    const queue = new SnapshotQueue({ places: 2, hasRoom: () => this.#outbox.hasRoom });
    const createBackoff = (): Backoff =>
      new Backoff({ initialMs: 800, maxMs: 30_000, factor: 2, resetAfterMs: 120_000 }, { clock, random: random.next });
    this.#supervisor = new Supervisor({
      specs,
      survey: {
        catalogue: () => this.#catalogue(),
        mayRead: async (spec, signal) => {
          await clock.sleep(random.integer(300), signal);
          if (cluster.isDown) throw new KubeError('KUBE_UNREACHABLE', 'refused');
          return cluster.collections[specs.indexOf(spec)]?.isAllowed ?? false;
        },
      },
      scrub: {
        scrubber:
          () =>
          ({ metadata, write }) => {
            if (cluster.unkept.has(metadata.name)) throw new Error('a bug of the scrubber');
            return metadata.name === SAYS_NOTHING
              ? undefined
              : { name: metadata.name, write: Number(write), policy: options.scrubVersion };
          },
        version: () => options.scrubVersion,
      },
      outbox: this.#outbox,
      watchers: {
        source: {
          listPage: (request, signal) => process.hear(cluster.listPage(request, signal)),
          watch: (request, signal) => process.hearAll(cluster.watch(request, signal)),
        },
        sink: new OutboxSink(this.#outbox, clock),
        queue,
        observer: {
          onEvents: () => {},
          onRestart: () => {},
          onFailure: () => {},
          onUnreadable: options.onUnreadable,
          onBroken,
        },
        settings: { pageSize, pollMs: 60_000 },
        clock,
        random: random.next,
        createBackoff,
      },
      observer: { onSurveyed: () => {}, onSurveyFailed: () => {}, onAvailability: () => {}, onSetAside: () => {} },
      onOfferChanged: () => this.#delivery.offerChanged(),
      clock,
      createBackoff,
    });
    this.#leadership =
      lease === undefined
        ? new SoleHolder()
        : new Leader({
            lease: {
              read: (signal) => process.hear(lease.read(signal)),
              write: (seen, claim, signal) => process.hear(lease.write(seen, claim, signal)),
            },
            self: { holder: name, podPrefix: '' },
            pace: QUICK_PACE,
            rightsHint: '',
            observer: { onLead: () => {}, onFollow: () => {}, onLost: () => {}, onLeaseFailed: () => {} },
            clock,
            random: random.next,
          });
    this.#createDelivery = modelDeliveries({
      name,
      process,
      platform,
      memory: options.memory,
      outbox: this.#outbox,
      supervisor: this.#supervisor,
      specs,
      queue,
      leadership: this.#leadership,
      worldClock: options.clock,
      random,
      ...(options.readyBytes === undefined ? {} : { readyBytes: options.readyBytes }),
    });
    this.#delivery = this.#createDelivery();
  }

  /** Runs until it is killed. */
  start(): void {
    const { signal } = this.#stop;
    const signals = { draining: this.#drain.signal, aborted: signal };
    const run = async (): Promise<void> => {
      await this.#supervisor.survey(signal);
      this.#led = this.#lead(signals);
      await Promise.all([this.#supervisor.run(signal), this.#led]);
    };
    run().catch((error: unknown) => {
      if (!signal.aborted) this.#options.onBroken(`the agent ended: ${String(error)}`);
    });
  }

  /** Ends it at once, as SIGKILL would: what is in flight may still arrive. */
  kill(): void {
    this.#stop.abort(new Error('killed'));
    this.#drain.abort(new Error('killed'));
    this.#supervisor.abandon();
    this.#process.thaw();
  }

  /** Stops it for a while, as SIGSTOP and SIGCONT would. */
  freeze(ms: number): void {
    this.#process.freeze(ms);
  }

  /** Ends it in good order. */
  async drain(): Promise<void> {
    this.#drain.abort(new Error('drained'));
    await this.#led;
    this.kill();
  }

  async #lead(signals: StopSignals): Promise<void> {
    if (signals.draining.aborted) return;
    await this.#leadership.run(signals, async (term) => {
      this.#delivery = this.#createDelivery();
      await runTerm({
        ...signals,
        delivery: this.#delivery,
        supervisor: this.#supervisor,
        leadership: this.#leadership,
        hasStandby: () => Promise.resolve(true),
        memory: this.#tenure,
        observer: { onUseless: () => {} },
        clock: this.#clock,
        term,
      });
      this.#outbox.clear();
    });
  }

  /** What `/statusz` would show of it, for messages. */
  get status(): unknown {
    return {
      leadership: this.#leadership.status,
      delivery: this.#delivery.status,
      feeds: this.#supervisor.status,
      pending: this.#outbox.pendingCount,
    };
  }

  #catalogue(): Promise<{ resources: Served[]; stale: Set<string> }> {
    const { cluster, specs } = this.#options;
    if (cluster.isDown) return Promise.reject(new KubeError('KUBE_UNREACHABLE', 'refused'));
    const hidden = cluster.hidden.shift();
    const resources = specs
      .filter((_, index) => cluster.collections[index]?.isServed === true && cluster.collections[index] !== hidden)
      .map(({ group, resource, kind }) => ({
        group,
        version: cluster.collections.find((one) => one.resource === resource)?.version ?? '',
        resource,
        kind,
        namespaced: true,
        verbs: ['list', 'watch'],
      }));
    return Promise.resolve({ resources, stale: new Set() });
  }
}

interface Served {
  group: string;
  version: string;
  resource: string;
  kind: string;
  namespaced: boolean;
  verbs: string[];
}
