import { setImmediate as turn } from 'node:timers/promises';
import { Secret } from '@castai/shared/config/secret.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { HastyClock } from '@castai/shared/testing/hasty-clock.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { ApiKey } from '@castai/shared/wire/api-key.ts';
import { JsonClient } from '@castai/shared/wire/json-client.ts';
import { ActionsHub } from '../../fakes/actions-hub.ts';
import { FakeKubeClient } from '../../fakes/fake-kube-client.ts';
import { ChaosController, type ChaosControllerOptions } from './chaos-controller.ts';
import { checkControllerHistory } from './check-controller-history.ts';
import { CHAOS_KINDS, type ChaosKind, type HistoryEntry } from './history.ts';

type Client = ChaosControllerOptions['client'];
type Write = Extract<HistoryEntry, { type: 'write' }>;

const NAMESPACE = 'castai-agent';
/** Time passes fifty times as fast: nothing that is not about a limit may meet one. */
const FACTOR = 50;
const LONG_SECONDS = 100_000;
const PODS_OF_NODE = 2;

/** What a random run found. */
export interface ChaosResult {
  /** Promises that were not kept; empty when all is well. */
  readonly found: readonly string[];
  readonly actions: number;
  readonly writes: number;
}

/**
 * Actions of all kinds, controllers that end at any moment or go on after their term, answers that are lost, acknowledgements that are lost or
 * refused, nodes whose name another machine gets, foreign taints, successors of pods. What happens in which order depends on the machine as
 * well as on the seed; what must hold does not.
 */
export async function runControllerChaos(seed: number, rounds: number): Promise<ChaosResult> {
  await using world = await World.start(seed);
  for (let round = 1; round <= rounds; round += 1) await world.playRound(round);
  await world.settle(rounds + 1);
  return world.result();
}

class World implements AsyncDisposable {
  readonly #kube: FakeKubeClient;
  readonly #hub: ActionsHub;
  readonly #random: SeededRandom;
  readonly #clock = new HastyClock(FACTOR);
  readonly #agents: HttpAgents;
  readonly #history: HistoryEntry[] = [];
  readonly #bugs: unknown[] = [];
  readonly #asked: string[] = [];
  readonly #foreign = new Map<string, string[]>();
  #running: ChaosController[] = [];
  #seenAcks = 0;
  #isCalm = false;

  static async start(seed: number): Promise<World> {
    const world = new World(await FakeKubeClient.start(NAMESPACE), await ActionsHub.start(), seed);
    const metadata = { name: 'shared', namespace: NAMESPACE };
    world.#kube.fake.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, list: [] });
    return world;
  }

  private constructor(kube: FakeKubeClient, hub: ActionsHub, seed: number) {
    this.#kube = kube;
    this.#hub = hub;
    this.#random = new SeededRandom(seed);
    const limits = { connectTimeoutMs: 5000, headersTimeoutMs: 600_000, keepAliveMs: 1000 };
    const connection = { baseUrl: hub.url, proxy: 'none', environment: {}, ...limits } as const;
    this.#agents = new HttpAgents(connection, { clock: this.#clock });
  }

