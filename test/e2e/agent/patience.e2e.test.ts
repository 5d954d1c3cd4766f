/** What takes the agent minutes, on a clock twenty times as fast: permissions, kinds that come and go, silence, polls. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { StoredObject } from '../../platform-rig/client.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type FakeStage, newLife, referenceTo, startFakeStage, touch } from '../../stages/agent/fake-stage.ts';
import { PictureSampler } from '../../judges/picture-sampler.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';
import type { StagedAgent } from '../../stages/agent/staged-agent.ts';

const HASTE = 20;
/** Bookmarks have to come twenty times as often, too, or the watchdog takes the server for dead. */
const HASTY_CLUSTER = { settings: { bookmarkMs: 1000 } } as const;

async function untilFeed(
  agent: StagedAgent,
  feed: string,
  wanted: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  return eventually({
    what: `the feed ${feed} is ${JSON.stringify(wanted)}`,
    look: () => agent.feed(feed),
    until: (row) => Object.entries(wanted).every(([key, value]) => row[key] === value),
  });
}

async function untilPlatform(
  stage: FakeStage,
  feed: string,
  { what, until }: { what: string; until: (objects: readonly StoredObject[]) => boolean },
): Promise<void> {
  await eventually({ what, look: () => stage.platform.control.allObjects({ feed }), until });
}

async function feedAtPlatform(stage: FakeStage, group: string, resource: string) {
  const cluster = await stage.platform.control.cluster(await stage.clusterId());
  return cluster?.feeds.find((feed) => feed.group === group && feed.resource === resource);
}

function touchAll({ cluster: { fake } }: FakeStage, resource: string): void {
  for (const object of fake.objects(resource)) fake.update(referenceTo(object), touch);
}

describe.concurrent('permission for a kind', () => {
  test('that is taken away while it is watched is reported, removes nothing, holds up nobody, and comes back (C47, I6)', async () => {
    await using stage = await startFakeStage({ cluster: HASTY_CLUSTER });
    const { fake } = stage.cluster;
    const agent = await stage.startReadyAgent({ haste: HASTE });
    expect(await stage.verdict()).toEqual(ALL_WELL);
    await using sampler = new PictureSampler(stage.platform.control);
    const services = fake.objects('services').map(({ metadata: { uid = '' } }) => uid);
    fake.access.deny({ user: AGENT, resource: 'services' });
    // The watch that runs goes on, as on a real server, until it ends by itself.
    for (const watch of fake.watches('services')) watch.end();
    await untilFeed(agent, 'services', { phase: 'forbidden' });
    await eventually({
      what: 'the platform knows',
      look: () => feedAtPlatform(stage, '', 'services'),
      until: (feed) => feed?.state === 'FORBIDDEN',
    });
    touchAll(stage, 'services');
    touchAll(stage, 'pods');
    await untilPlatform(stage, 'pods', {
      what: 'the other feeds go on',
      until: (pods) => pods.every(({ uid, resourceVersion }) => versionOf(stage, 'pods', uid) === resourceVersion),
    });
    expect(await agent.metric('castai_agent_watch_restarts_total', { feed: 'services', reason: 'forbidden' })).toBe(1);
    expect((await agent.readiness()).ready).toBe(true);
    fake.access.allowAll();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await agent.feed('services')).toMatchObject({ phase: 'live', state: 'SYNCED' });
    expect(await sampler.missing(services)).toEqual([]);
  });

  test('that was never given is reported, and used as soon as it is', async () => {
    await using stage = await startFakeStage({ cluster: HASTY_CLUSTER });
    const { fake } = stage.cluster;
    fake.access.deny({ user: AGENT, resource: 'services' }, { user: AGENT, group: 'batch', verb: 'watch' });
    const agent = await stage.startReadyAgent({ haste: HASTE });
    expect(await agent.problems()).toEqual(
      expect.arrayContaining(['no permission to read services', 'no permission to read jobs.batch']),
    );
    expect(await agent.feed('services')).toMatchObject({ phase: 'forbidden' });
    expect(await stage.platform.control.allObjects({ feed: 'services' })).toEqual([]);
    expect(await stage.platform.control.allObjects({ feed: 'pods' })).not.toEqual([]);
    fake.access.allowAll();
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });
});

