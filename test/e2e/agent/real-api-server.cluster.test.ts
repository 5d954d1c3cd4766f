/** The agent against a real kube-apiserver and etcd: what is provoked there, and not only imitated. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { PictureSampler } from '../../judges/picture-sampler.ts';
import { type LocalPlatform, startLocalPlatform } from '../../stages/agent/staged-platform.ts';
import { type RealCluster, startRealCluster } from '../../stages/agent/real-cluster.ts';
import { AgentStage, ALL_WELL } from '../../stages/agent/agent-stage.ts';

const PODS = '/api/v1/namespaces/default/pods';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const POOLS = '/apis/karpenter.sh/v1/nodepools';

let stage: AgentStage<RealCluster, LocalPlatform>;

beforeEach(async () => {
  stage = new AgentStage({
    cluster: await startRealCluster({
      // Continue tokens expire after 5 minutes otherwise, and open watches keep a server that was asked to end for 60 s.
      apiServerArgs: ['--etcd-compaction-interval=5s', '--request-timeout=10s'],
    }),
    platform: await startLocalPlatform(),
  });
});

afterEach(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** Changes the cluster until it is told to stop; what fails because the server is away does not count. */
function churn(): { stop: () => Promise<void> } {
  const over = new AbortController();
  const going = (async () => {
    while (!over.signal.aborted) {
      await stage.cluster.changer.change(1).catch(() => undefined);
      await sleep(25);
    }
  })();
  return {
    stop: async () => {
      over.abort();
      await going;
    },
  };
}

async function uidsInCluster(): Promise<string[]> {
  const paths = ['/api/v1/pods', '/api/v1/nodes', '/api/v1/services', '/apis/apps/v1/deployments', POOLS];
  const lists = await Promise.all(paths.map((path) => stage.cluster.client.request('GET', path)));
  return lists.flatMap(({ items = [] }) => items.flatMap(({ metadata }) => metadata?.uid ?? []));
}

const pod = (name: string) => ({
  metadata: { name },
  spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }] },
});

async function snapshotsOfPods(): Promise<number> {
  const feeds = (await stage.platform.control.cluster(await stage.clusterId()))?.feeds;
  const feedId = feeds?.find(({ group, resource }) => group === '' && resource === 'pods')?.feedId;
  const history = await stage.platform.control.history();
  return history.filter(({ record }) => record.type === 'snapshotBegin' && record['feedId'] === feedId).length;
}

test('a snapshot under churn and 200 changes after it arrive object by object', async () => {
  const changes = churn();
  await stage.startReadyAgent({ env: { PAGE_SIZE: '10' } });
  await changes.stop();
  await stage.cluster.changer.change(200);
  expect(await stage.verdict()).toEqual(ALL_WELL);
});

test('a snapshot whose continue token expires goes on with the one that comes with the 410, and is not begun anew (C29)', async () => {
  const { client, network } = stage.cluster;
  for (let index = 0; index < 240; index += 1) await client.request('POST', PODS, pod(`page-${String(index)}`));
  const changes = churn();
  // Thirty pages of pods then take longer than a token lives.
  await network.set({ type: 'latency', ms: 500 });
  const agent = await stage.startAgent({ env: { PAGE_SIZE: '10' } });
  await eventually({
    what: 'a token has expired under the list of pods',
    look: () => agent.metric('castai_agent_watch_restarts_total', { feed: 'pods', reason: 'expired' }),
    until: (count) => count > 0,
    timeoutMs: 300_000,
  });
  await network.set({ type: 'pass' });
  await changes.stop();
  expect(await stage.verdict()).toEqual(ALL_WELL);
  expect(await snapshotsOfPods()).toBe(1);
}, 600_000);

test('an object that is deleted and made anew under its name while nobody watches has two lives (C22)', async () => {
  const { client, network } = stage.cluster;
  await client.request('POST', PODS, pod('twice'));
  await stage.startReadyAgent();
  expect(await stage.verdict()).toEqual(ALL_WELL);
  await network.set({ type: 'refuse' });
  await client.request('DELETE', `${PODS}/twice`, { gracePeriodSeconds: 0 });
  await client.request('POST', PODS, pod('twice'));
  await network.set({ type: 'pass' });
  expect(await stage.verdict()).toEqual(ALL_WELL);
});

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`an API server that ends by ${signal} and comes back never makes the platform lose an object (C43)`, async () => {
    const { cluster } = stage.cluster;
    const agent = await stage.startReadyAgent();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    await using sampler = new PictureSampler(stage.platform.control);
    const changes = churn();
    await sleep(1000);
    await cluster.stopApiServer(signal);
    await cluster.startApiServer();
    await changes.stop();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await sampler.missing(await uidsInCluster())).toEqual([]);
    // With one server, quiet kinds have lost their history: 200 and an ERROR 410 in the stream (C7).
    expect(await agent.metric('castai_agent_watch_restarts_total', { reason: 'expired' })).toBeGreaterThan(0);
    await agent.untilReady();
  });
}

