import { Secret } from '@castai/shared/config/secret.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { HastyClock } from '@castai/shared/testing/hasty-clock.ts';
import { ApiKey } from '@castai/shared/wire/api-key.ts';
import { JsonClient } from '@castai/shared/wire/json-client.ts';
import { FakeKubeClient } from '@castai/test/fakes/fake-kube-client.ts';
import { AckOutbox } from '../ack/ack-outbox.ts';
import { ActionDesk } from '../claim/action-desk.ts';
import type { LeaderEpoch } from '../claim/action-record.ts';
import { KillSwitch } from '../claim/kill-switch.ts';
import { KubeRecordStore } from '../claim/record-store.ts';
import { RealWriter } from '../do/cluster-writer.ts';
import type { NodeNews } from '../do/work.ts';
import { Worker } from '../do/worker.ts';
import { ACTION_KINDS, type ActionKind } from '../poll/action.ts';
import { Poller } from '../poll/poller.ts';
import { FakeHub } from './fake-hub.ts';

/** How a controller differs from the usual one. */
export interface ControllerOptions {
  readonly epoch?: LeaderEpoch;
  readonly all?: number;
  readonly ofKind?: Partial<Record<ActionKind, number>>;
  readonly isHeld?: () => boolean;
  readonly forcesMarked?: boolean;
}

/** One controller that runs: a poller and a desk. */
export interface RunningController {
  readonly desk: ActionDesk;
  readonly news: NodeNews[];
  /** Bugs; to be looked at by the test. */
  readonly bugs: unknown[];
  /** Stops it as a process that ends: nothing is told to anybody. */
  stop(): Promise<void>;
}

const NAMESPACE = 'castai-agent';

/** A fake API server, a fake platform, and controllers between them, for which time passes fifty times as fast. */
export class DeskBench implements AsyncDisposable {
  readonly kube: FakeKubeClient;
  readonly hub: FakeHub;
  readonly #agents: HttpAgents;
  readonly #running = new Set<RunningController>();
  readonly #clock = new HastyClock(50);

  static async start(): Promise<DeskBench> {
    return new DeskBench(await FakeKubeClient.start(NAMESPACE), await FakeHub.start());
  }

  private constructor(kube: FakeKubeClient, hub: FakeHub) {
    this.kube = kube;
    this.hub = hub;
    const limits = { connectTimeoutMs: 5000, headersTimeoutMs: 60_000, keepAliveMs: 1000 };
    this.#agents = new HttpAgents({ baseUrl: hub.url, proxy: 'none', environment: {}, ...limits }, { clock: this.#clock });
  }

  /** A node, ready, that the platform calls `id-<name>`. Gives its uid. */
  addNode(name: string): string {
    const labels = { 'provisioner.cast.ai/node-id': `id-${name}` };
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    return this.kube.fake.create({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: {}, status }).metadata.uid ?? '';
  }

  /** A pod on a node. Gives its uid. */
  addPod(name: string, nodeName: string, metadata: object = {}): string {
    const spec = { nodeName, containers: [], terminationGracePeriodSeconds: 0 };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', ...metadata }, spec };
    return this.kube.fake.create(pod).metadata.uid ?? '';
  }

  start({ epoch = { lease: 'l', transitions: 1 }, all = 1000, ofKind = {}, isHeld = () => true, forcesMarked = false }: ControllerOptions = {}): RunningController {
    const clock = this.#clock;
    const timing = { clock, random: () => 0 };
    const { client } = this.kube;
    const secrets = new KnownSecrets();
    const apiKey = new ApiKey({ value: new Secret('key-0001') }, secrets);
    const platform = new JsonClient({ baseUrl: this.hub.url, agents: this.#agents, apiKey, userAgent: 'test', clock, timeoutMs: 600_000 });
    const bugs: unknown[] = [];
    const news: NodeNews[] = [];
    const onBroken = (error: unknown): void => void bugs.push(error);
    const nothing = (): void => undefined;
    const acks = new AckOutbox({
      platform,
      clusterId: 'c-1',
      ...timing,
      observer: { onAcked: nothing, onAckFailed: nothing },
      onSettled: (id) => desk.ackSettled(id),
      onBroken,
    });
    const worker = new Worker({
      client,
      writer: new RealWriter({ client, isHeld }),
      ...timing,
      observer: { onNodeNews: (_node, told) => void news.push(told), onHeld: nothing },
      forcesMarked,
      isEmptied: (uid) => desk.isEmptied(uid),
      reporter: 'castai-cluster-controller',
    });
    const desk: ActionDesk = new ActionDesk({
      store: new KubeRecordStore({ client, namespace: NAMESPACE }),
      worker,
      acks,
      killSwitch: new KillSwitch(client, NAMESPACE),
      caps: { all, ofKind },
      bounds: { kinds: new Set(ACTION_KINDS), resources: ['*.autoscaling.cast.ai', 'configmaps'] },
      program: 'castai-cluster-controller/0.0.0',
      ...timing,
      observer: {
        onBegun: nothing,
        onFinished: nothing,
        onStoreFailed: nothing,
        onResolveFailed: nothing,
        onForgotten: nothing,
        onTakenOver: nothing,
        onAdmitted: nothing,
        onSwitchFailed: nothing,
        onFull: nothing,
        onFenced: nothing,
      },
      onBroken,
    });
    const poller = new Poller({
      platform,
      clusterId: 'c-1',
      kubernetesVersion: () => '1.33',
      ...timing,
      observer: { onPolled: nothing, onPollFailed: nothing },
    });
    const end = new AbortController();
    const ended = (async (): Promise<void> => {
      try {
        let polling: Promise<unknown> = Promise.resolve();
        await desk.run(epoch, end.signal, () => {
          polling = poller.run(end.signal, (asked) => desk.take(asked)).catch((error: unknown) => {
            if (!end.signal.aborted) bugs.push(error);
          });
        });
        end.abort(new Error('fenced'));
        await polling;
      } catch (error) {
        // That records cannot be taken over ends this one, as it ends a term; whoever wants another starts it.
        if (!end.signal.aborted && !(error instanceof KubeError)) bugs.push(error);
      }
    })();
    const running: RunningController = {
      desk,
      news,
      bugs,
      stop: async () => {
        end.abort(new Error('stopped'));
        await ended;
        this.#running.delete(running);
      },
    };
    this.#running.add(running);
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running) await running.stop();
    this.#agents.close();
    await this.hub[Symbol.asyncDispose]();
    await this.kube[Symbol.asyncDispose]();
  }
}
