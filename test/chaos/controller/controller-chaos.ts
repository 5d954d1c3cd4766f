import { setTimeout as sleep } from 'node:timers/promises';
import { Secret } from '@castai/shared/config/secret.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { HastyClock } from '@castai/shared/testing/hasty-clock.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { ApiKey } from '@castai/shared/wire/api-key.ts';
import { JsonClient } from '@castai/shared/wire/json-client.ts';
import { ActionsHub } from '../../fakes/actions-hub.ts';
import { FakeKubeClient } from '../../fakes/fake-kube-client.ts';
import { ChaosController, type Sabotage } from './chaos-controller.ts';
import { NAMESPACE } from './chaos-fields.ts';
import { ChaosCluster } from './chaos-cluster.ts';
import { checkControllerHistory } from './check-controller-history.ts';
import { CHAOS_KINDS, type ChaosKind, type HistoryEntry } from './history.ts';
import { type Mishaps, unreliableClient } from './unreliable-client.ts';

/** Time passes so many times as fast. */
const FACTOR = 200;
/** How long a round lasts at most; in real time. */
const STEP_MS = 1;
const MOST_STEPS = 200;
/** How many of the writes are the last that a controller gets to. */
const CRASHES = { action: 0.2, own: 0.01 } as const;

/** How a run differs from the usual one. */
export interface ChaosOptions {
  /** Breaks the controllers, to see whether it is found. */
  readonly sabotage?: Sabotage;
  /** What is asked for; every kind unless told. */
  readonly kinds?: readonly ChaosKind[];
}

/** What a random run found. */
export interface ChaosResult {
  /** Promises that were not kept; empty when all is well. */
  readonly found: readonly string[];
  readonly actions: number;
  /** What was carried out for them. */
  readonly writes: number;
  /** What went wrong on the way, by how often. */
  readonly mishaps: Mishaps & { readonly killed: number; readonly frozen: number };
}

/**
 * Actions of all kinds, controllers that end at any moment or go on after their term, requests and answers that are lost or late,
 * acknowledgements that are lost or refused, nodes whose name another machine gets, foreign taints, successors of pods. What happens in which
 * order depends on the machine as well as on the seed; what must hold does not.
 */
export async function runControllerChaos(
  seed: number,
  rounds: number,
  options: ChaosOptions = {},
): Promise<ChaosResult> {
  await using world = await World.start(seed, options);
  for (let left = rounds; left > 0; left -= 1) await world.playRound();
  await world.settle();
  return world.result();
}

class World implements AsyncDisposable {
  readonly #kube: FakeKubeClient;
  readonly #hub: ActionsHub;
  readonly #random: SeededRandom;
  readonly #sabotage: Sabotage;
  readonly #kinds: readonly ChaosKind[];
  readonly #cluster: ChaosCluster;
  readonly #clock = new HastyClock(FACTOR);
  readonly #agents: HttpAgents;
  readonly #history: HistoryEntry[] = [];
  readonly #bugs: unknown[] = [];
  readonly #loose: Promise<unknown>[] = [];
  readonly #mishaps = { lostRequests: 0, lostAnswers: 0, lateRequests: 0, killed: 0, frozen: 0 };
  readonly #running: ChaosController[] = [];
  #terms = 0;
  #isCalm = false;

  static async start(seed: number, options: ChaosOptions): Promise<World> {
    const servers = { kube: await FakeKubeClient.start(NAMESPACE), hub: await ActionsHub.start() };
    return new World(servers, seed, options);
  }

  private constructor(
    { kube, hub }: { readonly kube: FakeKubeClient; readonly hub: ActionsHub },
    seed: number,
    { sabotage = {}, kinds = CHAOS_KINDS }: ChaosOptions,
  ) {
    this.#kube = kube;
    this.#hub = hub;
    this.#sabotage = sabotage;
    this.#kinds = kinds;
    this.#random = new SeededRandom(seed);
    this.#cluster = new ChaosCluster({ fake: kube.fake, random: this.#random, history: this.#history });
    this.#cluster.onWrite = (whose) => this.#crash(CRASHES[whose]);
    hub.onAck = (ack) => this.#cluster.hear(ack);
    const limits = { connectTimeoutMs: 5000, headersTimeoutMs: 600_000, keepAliveMs: 1000 };
    const connection = { baseUrl: hub.url, proxy: 'none', environment: {}, ...limits } as const;
    this.#agents = new HttpAgents(connection, { clock: this.#clock });
  }