describe.concurrent('a kind that', () => {
  test('is deleted with its definition is removed, and comes back as another one (C48)', async () => {
    await using stage = await startFakeStage({ cluster: HASTY_CLUSTER });
    const { fake } = stage.cluster;
    const agent = await stage.startReadyAgent({ haste: HASTE });
    const definition = fake.get(definitionOf('nodepools')) as KubeObject;
    const pools = fake.objects('nodepools.karpenter.sh');
    expect(await stage.platform.control.allObjects({ feed: 'karpenter.sh/nodepools' })).toHaveLength(pools.length);
    fake.delete(definitionOf('nodepools'));
    await untilPlatform(stage, 'karpenter.sh/nodepools', {
      what: 'its objects are gone',
      until: (objects) => objects.length === 0,
    });
    await eventually({
      what: 'the platform knows that the kind is absent',
      look: () => feedAtPlatform(stage, 'karpenter.sh', 'nodepools'),
      until: (feed) => feed?.state === 'ABSENT',
    });
    expect((await agent.section('Not served by this cluster'))['feeds']).toContain('nodepools.karpenter.sh');
    fake.create(newLife(definition));
    for (const pool of pools) fake.create(newLife(pool));
    await untilFeed(agent, 'nodepools.karpenter.sh', { phase: 'live', state: 'SYNCED' });
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('is served in another version is read in that one (C48)', async () => {
    await using stage = await startFakeStage({ cluster: HASTY_CLUSTER });
    const { fake } = stage.cluster;
    await stage.startReadyAgent({ haste: HASTE });
    const definition = fake.get(definitionOf('nodeclaims')) as KubeObject;
    const claims = fake.objects('nodeclaims.karpenter.sh');
    fake.delete(definitionOf('nodeclaims'));
    const older = structuredClone(definition);
    const { versions } = older['spec'] as { versions: { name: string }[] };
    for (const version of versions) version.name = 'v1beta1';
    fake.create(newLife(older));
    for (const claim of claims) fake.create({ ...newLife(claim), apiVersion: 'karpenter.sh/v1beta1' });
    await untilPlatform(stage, 'karpenter.sh/nodeclaims', {
      what: 'the objects are there in the other version',
      until: (objects) => objects.length === claims.length && objects.every(({ version }) => version === 'v1beta1'),
    });
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('is polled is read again and again, and what is gone is removed; while its server is down it stays (C49)', async () => {
    await using stage = await startFakeStage({ cluster: { settings: { bookmarkMs: 1000, metricsApi: 'up' } } });
    const { fake } = stage.cluster;
    const agent = await stage.startReadyAgent({ haste: HASTE, env: { POLL_SECONDS: '15' } });
    const feed = 'metrics.k8s.io/pods';
    const pods = fake.objects('pods');
    await untilPlatform(stage, feed, {
      what: 'every pod has a measurement',
      until: (objects) => objects.length === pods.length,
    });
    for (const pod of pods.slice(0, 10)) fake.delete(referenceTo(pod));
    await untilPlatform(stage, feed, {
      what: 'those of pods that are gone are gone, too',
      until: (objects) => objects.length === pods.length - 10,
    });
    fake.settings.metricsApi = 'down';
    await eventually({
      what: 'the platform hears that the feed lags',
      look: () => feedAtPlatform(stage, 'metrics.k8s.io', 'pods'),
      until: (row) => row?.state === 'DEGRADED',
    });
    expect(await stage.platform.control.allObjects({ feed })).toHaveLength(pods.length - 10);
    fake.settings.metricsApi = 'up';
    await untilFeed(agent, 'pods.metrics.k8s.io', { state: 'SYNCED' });
    fake.settings.metricsApi = 'absent';
    await untilPlatform(stage, feed, {
      what: 'they are gone with their API',
      until: (objects) => objects.length === 0,
    });
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });
});

describe.concurrent('silence', () => {
  test('in the middle of a frame, or without a word, ends a watch after its time (C4, C6, C17)', async () => {
    await using stage = await startFakeStage({ cluster: HASTY_CLUSTER });
    const { fake } = stage.cluster;
    fake.faults.add(
      { match: { verb: 'watch', resource: 'pods', times: 1 }, action: { type: 'silence', afterBytes: 100 } },
      { match: { verb: 'watch', resource: 'nodes', times: 1 }, action: { type: 'silence', afterBytes: 0 } },
      { match: { verb: 'watch', resource: 'services', times: 1 }, action: { type: 'dropBookmarks' } },
    );
    const agent = await stage.startReadyAgent({ haste: HASTE });
    const lists = stage.cluster.agentRequests({ verb: 'list' }).filter(({ query }) => query['limit'] !== '1').length;
    touchAll(stage, 'pods');
    touchAll(stage, 'nodes');
    for (const feed of ['pods', 'nodes', 'services']) await untilFeed(agent, feed, { lastRestart: 'KUBE_WATCHDOG' });
    expect(await agent.metric('castai_agent_watch_restarts_total', { feed: 'pods', reason: 'watchdog' })).toBe(1);
    expect(await agent.problems()).toContain('pods: KUBE_WATCHDOG');
    expect(await stage.verdict()).toEqual(ALL_WELL);
    // They go on where they were.
    expect(stage.cluster.agentRequests({ verb: 'list' }).filter(({ query }) => query['limit'] !== '1').length).toBe(
      lists,
    );
  });

  test('of the whole network ends every watch after its time, and none goes on unheard (C5, C6)', async () => {
    await using stage = await startFakeStage({ cluster: HASTY_CLUSTER });
    const agent = await stage.startReadyAgent({ haste: HASTE });
    const { fake, network } = stage.cluster;
    await network.set({ type: 'halfOpen' });
    await eventually({
      what: 'the watches of all feeds are given up',
      look: () => agent.metric('castai_agent_watch_restarts_total', { reason: 'watchdog' }),
      until: (count) => count >= 20,
    });
    await network.set({ type: 'pass' });
    touchAll(stage, 'pods');
    expect(await stage.verdict()).toEqual(ALL_WELL);
    await eventually({
      what: 'one watch of the pods is left',
      look: () => fake.watches('pods').length,
      until: (count) => count === 1,
    });
  });
});

describe.concurrent('a snapshot that the platform asks for', () => {
  test('is made once per directive, of the feeds that it names, and again only after a minute (C69)', async () => {
    await using stage = await startFakeStage({ cluster: HASTY_CLUSTER });
    const agent = await stage.startReadyAgent({ haste: HASTE });
    const id = await stage.clusterId();
    await stage.platform.control.requestResync(id, ['pods']);
    await untilFeed(agent, 'pods', { restarts: 1, lastRestart: 'RESYNC', phase: 'live' });
    await stage.platform.control.requestResync(id, ['pods']);
    await stage.platform.control.requestResync(id);
    await untilFeed(agent, 'nodes', { lastRestart: 'RESYNC', phase: 'live' });
    await untilFeed(agent, 'pods', { restarts: 2, phase: 'live' });
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('by forgetting the session and every point of it brings everything again', async () => {
    await using stage = await startFakeStage({ cluster: HASTY_CLUSTER });
    const agent = await stage.startReadyAgent({ haste: HASTE });
    const id = await stage.clusterId();
    await stage.platform.control.forgetResumePoints(id);
    await stage.platform.control.forgetSession(id);
    await eventually({
      what: 'the next session is complete',
      look: () => stage.platform.control.cluster(id),
      until: (cluster) => cluster?.epoch === 2 && cluster.feeds.every((feed) => feed.snapshotUpserts === undefined),
    });
    await agent.untilReady();
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });
});

/** Who the agent is: rights are taken from it alone. */
const AGENT = 'system:serviceaccount:castai-agent:castai-agent';

const definitionOf = (plural: string) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  name: `${plural}.karpenter.sh`,
});

function versionOf({ cluster: { fake } }: FakeStage, resource: string, uid: string): string | undefined {
  return fake.objects(resource).find(({ metadata }) => metadata.uid === uid)?.metadata.resourceVersion;
}
