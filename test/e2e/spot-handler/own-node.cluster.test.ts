/** The effects on a node of a real API server, with the service account, the rights and the policy of the chart. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NAMESPACE, startChartPod } from '../../stages/chart/chart-account.ts';
import { createHelm } from '../../stages/chart/helm.ts';
import { CHART } from '../../../scripts/chart/chart-folder.ts';
import { type ApiClient, ApiError, type ApiObject } from '../../cluster/api-client.ts';
import { type Cluster, startCluster } from '../../cluster/cluster.ts';
import { type FakeImds, startAzureImds } from '../../fakes/imds.ts';
import type { AzureImds } from '../../fakes/imds/azure.ts';
import { PlatformControl } from '../../platform-rig/client.ts';
import { HandAgent } from '../../platform-rig/hand-agent.ts';
import type { RunningServer } from '@castai/platform/front/server.ts';
import { startRig } from '../../platform-rig/rig.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { DRAINING_TAINT, sampleSpotNode, summarize } from '../../stages/spot-handler/spot-node.ts';
import { StagedHandler } from '../../stages/spot-handler/staged-handler.ts';

const DRAINING = 'autoscaling.cast.ai/draining';
const RECORD = 'autoscaling.cast.ai/spot-handler';

/** About as long as reading a node and patching it takes: some of the handler's attempts meet a conflict, and not all. */
const RIVAL_PAUSE_MS = 10;

let cluster: Cluster;
let platform: RunningServer;
let clusterId: string;

beforeAll(async () => {
  cluster = await startCluster();
  platform = await startRig();
  clusterId = await new HandAgent(platform.url).register();
  using helm = await createHelm(4, cluster.kubeconfig);
  const sets = [
    `apiUrl=${platform.url}`,
    'apiKey=key',
    'provider=aks',
    `clusterId=${clusterId}`,
    'agent.enabled=false',
    'spotHandler.enabled=true',
    'spotHandler.mode=evict',
  ];
  const target = ['install', 'castai', CHART, '--namespace', NAMESPACE, '--create-namespace', '--set', sets.join(',')];
  await helm.must(...target);
});
afterAll(async () => {
  await platform?.close();
  await cluster?.stop();
});

/** A node of its own with a handler on it that is ready. */
class NodeStage implements AsyncDisposable {
  readonly name: string;
  readonly imds: FakeImds<AzureImds>;
  readonly #environment: Record<string, string>;
  readonly token: string;
  handler: StagedHandler;

  static async create(name: string, environment: Record<string, string> = {}): Promise<NodeStage> {
    const node = sampleSpotNode('azure', name);
    await cluster.request('POST', '/api/v1/nodes', { ...node, status: undefined });
    const imds = await startAzureImds();
    const pod = await startChartPod(cluster, { kind: 'daemonsets', name: 'castai-spot-handler', nodeName: name });
    const variables = { ...pod.env, IMDS_URL: imds.url, MODE: 'mark', ...environment };
    const stage = new NodeStage(name, imds, { environment: variables, token: pod.token });
    await stage.ready();
    return stage;
  }

  private constructor(
    name: string,
    imds: FakeImds<AzureImds>,
    more: { environment: Record<string, string>; token: string },
  ) {
    this.name = name;
    this.imds = imds;
    this.token = more.token;
    this.#environment = more.environment;
    this.handler = new StagedHandler(more.environment);
  }

  async ready(): Promise<void> {
    await eventually({
      what: 'the handler is ready and knows its node',
      look: async () =>
        [(await this.handler.get('/readyz')).status, JSON.stringify(await this.handler.status())] as const,
      until: ([status, text]) => status === 200 && text.includes('"known":true'),
    });
  }

