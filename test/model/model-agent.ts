import { SoleHolder } from '@castai/shared/lead/sole-holder.ts';
import { OutboxSink } from '@castai/agent/batch/outbox-sink.ts';
import { Outbox } from '@castai/agent/batch/outbox.ts';
import { Session } from '@castai/agent/deliver/ingest/session.ts';
import type { FeedSpec } from '@castai/agent/feeds/feeds.ts';
import { SnapshotQueue } from '@castai/shared/watch/snapshot-queue.ts';
import { Supervisor } from '@castai/agent/feeds/supervisor.ts';
import { Backoff } from '@castai/shared/async/backoff.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import type { ModelCluster } from './model-cluster.ts';
import type { ModelPlatform } from './model-platform.ts';

/** What an agent of the model runs on. */
export interface ModelAgentOptions {
  readonly specs: readonly FeedSpec[];
  readonly cluster: ModelCluster;
  readonly platform: ModelPlatform;
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** Of its scrub policy. */
  readonly scrubVersion: number;
  readonly pageSize: number;
  readonly pendingLimitBytes: number;
  /** Told of what no schedule may bring about. */
  readonly onBroken: (what: string) => void;
}

/** The agent's own stages between a cluster and a platform in memory, put together as `agent.ts` does. */
export class ModelAgent {
  readonly #options: ModelAgentOptions;
  readonly #stop = new AbortController();
  readonly #outbox: Outbox;
  readonly #supervisor: Supervisor;
  readonly #session: Session;

  constructor(options: ModelAgentOptions) {
    this.#options = options;
    const { specs, clock, random, platform, pageSize } = options;
    const onBroken = (where: string, error: unknown): void =>
      options.onBroken(`${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    this.#outbox = new Outbox({
      limitBytes: options.pendingLimitBytes,
      onDemoted: (feedId) => this.#supervisor.demote(feedId),
      onWaiting: () => this.#session.noteWaiting(),
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
          if (options.cluster.isDown) throw new KubeError('KUBE_UNREACHABLE', 'refused');
          return options.cluster.collections[specs.indexOf(spec)]?.isAllowed ?? false;
        },
      },
      scrub: {
        scrubber:
          () =>
          ({ metadata }) => ({ name: metadata.name }),
        version: () => options.scrubVersion,
      },
      outbox: this.#outbox,
      watchers: {
        source: options.cluster,
        sink: new OutboxSink(this.#outbox, clock),
        queue,
        observer: {
          onEvents: () => {},
          onRestart: () => {},
          onFailure: () => {},
          onBroken,
        },
        settings: { pageSize, pollMs: 60_000 },
        clock,
        random: random.next,
        createBackoff,
      },
      observer: { onSurveyFailed: () => {}, onAvailability: () => {}, onSetAside: () => {} },
      onOfferChanged: () => this.#session.offerChanged(),
      clock,
      createBackoff,
    });
    this.#session = new Session({
      transport: platform,
      outbox: this.#outbox,
      mandate: new SoleHolder(),
      register: () => Promise.resolve('cluster'),
      feeds: {
        describe: () => ({
          instanceId: 'model',
          clusterUid: 'model',
          agentVersion: '1',
          kubernetesVersion: '1',
          feeds: this.#supervisor.feeds,
          encodings: ['JSON'],
        }),
        adopt: (response) => this.#supervisor.adopt(response),
        abandon: () => this.#supervisor.abandon(),
        resync: (feedIds) => this.#supervisor.resync(feedIds),
        setAside: (feedId, reason) => this.#supervisor.setAside(feedId, reason),
        onRoom: () => queue.poke(),
      },
      observer: {
        onOpened: () => {},
        onOpenRefused: () => {},
        onAttempt: () => {},
        onRefused: () => {},
        onConfirmed: () => {},
        onDropped: () => {},
        onRejected: () => {},
      },
      clock,
      random: random.next,
    });
  }

  /** Runs until it is killed. */
  start(): void {
    const { signal } = this.#stop;
    const run = async (): Promise<void> => {
      await this.#supervisor.survey(signal);
      await Promise.all([this.#supervisor.run(signal), this.#session.run(signal)]);
    };
    run().catch((error: unknown) => {
      if (!signal.aborted) this.#options.onBroken(`the agent ended: ${String(error)}`);
    });
  }

  /** Ends it at once, as SIGKILL would: what is in flight may still arrive. */
  kill(): void {
    this.#stop.abort(new Error('killed'));
    this.#supervisor.abandon();
  }

  /** Ends it in good order. */
  async drain(): Promise<void> {
    this.#supervisor.abandon();
    await this.#session.drained(this.#stop.signal);
    this.kill();
  }

  /** What `/statusz` would show of it, for messages. */
  get status(): unknown {
    return {
      session: this.#session.status,
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
