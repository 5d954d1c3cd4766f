import { rmSync } from 'node:fs';
import { type Clock, systemClock } from '@castai/shared/async/clock.ts';
import { Secret } from '@castai/shared/config/secret.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { createLogger } from '@castai/shared/log/logger.ts';
import { ApiKey } from '@castai/shared/wire/api-key.ts';
import { JsonClient } from '@castai/shared/wire/json-client.ts';
import { FAKE_TOKEN, FakeKubeApiserver } from '@castai/test/fakes/kube-apiserver/fake-kube-apiserver.ts';
import { FakeWaagent, type WaagentOptions } from '@castai/test/fakes/waagent.ts';
import { makePlatformKeys, type PlatformKeyPair } from '@castai/test/fakes/waagent/platform-keys.ts';
import { PlatformControl } from '@castai/test/platform-rig/client.ts';
import type { InitDataDelivery } from '@castai/platform/init-data/init-data-deliveries.ts';
import type { RunningServer } from '@castai/platform/front/server.ts';
import { startRig } from '@castai/test/platform-rig/rig.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { HastyClock } from '@castai/shared/testing/hasty-clock.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { extractData } from '../extract/extract-data.ts';
import type { ExtractJob, Extractor } from '../extract/extract-job.ts';
import { InitDataMetrics } from '../observe/init-data-metrics.ts';
import { InitDataObserver } from '../observe/init-data-observer.ts';
import { folderSignature } from '../read/node-folder.ts';
import { SafeDirectory } from '../read/safe-directory.ts';
import { parsePlatformKeys } from '../seal/platform-keys.ts';
import { Sender } from '../send/sender.ts';
import { ClusterWatch } from '../pool/cluster-watch.ts';
import { InitDataLoop } from './init-data-loop.ts';
import { PoolLease } from '../pool/pool-lease.ts';
import { PoolStore } from '../pool/pool-store.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';

/** An hour passes in twelve seconds. */
const FACTOR = 300;
const NAMESPACE = 'castai-agent';
const IMAGE = 'AKSUbuntu-2204gen2containerd-202607.13.0';
const HOUR = 3_600_000;

interface PodOptions {
  readonly nodeName?: string;
  readonly waagent: FakeWaagent;
  readonly platformKeys?: readonly string[];
  readonly periodMs?: number;
  readonly apiKey?: string;
  readonly clusterPollMs?: number;
  /** How long the first preparation takes, in real milliseconds. */
  readonly firstTakesMs?: number;
  /** How much faster than time its clock runs; `FACTOR` unless told. */
  readonly factor?: number;
}

/** The loop of one pod in this process: real API server double, real platform, its folder, a fast clock. */
class Pod implements AsyncDisposable {
  readonly loop: InitDataLoop;
  readonly observer: InitDataObserver;
  readonly jobs: ExtractJob[] = [];
  readonly lines: string[] = [];
  readonly #stop = new AbortController();
  readonly ended: Promise<unknown>;
  readonly #agents: HttpAgents[] = [];