  /** A leader begins, and works for a while; the one before has ended, or has not heard of it. */
  async playRound(round: number): Promise<void> {
    const random = this.#random;
    for (let count = random.integer(4); count > 0; count -= 1) this.#ask(random.pick(CHAOS_KINDS));
    this.#hub.loseAcks += random.integer(3);
    this.#hub.refuseAcks += random.integer(3);
    if (random.chance(0.5)) this.#running.at(-1)?.forget();
    this.#running.push(this.#controller(round));
    for (let turns = random.integer(2000); turns > 0; turns -= 1) {
      await turn();
      if (turns % 100 === 0) this.#meddle();
    }
    if (random.chance(0.3)) this.#kube.fake.abortConnections();
    if (this.#running.length > 2 || random.chance(0.5)) await this.#running.shift()?.kill();
  }

  /** Nothing goes wrong any more: whoever leads last ends what is open. */
  async settle(round: number): Promise<void> {
    this.#isCalm = true;
    this.#hub.loseAcks = 0;
    this.#hub.refuseAcks = 0;
    for (const controller of this.#running.splice(0)) await controller.kill();
    this.#running = [this.#controller(round)];
    await eventually({
      what: 'everything is acknowledged',
      look: () => {
        this.#meddle();
        return this.#hub.openIds;
      },
      until: (open) => open.length === 0,
      timeoutMs: 120_000,
    });
    for (const controller of this.#running.splice(0)) await controller.kill();
    this.#hear();
  }

  result(): ChaosResult {
    const lost = [...this.#foreign].flatMap(([name, keys]) => {
      const node = this.#kube.fake.get({ apiVersion: 'v1', kind: 'Node', name });
      const spec = node?.['spec'] as { taints?: { key: string }[] } | undefined;
      const there = new Set((spec?.taints ?? []).map(({ key }) => key));
      return node === undefined
        ? []
        : keys.filter((key) => !there.has(key)).map((key) => `${name} lost the taint ${key}`);
    });
    const bugs = this.#bugs.map((bug) => `a bug: ${String(bug)}`);
    const writes = this.#history.filter(({ type }) => type === 'write').length;
    return { found: [...checkControllerHistory(this.#history), ...lost, ...bugs], actions: this.#asked.length, writes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const controller of this.#running) await controller.kill();
    this.#agents.close();
    await this.#hub[Symbol.asyncDispose]();
    await this.#kube[Symbol.asyncDispose]();
  }

  #controller(transitions: number): ChaosController {
    const secrets = new KnownSecrets();
    const clock = this.#clock;
    const platform = new JsonClient({
      baseUrl: this.#hub.url,
      agents: this.#agents,
      apiKey: new ApiKey({ value: Secret.of('key-0001') }, secrets),
      userAgent: 'chaos',
      clock,
      timeoutMs: 600_000,
    });
    return new ChaosController({
      client: this.#recording(),
      platform,
      namespace: NAMESPACE,
      transitions,
      mostActions: 1 + this.#random.integer(8),
      clock,
      random: this.#random.next,
      onBug: (error) => this.#bugs.push(error),
    });
  }

  /** Each action has objects of its own, named after it: so each write is known by what it is about. */
  #ask(kind: ChaosKind): void {
    const id = `${kind.toLowerCase()}-${this.#asked.length}`;
    this.#asked.push(id);
    const isOfNode = kind === 'drainNode' || kind === 'deleteNode' || kind === 'patchNode';
    const meant = isOfNode ? [this.#addNode(id, `id-${id}`)] : [];
    if (kind === 'drainNode') {
      for (let index = 0; index < PODS_OF_NODE; index += 1) meant.push(this.#addPod(`${id}.${index}`, id));
    }
    if (kind === 'evictPod') meant.push(this.#addPod(id, 'elsewhere'));
    if (kind === 'append') meant.push(this.#kube.fake.get(SHARED)?.metadata.uid ?? '');
    this.#history.push({ type: 'asked', id, kind, meant });
    this.#hub.ask(id, this.#fields(id, kind));
  }

  #fields(id: string, kind: ChaosKind): object {
    const node = { nodeName: id, nodeId: `id-${id}` };
    switch (kind) {
      case 'evictPod':
        return { actionEvictPod: { namespace: 'default', podName: id, timeoutSeconds: LONG_SECONDS } };
      case 'drainNode':
        return { actionDrainNode: { ...node, drainTimeoutSeconds: LONG_SECONDS } };
      case 'deleteNode':
        return { actionDeleteNode: node };
      case 'patchNode':
        return {
          actionPatchNode: {
            ...node,
            labels: { done: id },
            taints: [{ key: 'own', value: 'x', effect: 'NoSchedule' }],
          },
        };
      case 'createEvent':
        return {
          actionCreateEvent: {
            reportingComponent: 'chaos',
            objectReference: { apiVersion: 'v1', kind: 'Node', name: id },
            eventType: 'Normal',
            reason: 'Chaos',
            message: id,
          },
        };
      case 'append':
        return {
          actionPatch: {
            id: { group: '', version: 'v1', resource: 'configmaps', namespace: NAMESPACE, name: 'shared' },
            patchType: 'application/json-patch+json',
            patch: JSON.stringify([{ op: 'add', path: '/list/-', value: id }]),
          },
        };
    }
  }

  #addNode(name: string, id: string): string {
    const labels = { 'provisioner.cast.ai/node-id': id };
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: {}, status };
    return this.#kube.fake.create(node).metadata.uid ?? '';
  }

  #addPod(name: string, nodeName: string): string {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: `set-${name}`, controller: true };
    const metadata = { name, namespace: 'default', ownerReferences: [owner], finalizers: ['example.com/slow'] };
    const spec = { nodeName, containers: [], terminationGracePeriodSeconds: 0 };
    return this.#kube.fake.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec }).metadata.uid ?? '';
  }

  /** Kubelet, controller of StatefulSets, autoscaler and somebody with taints of his own. */
  #meddle(): void {
    this.#hear();
    const { fake } = this.#kube;
    for (const { metadata } of fake.objects('pods')) {
      const { name, uid = '' } = metadata;
      if (metadata['deletionTimestamp'] === undefined || this.#random.chance(0.5)) continue;
      fake.delete({ apiVersion: 'v1', kind: 'Pod', name, namespace: 'default' });
      this.#history.push({ type: 'gone', uid });
      this.#addPod(name, 'elsewhere');
    }
    if (this.#isCalm || !this.#random.chance(0.2)) return;
    const nodes = fake.objects('nodes');
    if (nodes.length === 0) return;
    const { name, uid = '' } = this.#random.pick(nodes).metadata;
    if (this.#random.chance(0.1)) {
      fake.delete({ apiVersion: 'v1', kind: 'Node', name });
      this.#history.push({ type: 'gone', uid });
      this.#foreign.delete(name);
      this.#addNode(name, 'another-machine');
      return;
    }
    const key = `foreign-${this.#history.length}`;
    this.#foreign.set(name, [...(this.#foreign.get(name) ?? []), key]);
    fake.update({ apiVersion: 'v1', kind: 'Node', name }, (node) => {
      const spec = (node['spec'] ?? {}) as { taints?: object[] };
      node['spec'] = { ...spec, taints: [{ key, effect: 'PreferNoSchedule' }, ...(spec.taints ?? [])] };
    });
  }

  #hear(): void {
    for (const { id, error } of this.#hub.acks.slice(this.#seenAcks)) this.#history.push({ type: 'ack', id, error });
    this.#seenAcks = this.#hub.acks.length;
  }

  /** The API server, with every write kept; of some the answer is lost, and some never arrive. */
  #recording(): Client {
    const { client } = this.#kube;
    const through = async <T>(write: Write | undefined, send: () => Promise<T>): Promise<T> => {
      const fate = this.#isCalm ? 1 : this.#random.next();
      if (fate < 0.05) throw new KubeError('KUBE_UNREACHABLE', 'the request was lost');
      const answer = await send();
      // Heard before: what was told until now was told without it.
      this.#hear();
      if (write !== undefined) this.#history.push(write);
      if (fate < 0.15) throw new KubeError('KUBE_UNREACHABLE', 'the answer was lost');
      return answer;
    };
    return {
      get: async (path, signal) => client.get(path, signal),
      create: async (path, body, signal) =>
        through(this.#writeOf('create', path, body), () => client.create(path, body, signal)),
      patch: async (path, patch, signal) =>
        through(this.#writeOf('patch', path, patch.body), () => client.patch(path, patch, signal)),
      delete: async (path, options, signal) =>
        through(this.#writeOf('delete', path, options), () => client.delete(path, options, signal)),
    };
  }

  /** Of which action a request is; undefined: records, leases, and events of its own. */
  #writeOf(verb: 'create' | 'patch' | 'delete', path: string, body: unknown): Write | undefined {
    const text = JSON.stringify(body);
    const isEviction = path.endsWith('/eviction');
    const name = decodeURIComponent(path.split('/').at(isEviction ? -2 : -1) ?? '');
    const id = this.#asked.find((one) => one === name || name.startsWith(`${one}.`) || text.includes(`"${one}"`));
    if (id === undefined || path.includes('castai-cluster-controller')) return undefined;
    const uid =
      /"uid":"([^"]+)"/u.exec(text)?.[1] ?? /"path":"\/metadata\/uid","value":"([^"]+)"/u.exec(text)?.[1] ?? '';
    const isOfEvent = path.endsWith('/events');
    if (isOfEvent && !text.includes('"Chaos"')) return undefined;
    return { type: 'write', id, verb: isEviction ? 'evict' : verb, uid: isOfEvent ? '' : uid, isTaken: true };
  }
}

const SHARED = { apiVersion: 'v1', kind: 'ConfigMap', name: 'shared', namespace: NAMESPACE } as const;