test('an API server that is frozen and goes on is not begun again (C5)', async () => {
  const { cluster, changer } = stage.cluster;
  const agent = await stage.startReadyAgent();
  expect(await stage.verdict()).toEqual(ALL_WELL);
  cluster.pause();
  await sleep(5000);
  expect((await agent.page('/healthz')).status).toBe(200);
  cluster.resume();
  await changer.change(20);
  expect(await stage.verdict()).toEqual(ALL_WELL);
  expect(await snapshotsOfPods()).toBe(1);
});

test('rights that are taken away while a kind is watched remove nothing, and are used when they come back (C47)', async () => {
  const { network, client } = stage.cluster;
  // Slower than bookmarks come, or the watchdog would end the watches of a healthy server.
  const agent = await stage.startReadyAgent({ haste: 3 });
  expect(await stage.verdict()).toEqual(ALL_WELL);
  await using sampler = new PictureSampler(stage.platform.control);
  const before = await uidsInCluster();
  await stage.cluster.forbid('services');
  // The running watch would go on until its own end.
  network.reset();
  await eventually({
    what: 'the feed is forbidden',
    look: () => agent.feed('services'),
    until: (row) => row['phase'] === 'forbidden',
    timeoutMs: 120_000,
  });
  await client.request('POST', '/api/v1/namespaces/default/services', {
    metadata: { name: 'unseen' },
    spec: { ports: [{ port: 80 }] },
  });
  await client.request('POST', PODS, pod('seen'));
  await eventually({
    what: 'the other feeds go on',
    look: () => stage.platform.control.allObjects({ feed: 'pods' }),
    until: (pods) => pods.some(({ name }) => name === 'seen'),
  });
  expect((await stage.platform.control.allObjects({ feed: 'services' })).map(({ name }) => name)).not.toContain(
    'unseen',
  );
  await stage.cluster.forbid();
  expect(await stage.verdict()).toEqual(ALL_WELL);
  expect(await sampler.missing(before)).toEqual([]);
  expect(await agent.metric('castai_agent_watch_restarts_total', { feed: 'services', reason: 'forbidden' })).toBe(1);
});

test('a definition that is deleted takes its objects along, and made anew brings others (C48)', async () => {
  const { client } = stage.cluster;
  const agent = await stage.startReadyAgent({ haste: 3 });
  const definition = await client.request('GET', `${DEFINITIONS}/nodepools.karpenter.sh`);
  await client.request('DELETE', `${DEFINITIONS}/nodepools.karpenter.sh`);
  await eventually({
    what: 'the kind is absent',
    look: async () => (await agent.section('Not served by this cluster'))['feeds'],
    until: (feeds) => String(feeds).includes('nodepools.karpenter.sh'),
    timeoutMs: 120_000,
  });
  await eventually({
    what: 'its objects are gone',
    look: () => stage.platform.control.allObjects({ feed: 'karpenter.sh/nodepools' }),
    until: (objects) => objects.length === 0,
  });
  const { apiVersion, kind, spec } = definition;
  const metadata = { name: 'nodepools.karpenter.sh' };
  await eventually({
    what: 'the definition can be made anew',
    look: () => client.request('POST', DEFINITIONS, { apiVersion, kind, metadata, spec }).catch(String),
    until: (answer) => typeof answer !== 'string',
  });
  await eventually({
    what: 'the new kind takes objects',
    look: () =>
      client.request('POST', POOLS, { apiVersion: 'karpenter.sh/v1', kind: 'NodePool', metadata: { name: 'new' } }),
    until: () => true,
  });
  await eventually({
    what: 'the new object is at the platform',
    look: () => stage.platform.control.allObjects({ feed: 'karpenter.sh/nodepools' }),
    until: (objects) => objects.length === 1,
    timeoutMs: 120_000,
  });
  expect(await stage.verdict()).toEqual(ALL_WELL);
});