  constructor(stage: Stage, options: PodOptions) {
    const {
      nodeName = 'node-1',
      waagent,
      platformKeys = [`k1:${stage.keys.publicKey}`],
      periodMs = 720 * HOUR,
    } = options;
    const clock: Clock = options.factor === undefined ? stage.clock : new HastyClock(options.factor);
    const limits = { connectTimeoutMs: 5_000, headersTimeoutMs: 5_000, keepAliveMs: 1_000 };
    const agentsFor = (baseUrl: URL): HttpAgents => {
      const source = new HttpAgents({ baseUrl, proxy: 'none', environment: {}, ...limits }, { clock: systemClock });
      this.#agents.push(source);
      return source;
    };
    const server = new URL(stage.fake.url);
    // The clients' own limits are those of the real clock.
    const kube = new KubeClient({
      credentials: {
        server,
        connection: { baseUrl: server, proxy: 'none', environment: {}, ...limits },
        authorization: async () => `Bearer ${FAKE_TOKEN}`,
        refresh: async () => undefined,
      },
      agents: agentsFor(server),
      clock: systemClock,
      userAgent: 'test',
    });
    const baseUrl = new URL(stage.platform.url);
    const apiKey = new ApiKey({ value: Secret.of(options.apiKey ?? 'key-1') }, new KnownSecrets());
    const platform = new JsonClient({
      baseUrl,
      agents: agentsFor(baseUrl),
      apiKey,
      userAgent: 'test',
      clock: systemClock,
    });
    const logger = createLogger({
      level: 'debug',
      name: 'test',
      clock,
      destination: { write: (line) => void this.lines.push(line) },
    });
    const metrics = new InitDataMetrics({ version: '0', clock, isSealed: true, isReady: () => true });
    this.observer = new InitDataObserver({ metrics, logger });
    const store = new PoolStore(kube, NAMESPACE);
    const { clusterId } = stage;
    const extractor: Extractor = {
      extract: async (job, signal) => {
        this.jobs.push(job);
        if (this.attempts === 1 && job.output.kind !== 'facts') {
          await new Promise((resolve) => setTimeout(resolve, options.firstTakesMs ?? 0));
        }
        return extractData(job, { clock: { ...systemClock, sleep: async () => undefined } }, signal);
      },
    };
    const clusterPollMs = options.clusterPollMs ?? 60_000;
    this.loop = new InitDataLoop({
      cluster: new ClusterWatch({ kube, store, clock, nodeName, clusterId, platform, askEveryMs: clusterPollMs }),
      store,
      lease: new PoolLease({
        client: kube,
        namespace: NAMESPACE,
        holderIdentity: `${nodeName}_${Math.random()}`,
        clock,
      }),
      sender: new Sender({
        extractor,
        platform,
        apiKey,
        clock,
        clusterId,
        waagentDir: waagent.root,
        isCustomDataOptional: false,
        platformKeys: platformKeys.length === 0 ? [] : parsePlatformKeys(platformKeys),
      }),
      signature: async () => {
        await using root = await SafeDirectory.open(waagent.root);
        return await folderSignature(root);
      },
      observer: this.observer,
      rules: {
        keyCount: platformKeys.length,
        policy: {
          periodMs,
          sendOnLivePatch: false,
          refusedPauseMs: 24 * HOUR,
          keyChangePauseMs: HOUR,
          youngerFirstMs: HOUR / 2,
        },
      },
      clusterPollMs,
      filesPollMs: 30_000,
      clock,
      random: Math.random,
    });
    this.ended = this.loop.run(this.#stop.signal).catch((error: unknown) => error);
  }

  get decision(): string {
    const { decision } = this.loop;
    return decision.kind === 'send' ? decision.reason : decision.kind;
  }

  /** How often something was prepared to be sent. */
  get attempts(): number {
    return this.jobs.filter(({ output }) => output.kind !== 'facts').length;
  }

  async decided(kind: string): Promise<void> {
    await eventually({ what: `the pod decides ${kind}`, look: () => this.decision, until: (now) => now === kind });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('stopped'));
    await this.ended;
    for (const agents of this.#agents) agents.close();
  }
}

interface Stage {
  /** One for the platform and all pods: times of one machine mean something on another. */
  readonly clock: Clock;
  readonly fake: FakeKubeApiserver;
  readonly platform: RunningServer;
  readonly control: PlatformControl;
  readonly keys: PlatformKeyPair;
  readonly clusterId: string;
}

let stage: Stage;
let stack: AsyncDisposableStack;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const keys = makePlatformKeys();
  const fake = stack.use(await FakeKubeApiserver.start({ settings: { gitVersion: 'v1.33.2' } }));
  const clock = new HastyClock(FACTOR);
  const platformClock = { ...systemClock, now: () => clock.now() };
  const platform = await startRig({ initDataKeys: { k1: keys.privateKey }, clock: platformClock });
  stack.defer(() => platform.close());
  fake.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  const registered = await fetch(new URL('/v1/kubernetes/external-clusters', platform.url), {
    method: 'POST',
    headers: { 'x-api-key': 'x' },
    body: JSON.stringify({ name: 's', aks: { region: 'r', nodeResourceGroup: 'g', subscriptionId: 's' } }),
  });
  const { id: clusterId } = (await registered.json()) as { id: string };
  stage = { clock, fake, platform, control: new PlatformControl(platform.url), keys, clusterId };
  putNode('node-1');
});
afterEach(() => stack.disposeAsync());

function putNode(name: string, changes: { labels?: Record<string, string>; kubelet?: string } = {}): void {
  const { labels = {}, kubelet = 'v1.33.2' } = changes;
  stage.fake.create({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.azure.com/agentpool': 'pool1',
        'kubernetes.azure.com/node-image-version': IMAGE,
        'kubernetes.io/os': 'linux',
        ...labels,
      },
    },
    status: { nodeInfo: { architecture: 'amd64', kubeletVersion: kubelet } },
  });
}