  /** Another process takes over. */
  async restart(): Promise<void> {
    await this.handler.kill();
    this.handler = new StagedHandler(this.#environment);
    await this.ready();
  }

  async node(): Promise<ReturnType<typeof summarize>> {
    return summarize(await cluster.request('GET', `/api/v1/nodes/${this.name}`));
  }

  async marked(): Promise<ReturnType<typeof summarize>> {
    return eventually({ what: 'the node is marked', look: () => this.node(), until: ({ isMarked }) => isMarked });
  }

  async unmarked(): Promise<ReturnType<typeof summarize>> {
    return eventually({
      what: 'the mark is gone',
      look: () => this.node(),
      until: ({ record }) => record === undefined,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handler.kill();
    await this.imds[Symbol.asyncDispose]();
  }
}

const keysOf = (taints: readonly unknown[]): string[] => taints.map((taint) => (taint as { key: string }).key).sort();

test('marks its node with its own token through the policy, remembers it over a restart, and gives it back', async () => {
  await using stage = await NodeStage.create('node-life');
  const events = `/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=${stage.name}`;
  const untilEvents = (...steps: string[]): Promise<unknown> =>
    eventually({
      what: `${steps.join(', ')} are events on the node`,
      look: async () => ((await cluster.request('GET', events)).items ?? []).map(({ reason }) => reason),
      until: (reasons) => steps.every((step) => reasons.includes(step)),
    });
  const before = await stage.node();
  const id = stage.imds.service.schedule();
  const marked = await stage.marked();
  expect(keysOf(marked.taints)).toEqual([...keysOf(before.taints), DRAINING].sort());
  await eventually({
    what: 'the node remembers the report',
    look: () => stage.node(),
    until: ({ record }) => record?.includes('"isReported":true') === true,
  });
  // Written by the first process, which nobody finishes for it.
  await untilEvents('InterruptionNotice', 'NodeMarked', 'InterruptionReported');
  await stage.restart();
  expect(await new PlatformControl(platform.url).reports(clusterId, 'event')).toHaveLength(1);
  stage.imds.service.remove(id);
  expect(await stage.unmarked()).toEqual(before);
  await untilEvents('InterruptionCancelled', 'NodeUnmarked');
});

test('taints that other controllers set in the same moment all stay, and so does ours', async () => {
  await using stage = await NodeStage.create('node-conflict');
  const path = `/api/v1/nodes/${stage.name}`;
  const over = new AbortController();
  let written = 0;
  // Writes a new taint every few milliseconds, each on top of what is there. Without a pause the node grows by each write, and whoever
  // has more to do with a node than this loop never comes in between: that is a machine's speed, and no rule.
  const rival = (async () => {
    while (!over.signal.aborted) {
      const { spec } = await cluster.request('GET', path);
      const taints = (spec?.['taints'] ?? []) as unknown[];
      const next = { key: `example.com/rival-${written}`, effect: 'NoSchedule' };
      const patch = [
        { op: 'test', path: '/spec/taints', value: taints },
        { op: 'add', path: '/spec/taints/-', value: next },
      ];
      const isDone = await cluster.request('PATCH', path, patch).then(
        () => true,
        (error: unknown) => {
          if (error instanceof ApiError && error.status === 422) return false;
          throw error;
        },
      );
      if (isDone) written += 1;
      await sleep(RIVAL_PAUSE_MS);
    }
  })();
  stage.imds.service.schedule();
  await stage.marked();
  over.abort();
  await rival;
  const keys = keysOf((await stage.node()).taints);
  const rivals = Array.from({ length: written }, (_, index) => `example.com/rival-${index}`);
  expect(keys).toEqual(expect.arrayContaining([...rivals, DRAINING]));
  expect(written).toBeGreaterThan(0);
});

test('a node that somebody has cordoned stays cordoned', async () => {
  await using stage = await NodeStage.create('node-cordoned');
  await cluster.request('PATCH', `/api/v1/nodes/${stage.name}`, { spec: { unschedulable: true } });
  const id = stage.imds.service.schedule();
  await stage.marked();
  stage.imds.service.remove(id);
  expect((await stage.unmarked()).unschedulable).toBe(true);
});

test('evicts the pods of its node, and asks again where a disruption budget forbids it', async () => {
  await using stage = await NodeStage.create('node-evict', { MODE: 'evict' });
  const pods = '/api/v1/namespaces/default/pods';
  const create = async (name: string, grace: number): Promise<ApiObject> =>
    cluster.request('POST', pods, {
      metadata: { name, labels: { app: name } },
      spec: {
        nodeName: stage.name,
        terminationGracePeriodSeconds: grace,
        containers: [{ name: 'main', image: 'registry.example/app:1' }],
      },
    });
  await create('free', 0);
  await create('guarded', 0);
  // A pod that does not run yet is in no budget.
  const conditions = [{ type: 'Ready', status: 'True' }];
  await cluster.request('PATCH', `${pods}/guarded/status`, { status: { phase: 'Running', conditions } });
  const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
  await cluster.request('POST', budgets, {
    metadata: { name: 'guard' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } },
  });
  stage.imds.service.schedule();
  await stage.marked();
  const names = async (): Promise<(string | undefined)[]> =>
    ((await cluster.request('GET', `${pods}?fieldSelector=spec.nodeName=${stage.name}`)).items ?? []).map(
      ({ metadata }) => metadata?.name,
    );
  await eventually({ what: 'the one that may go is gone', look: names, until: (left) => !left.includes('free') });
  await eventually({
    what: 'the budget has refused',
    look: () => stage.handler.metric('castai_spot_handler_node_actions_total{action="evict",result="conflict"}'),
    until: (count) => (count ?? 0) >= 1,
  });
  expect(await names()).toEqual(['guarded']);
  await cluster.request('DELETE', `${budgets}/guard`);
  await eventually({ what: 'the other one is gone', look: names, until: (left) => left.length === 0 });
});

test('what is stolen with the token is one node, and of it the cordon, one label, one taint and one annotation', async () => {
  await using stage = await NodeStage.create('node-policy');
  await cluster.request('POST', '/api/v1/nodes', { metadata: { name: 'node-other' } });
  const thief = cluster.createClient({ token: stage.token });
  try {
    const f = async (name: string, patch: unknown): Promise<string> => attempt(thief, `/api/v1/nodes/${name}`, patch);
    await eventually({
      what: 'the policy is in force',
      look: () => f('node-other', { spec: { unschedulable: true } }),
      until: (answer) => answer.includes('may not change node node-other'),
    });
    const own = stage.name;
    expect(await f(own, { metadata: { annotations: { [RECORD]: '{}' } } })).toBe('done');
    const taint = (value: object) => [{ op: 'add', path: '/spec/taints/-', value }];
    expect(await f(own, taint({ ...DRAINING_TAINT, effect: 'NoExecute' }))).toMatch(/^403 .*NoSchedule/u);
    expect(await f(own, taint({ key: 'example.com/x', effect: 'NoSchedule' }))).toMatch(/^403 /u);
    expect(await f(own, { metadata: { labels: { 'example.com/x': 'y' } } })).toMatch(/^403 /u);
    expect(await f(own, { metadata: { annotations: { 'example.com/x': 'y' } } })).toMatch(/^403 /u);
    expect(await f(own, { metadata: { finalizers: ['example.com/hold'] } })).toMatch(/^403 .*finalizers/u);
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'node-other', uid: 'x' };
    expect(await f(own, { metadata: { ownerReferences: [owner] } })).toMatch(/^403 .*owners/u);
    expect(await f(own, { spec: { configSource: null, externalID: 'x' } })).toMatch(/^403 .*spec|^422 /u);
  } finally {
    await thief.close();
  }
});

async function attempt(client: ApiClient, path: string, patch: unknown): Promise<string> {
  try {
    await client.request('PATCH', path, patch);
    return 'done';
  } catch (error) {
    if (error instanceof ApiError) return `${error.status} ${error.message}`;
    throw error;
  }
}