  /** A leader begins, and works for a while; the one before has ended, or has not heard of it. */
  async playRound(): Promise<void> {
    const random = this.#random;
    for (let count = random.integer(4); count > 0; count -= 1) {
      const { id, fields } = this.#cluster.ask(random.pick(this.#kinds));
      this.#hub.ask(id, fields);
    }
    this.#hub.loseAcks += random.integer(3);
    this.#hub.refuseAcks += random.integer(3);
    const before = this.#running.at(-1);
    if (before !== undefined && random.chance(0.5)) {
      this.#mishaps.frozen += 1;
      before.forget();
    }
    this.#start();
    for (let steps = random.integer(MOST_STEPS); steps > 0; steps -= 1) {
      await sleep(STEP_MS);
      if (this.#running.length === 0) this.#start();
      if (steps % 5 === 0) this.#cluster.meddle();
    }
    if (random.chance(0.3)) this.#kube.fake.abortConnections();
    if (this.#running.length > 2 || random.chance(0.5)) await this.#kill();
  }

  /** Nothing goes wrong any more: whoever leads last ends what is open. */
  async settle(): Promise<void> {
    this.#isCalm = true;
    this.#hub.loseAcks = 0;
    this.#hub.refuseAcks = 0;
    while (this.#running.length > 0) await this.#kill();
    this.#start();
    await eventually({
      what: 'everything is acknowledged',
      look: () => {
        this.#cluster.meddle();
        return this.#hub.openIds;
      },
      until: (open) => open.length === 0,
      timeoutMs: 120_000,
    });
    while (this.#running.length > 0) await this.#kill();
    await Promise.all(this.#loose);
  }

  result(): ChaosResult {
    const bugs = this.#bugs.map((bug) => `a bug: ${String(bug)}`);
    const writes = this.#history.filter(({ type }) => type === 'write').length;
    const found = [...checkControllerHistory(this.#history), ...this.#cluster.lostTaints(), ...bugs];
    return { found, actions: this.#cluster.ids.length, writes, mishaps: this.#mishaps };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#running.length > 0) await this.#kill();
    await Promise.all(this.#loose);
    this.#agents.close();
    await this.#hub[Symbol.asyncDispose]();
    await this.#kube[Symbol.asyncDispose]();
  }

  async #kill(): Promise<void> {
    this.#mishaps.killed += 1;
    await this.#running.shift()?.kill();
  }

  /** All end at the moment at which the API server has carried something out, and before it has said so. */
  #crash(chance: number): void {
    if (this.#isCalm || !this.#random.chance(chance)) return;
    while (this.#running.length > 0) this.#loose.push(this.#kill());
  }

  #start(): void {
    this.#terms += 1;
    this.#running.push(this.#controller(this.#terms));
  }

  #controller(transitions: number): ChaosController {
    const clock = this.#clock;
    const platform = new JsonClient({
      baseUrl: this.#hub.url,
      agents: this.#agents,
      apiKey: new ApiKey({ value: Secret.of('key-0001') }, new KnownSecrets()),
      userAgent: 'chaos',
      clock,
      timeoutMs: 600_000,
    });
    const client = unreliableClient(this.#kube.client, {
      random: this.#random,
      mishaps: this.#mishaps,
      isCalm: () => this.#isCalm,
      onRead: (path) => {
        if (!this.#isCalm) this.#cluster.interfere(path);
      },
      onLoose: (loose) => this.#loose.push(loose),
    });
    return new ChaosController({
      client,
      platform,
      namespace: NAMESPACE,
      transitions,
      mostActions: 1 + this.#random.integer(8),
      clock,
      random: this.#random.next,
      onBug: (error) => this.#bugs.push(error),
      sabotage: this.#sabotage,
    });
  }
}