const waagent = (options: WaagentOptions = {}): FakeWaagent => stack.use(new FakeWaagent(options));
const start = (options: PodOptions): Pod => stack.use(new Pod(stage, options));
const deliveries = async (count: number): Promise<InitDataDelivery[]> =>
  eventually({
    what: `${count} deliveries`,
    look: () => stage.control.initData(stage.clusterId),
    until: (all) => all.length >= count,
  });
const reasons = (all: readonly InitDataDelivery[]): unknown[] => all.map(({ description }) => description['reason']);

describe('init data loop', () => {
  it('delivers what was read, sealed, with what the platform needs to know of it', async () => {
    const node = waagent();
    const pod = start({ waagent: node });
    await pod.decided('current');
    const [delivery, ...more] = await deliveries(1);
    expect(more).toEqual([]);
    expect(delivery).toMatchObject({
      keyId: 'k1',
      times: 1,
      architecture: 'amd64',
      cloudConfigBase64: node.customData.toString('base64'),
      protectedSettingsBase64: node.settings.toString('base64'),
      description: {
        schemaVersion: 3,
        reason: 'startup',
        agentPool: 'pool1',
        nodeImageVersion: IMAGE,
        kubeletVersion: 'v1.33.2',
        controlPlaneVersion: 'v1.33.2',
        extensionVersion: '2.1.19',
        shape: 'cloud-boothook',
        settingsSource: 'protected',
      },
    });
  });

  it('sends nothing after a restart, nor from a second node with the same data', async () => {
    const node = waagent();
    const first = start({ waagent: node });
    await first.decided('current');
    await first[Symbol.asyncDispose]();
    const again = start({ waagent: node });
    await again.decided('current');
    putNode('node-2');
    const second = start({ nodeName: 'node-2', waagent: node });
    await second.decided('current');
    expect(await deliveries(1)).toHaveLength(1);
  });

  it('delivers once when ten pods of a pool start at once', async () => {
    const node = waagent();
    const pods = Array.from({ length: 10 }, (_, index) => {
      if (index > 0) putNode(`node-${index + 1}`);
      // Slower than elsewhere: a lease of two minutes is not lost to half a second in which this process was kept waiting.
      return start({ nodeName: `node-${index + 1}`, waagent: node, factor: FACTOR / 10 });
    });
    for (const pod of pods) await pod.decided('current');
    expect(await deliveries(1)).toMatchObject([{ times: 1 }]);
  });

  it('delivers once per pool', async () => {
    putNode('node-2', { labels: { 'kubernetes.azure.com/agentpool': 'pool2' } });
    for (const nodeName of ['node-1', 'node-2']) await start({ nodeName, waagent: waagent() }).decided('current');
    const all = await deliveries(2);
    expect(all.map(({ description }) => description['agentPool'])).toEqual(['pool1', 'pool2']);
  });

  it('delivers once where the API server and the platform take four seconds for every answer', async () => {
    const factor = 10;
    stage.fake.faults.add({ match: {}, action: { type: 'delay', ms: 4_000 / factor } });
    await stage.control.addFault({ on: ['initData'], action: { type: 'delay', ms: 4_000 / factor } });
    const pod = start({ waagent: waagent(), factor, clusterPollMs: 10_000 });
    await pod.decided('current');
    expect(await deliveries(1)).toMatchObject([{ times: 1 }]);
    expect([pod.observer.kubeError, pod.observer.verdict]).toEqual([undefined, undefined]);
  });

  it('delivers exactly once after the platform was away for an hour', async () => {
    const fault = await stage.control.addFault({ on: ['initData'], action: { type: 'drop' } });
    putNode('node-2');
    const node = waagent();
    const pods = ['node-1', 'node-2'].map((nodeName) => start({ nodeName, waagent: node }));
    await eventually({
      what: 'an attempt fails',
      look: () => pods.some(({ observer }) => observer.verdict !== undefined),
      until: (failed) => failed,
    });
    await new Promise((resolve) => setTimeout(resolve, HOUR / FACTOR));
    expect(await stage.control.initData(stage.clusterId)).toEqual([]);
    await stage.control.clearFaults(fault.id);
    for (const pod of pods) await pod.decided('current');
    // However often it was asked for: where a lease ran out under a sender, the repetition is recognised.
    expect(await deliveries(1)).toHaveLength(1);
    // A few attempts an hour, not a storm: the backoff's bound is five minutes.
    const attempts = pods.reduce((sum, pod) => sum + pod.attempts, 0);
    expect(attempts).toBeGreaterThan(5);
    expect(attempts).toBeLessThan(100);
  });

  it('repeats a delivery whose answer was lost under the same key, so that the platform takes it once', async () => {
    await stage.control.addFault({ on: ['initData'], times: 3, action: { type: 'loseAnswer' } });
    // Slower than elsewhere, as with ten pods: the lease must not be lost between two attempts.
    const pod = start({ waagent: waagent(), clusterPollMs: 600_000, factor: FACTOR / 10 });
    await pod.decided('current');
    const all = await deliveries(1);
    expect(all).toHaveLength(1);
    expect(all[0]?.times).toBeGreaterThan(1);
  });

  it('delivers new content, and not when only the certificate is new', async () => {
    const node = waagent();
    const pod = start({ waagent: node });
    await pod.decided('current');
    const reads = pod.jobs.length;
    node.rotateKey();
    await eventually({ what: 'the files are read again', look: () => pod.jobs.length, until: (now) => now > reads });
    await pod.decided('current');
    expect(await deliveries(1)).toHaveLength(1);
    node.reprovision();
    const all = await deliveries(2);
    expect(reasons(all)).toEqual(['startup', 'content']);
    expect(all[1]?.cloudConfigBase64).toBe(node.customData.toString('base64'));
  });

  it('delivers once when the control plane is upgraded', async () => {
    putNode('node-2');
    const node = waagent();
    const pods = ['node-1', 'node-2'].map((nodeName) => start({ nodeName, waagent: node }));
    for (const pod of pods) await pod.decided('current');
    stage.fake.settings.gitVersion = 'v1.34.0';
    const all = await deliveries(2);
    for (const pod of pods) await pod.decided('current');
    expect(reasons(await stage.control.initData(stage.clusterId))).toEqual(['startup', 'control-plane']);
    expect(all[1]?.description).toMatchObject({ controlPlaneVersion: 'v1.34.0' });
  });

  it('delivers again after the period', async () => {
    start({ waagent: waagent(), periodMs: HOUR / 3 });
    const all = await deliveries(2);
    expect(reasons(all).slice(0, 2)).toEqual(['startup', 'periodic']);
    expect(all[0]?.idempotencyKey).not.toBe(all[1]?.idempotencyKey);
  });

  it('delivers once for each request of the platform', async () => {
    const pod = start({ waagent: waagent() });
    await pod.decided('current');
    await stage.control.requestInitData(stage.clusterId, 'r-1');
    await deliveries(2);
    await pod.decided('current');
    await stage.control.requestInitData(stage.clusterId, 'r-2');
    expect(reasons(await deliveries(3))).toEqual(['startup', 'requested', 'requested']);
    await pod.decided('current');
  });

  it('answers no wish that the platform does not have, whoever wrote it down', async () => {
    const pod = start({ waagent: waagent() });
    await pod.decided('current');
    await stage.control.requestInitData(stage.clusterId, 'r-1');
    await deliveries(2);
    await pod.decided('current');
    const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'castai-aks-init-data' };
    const request = JSON.stringify({ id: 'forged', askedAtMs: stage.clock.now() + 290_000 });
    stage.fake.update(map, (object) => {
      object['data'] = { ...(object['data'] as object), request };
    });
    await eventually({
      what: 'what the platform wishes is written down again',
      look: () => stage.fake.objects('configmaps').find(({ metadata }) => metadata.name === map.name)?.['data'] ?? {},
      until: (data) => JSON.stringify(data).includes('\\"id\\":\\"r-1\\"'),
    });
    await pod.decided('current');
    expect(reasons(await deliveries(2))).toEqual(['startup', 'requested']);
  });

  it('moves on to the second trusted key when the platform does not know the first any more', async () => {
    const next = makePlatformKeys();
    await stage.control.setInitDataKeys({ k2: next.privateKey });
    const platformKeys = [`k1:${stage.keys.publicKey}`, `k2:${next.publicKey}`];
    const pod = start({ waagent: waagent(), platformKeys });
    await pod.decided('current');
    expect(await deliveries(1)).toMatchObject([{ keyId: 'k2', times: 1 }]);
  });

  it('does not try again what the platform refuses, until something changes', async () => {
    const node = waagent();
    await stage.control.setInitDataKeys({});
    const pod = start({ waagent: node });
    await pod.decided('held');
    await new Promise((resolve) => setTimeout(resolve, HOUR / 2 / FACTOR));
    expect(pod.attempts).toBe(1);
    await stage.control.setInitDataKeys({ k1: stage.keys.privateKey });
    node.reprovision();
    await pod.decided('current');
    expect(await deliveries(1)).toHaveLength(1);
  });

  it('tries rarely while its key is refused, and goes on when it is accepted', async () => {
    await stage.control.setApiKeys(['another']);
    const startedMs = performance.now();
    const pod = start({ waagent: waagent() });
    await eventually({
      what: 'it is refused',
      look: () => pod.observer.verdict?.kind,
      until: (k) => k === 'UNAUTHORIZED',
    });
    await new Promise((resolve) => setTimeout(resolve, HOUR / 5 / FACTOR));
    // Once, and not again within half a minute; on a busy machine it may have been longer.
    const { attempts } = pod;
    const tookMs = (performance.now() - startedMs) * FACTOR;
    expect(attempts).toBeLessThanOrEqual(1 + Math.floor(tookMs / 30_000));
    await stage.control.setApiKeys([]);
    await pod.decided('current');
    expect(await deliveries(1)).toMatchObject([{ times: 1 }]);
  });

  it('tries at once when the refused key was replaced, in the middle of its pause', async () => {
    await stage.control.setApiKeys(['another']);
    // Half a minute of its clock is longer than the test.
    const pod = start({ waagent: waagent(), factor: 0.1, clusterPollMs: 100 });
    await eventually({ what: 'it waits', look: () => pod.loop.nextAttemptMs ?? 0, until: (ms) => ms > 20_000 });
    await stage.control.setApiKeys([]);
    pod.loop.keyReplaced();
    await pod.decided('current');
    expect(await deliveries(1)).toMatchObject([{ times: 1 }]);
  });

  it('reads nothing on nodes that are none of ours', async () => {
    putNode('node-k', { labels: { 'karpenter.sh/nodepool': 'default' } });
    const pod = start({ nodeName: 'node-k', waagent: waagent() });
    await pod.decided('excluded');
    await new Promise((resolve) => setTimeout(resolve, 300_000 / FACTOR));
    expect(pod.jobs).toEqual([]);
    expect(await stage.control.initData(stage.clusterId)).toEqual([]);
  });

  it('waits while settings name a certificate that is not there yet', async () => {
    const node = waagent();
    node.rotateKey({ writeKey: false });
    const pod = start({ waagent: node });
    await eventually({
      what: 'the key is missed',
      look: () => pod.observer.problem?.kind,
      until: (k) => k === 'key-missing',
    });
    expect(pod.decision).toBe('waiting');
    node.writeKey();
    await pod.decided('current');
    expect(pod.observer.problem).toBeUndefined();
    expect(await deliveries(1)).toHaveLength(1);
  });

  it('keeps what was acknowledged until the API server can write it, and does not send it again meanwhile', async () => {
    const node = waagent();
    const pod = start({ waagent: node });
    await pod.decided('current');
    const restore = stage.fake.access.deny({ verb: 'patch', resource: 'configmaps' });
    node.reprovision();
    await deliveries(2);
    await pod.decided('current');
    await eventually({
      what: 'the API server refuses to keep it',
      look: () => pod.observer.kubeError?.code,
      until: (code) => code === 'KUBE_FORBIDDEN',
    });
    restore();
    await eventually({ what: 'it is kept', look: () => pod.observer.kubeError, until: (error) => error === undefined });
    const again = start({ waagent: node });
    await again.decided('current');
    expect((await deliveries(2)).map(({ times }) => times)).toEqual([1, 1]);
  });

  it('answers a tampered record with one delivery more, and goes on', async () => {
    const node = waagent();
    const pod = start({ waagent: node });
    await pod.decided('current');
    const tamper = (change: Record<string, unknown>): void => {
      const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'castai-aks-init-data' };
      stage.fake.update(map, ({ data }) => {
        const entries = data as Record<string, string>;
        const { acked } = JSON.parse(entries['pool.pool1.amd64'] ?? '') as { acked: object };
        entries['pool.pool1.amd64'] = JSON.stringify({ acked: { ...acked, ...change } });
      });
    };
    // Dates that are none ended the process, and a younger node of the year 2099 silenced it.
    tamper({ ackedAtMs: 8.64e15, fingerprintKeyId: 'zzzzzzzz' });
    // Under the key of the first delivery, so the platform knows it for the same.
    await eventually({
      what: 'it is delivered again',
      look: () => deliveries(1),
      until: ([first]) => (first?.times ?? 0) === 2,
    });
    await pod.decided('current');
    const far = Date.UTC(2099, 0);
    const fingerprint = '0'.repeat(64);
    tamper({ ackedAtMs: far, nodeCreatedAtMs: far, fingerprint, controlPlaneVersion: 'v99.0.0' });
    node.reprovision();
    await deliveries(2);
    await pod.decided('current');
    // The process goes by what it delivered in answer to the first one.
    tamper({ ackedAtMs: 1e300 });
    await eventually({
      what: 'it is seen',
      look: () => pod.loop.seen.pool?.isDoubted === true,
      until: (isDoubted) => isDoubted,
    });
    await pod.decided('current');
    const all = await deliveries(2);
    expect([reasons(all), all.map(({ times }) => times)]).toEqual([
      ['startup', 'content'],
      [2, 1],
    ]);
    expect(pod.lines.filter((line) => line.includes('cannot be believed'))).not.toEqual([]);
  });

  it('sends nothing when preparing took so long that the lease may be another pod\u2019s', async () => {
    // Two minutes, where a holder believes in its lease for one.
    const pod = start({ waagent: waagent(), firstTakesMs: 120_000 / FACTOR });
    await pod.decided('current');
    expect(pod.attempts).toBeGreaterThan(1);
    expect(await deliveries(1)).toMatchObject([{ times: 1 }]);
  });

  it('sends nothing while it cannot know what was sent', async () => {
    const restore = stage.fake.access.deny({ resource: 'configmaps' });
    const pod = start({ waagent: waagent() });
    await eventually({
      what: 'the API server refuses to tell',
      look: () => pod.observer.kubeError?.code,
      until: (code) => code === 'KUBE_FORBIDDEN',
    });
    expect(await stage.control.initData(stage.clusterId)).toEqual([]);
    restore();
    await pod.decided('current');
    expect(await deliveries(1)).toHaveLength(1);
  });

  it('takes over from a pod that died with the lease in its hands', async () => {
    stage.fake.create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'castai-aks-init-data-pool1-amd64', namespace: NAMESPACE },
      spec: {
        holderIdentity: 'gone',
        leaseDurationSeconds: 120,
        renewTime: new Date().toISOString().replace('Z', '000Z'),
      },
    });
    const pod = start({ waagent: waagent() });
    await pod.decided('current');
    expect(await deliveries(1)).toMatchObject([{ times: 1 }]);
    const [lease] = stage.fake.objects('leases.coordination.k8s.io');
    expect(lease?.['spec']).toMatchObject({ holderIdentity: '', leaseTransitions: 1 });
  });

  it('sends the document in the clear when it is told to, as the older call has it', async () => {
    const node = waagent();
    const pod = start({ waagent: node, platformKeys: [] });
    await pod.decided('current');
    expect(await deliveries(1)).toMatchObject([
      {
        keyId: '',
        cloudConfigBase64: node.customData.toString('base64'),
        protectedSettingsBase64: node.settings.toString('base64'),
        architecture: 'amd64',
        description: { architecture: 'amd64' },
      },
    ]);
  });

  it('ends with a configuration error when the folder is not there at the start, and only then', async () => {
    const node = waagent();
    rmSync(node.root, { recursive: true });
    const pod = start({ waagent: node });
    expect(await pod.ended).toMatchObject({ code: 'CONFIG_INVALID' });

    const other = waagent();
    const running = start({ waagent: other });
    await running.decided('current');
    rmSync(other.root, { recursive: true });
    await eventually({
      what: 'it is missed',
      look: () => running.observer.problem?.kind,
      until: (k) => k === 'directory-missing',
    });
    expect(running.decision).toBe('waiting');
  });

  it('says in no line what it has read', async () => {
    const node = waagent();
    await stage.control.addFault({ on: ['initData'], times: 2, action: { type: 'status', status: 503 } });
    const pod = start({ waagent: node });
    await pod.decided('current');
    node.writeKey('not a key');
    await eventually({ what: 'a problem', look: () => pod.observer.problem?.kind, until: (k) => k === 'key-unusable' });
    const text = pod.lines.join('');
    expect(text).toContain('the platform has the data');
    expect(node.canaries.filter((canary) => text.includes(canary))).toEqual([]);
  });
});
