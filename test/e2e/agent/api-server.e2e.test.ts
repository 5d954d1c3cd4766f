/** The API server as a whole: away, restarted, frozen, restored from a backup, with other credentials. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type FakeStage, referenceTo, startFakeStage, touch } from '../../stages/agent/fake-stage.ts';
import { PictureSampler } from '../../judges/picture-sampler.ts';
import { WIRES } from '../../judges/wire-promises.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';

const uidsInCluster = ({ cluster }: FakeStage): string[] =>
  cluster.fake.objects().flatMap(({ metadata: { uid } }) => uid ?? []);

/** Lists that ask for objects, and not just for the newest version. */
const listsOf = ({ cluster }: FakeStage): number =>
  cluster.agentRequests({ verb: 'list' }).filter(({ query }) => query['limit'] !== '1').length;

function touchSome({ cluster: { fake } }: FakeStage): void {
  for (const kind of ['pods', 'nodes', 'deployments.apps', 'namespaces']) {
    for (const object of fake.objects(kind).slice(0, 3)) fake.update(referenceTo(object), touch);
  }
}

describe.concurrent('an API server that', () => {
  test.for(WIRES)(
    'is restarted under churn and has lost its history never makes the platform lose an object, on %s (C43)',
    async (wire) => {
      await using stage = await startFakeStage({ cluster: { pods: 100 }, env: { PLATFORM_WIRE: wire } });
      const { fake } = stage.cluster;
      const agent = await stage.startReadyAgent();
      expect(await stage.verdict()).toEqual(ALL_WELL);
      await using sampler = new PictureSampler(stage.platform.control);
      fake.churn.run(20);
      await sleep(300);
      const before = listsOf(stage);
      await fake.restart({ downMs: 1500 });
      await eventually({
        what: 'the pods are complete again',
        look: async () => [listsOf(stage) > before + 10, await agent.feed('pods')] as const,
        until: ([hasListed, feed]) => hasListed && feed['phase'] === 'live' && feed['state'] === 'SYNCED',
      });
      fake.churn.run(0);
      expect(await stage.verdict()).toEqual(ALL_WELL);
      expect(await sampler.missing(uidsInCluster(stage))).toEqual([]);
      expect(sampler.count).toBeGreaterThan(5);
      expect(await agent.metric('castai_agent_watch_restarts_total', { reason: 'unreachable' })).toBeGreaterThan(0);
      expect(await agent.metric('castai_agent_watch_restarts_total', { feed: 'pods' })).toBeGreaterThan(0);
    },
  );

  test('is restarted and has lost its history costs an offer for each object that is unchanged, and no body', async () => {
    await using stage = await startFakeStage({ cluster: { pods: 300 } });
    const { fake } = stage.cluster;
    const agent = await stage.startReadyAgent();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    const pods = new Set(fake.objects('pods').map(({ metadata }) => metadata.uid));
    const podsSent = async (): Promise<number> => {
      const sent = (await stage.platform.control.history()).filter(({ record }) => record.type === 'upsert');
      return sent.filter(({ record }) => pods.has(String(record['uid']))).length;
    };
    const before = await podsSent();
    const held = () => agent.metric('castai_agent_offers_total', { answer: 'held' });
    expect([before, await held()]).toEqual([pods.size, 0]);
    // History goes on past what the other feeds have seen, and is lost.
    const [node] = fake.objects('nodes');
    if (node === undefined) throw new Error('a cluster without nodes');
    fake.update(referenceTo(node), touch);
    await fake.restart({ downMs: 500 });
    await eventually({
      what: 'the pods were offered',
      look: async () => [await held(), (await agent.feed('pods'))['state']] as const,
      until: ([count, state]) => count >= pods.size && state === 'SYNCED',
    });
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await podsSent()).toBe(before);
    // The node, which has changed meanwhile.
    expect(await agent.metric('castai_agent_offers_total', { answer: 'wanted' })).toBeLessThanOrEqual(1);
  });

  test('is one of several that are restarted in turn under churn loses nothing, and is listed again only by whose history is gone (C42)', async () => {
    await using stage = await startFakeStage({ cluster: { pods: 100 } });
    const { fake } = stage.cluster;
    const agent = await stage.startReadyAgent();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    await using sampler = new PictureSampler(stage.platform.control);
    const before = uidsInCluster(stage);
    const firstPages = (): number =>
      stage.cluster
        .agentRequests({ verb: 'list', resource: 'pods' })
        .filter(({ query }) => query['limit'] !== '1' && query['continue'] === undefined).length;
    const watchesSoFar = (): number => stage.cluster.agentRequests({ verb: 'watch', resource: 'pods' }).length;
    const listed = firstPages();
    fake.churn.run(20);
    // The next server answers at once; one that has just come up knows nothing of before.
    for (const historyLost of [false, true, false]) {
      const watches = watchesSoFar();
      await fake.restart({ historyLost });
      await eventually({
        what: 'the pods are watched again',
        look: async () => [watchesSoFar(), fake.watches('pods').length, await agent.feed('pods')] as const,
        until: ([begun, open, feed]) => begun > watches && open > 0 && feed['phase'] === 'live',
      });
    }
    fake.churn.run(0);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    const alive = new Set(uidsInCluster(stage));
    expect(await sampler.missing(before.filter((uid) => alive.has(uid)))).toEqual([]);
    expect(firstPages() - listed).toBeLessThanOrEqual(1);
  });

  test('is restarted and still has its history is not listed again', async () => {
    await using stage = await startFakeStage();
    await stage.startReadyAgent();
    const before = listsOf(stage);
    await stage.cluster.fake.restart({ historyLost: false, downMs: 1000 });
    touchSome(stage);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(listsOf(stage)).toBe(before);
  });

  test('takes no new connections is still listened to on the old ones', async () => {
    await using stage = await startFakeStage();
    const agent = await stage.startReadyAgent();
    const { fake, network } = stage.cluster;
    fake.stopListening();
    const restarts = await agent.metric('castai_agent_watch_restarts_total');
    touchSome(stage);
    const uid = fake.objects('pods')[0]?.metadata.uid;
    const version = fake.objects('pods')[0]?.metadata.resourceVersion;
    await eventually({
      what: 'the platform has a change that only an old connection can have brought',
      look: () => stage.platform.control.allObjects({ feed: 'pods' }),
      until: (pods) => pods.some((pod) => pod.uid === uid && pod.resourceVersion === version),
    });
    expect(await agent.metric('castai_agent_watch_restarts_total')).toBe(restarts);
    network.reset();
    await sleep(500);
    await fake.listen();
    touchSome(stage);
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('is frozen for a while and then goes on loses nothing (C5, C6)', async () => {
    await using stage = await startFakeStage();
    const agent = await stage.startReadyAgent();
    const before = listsOf(stage);
    await stage.cluster.network.set({ type: 'halfOpen' });
    touchSome(stage);
    await sleep(2000);
    expect(await agent.readiness()).toEqual({ ready: true, reasons: [] });
    await stage.cluster.network.set({ type: 'pass' });
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(listsOf(stage)).toBe(before);
  });

  test.for(WIRES)(
    'is restored from a backup while the agent runs is listed again, in the past, on %s (C11)',
    async (wire) => {
      await using stage = await startFakeStage({ env: { PLATFORM_WIRE: wire } });
      const agent = await stage.startReadyAgent();
      const { fake } = stage.cluster;
      const backup = fake.backup();
      fake.churn.change(200);
      expect(await stage.verdict()).toEqual(ALL_WELL);
      fake.rewind(backup);
      touchSome(stage);
      // The versions fall, and what was deleted comes back: here that is right.
      expect((await stage.verdict()).differences).toEqual([]);
      expect(await agent.metric('castai_agent_watch_restarts_total', { reason: 'rewound' })).toBeGreaterThan(0);
    },
  );

  test('was restored from a backup while no agent ran is not watched from a point in its future (C10, C11)', async () => {
    await using stage = await startFakeStage();
    const first = await stage.startReadyAgent();
    const { fake } = stage.cluster;
    const backup = fake.backup();
    fake.churn.change(200);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    await first.process.kill();
    fake.rewind(backup);
    await stage.startReadyAgent();
    touchSome(stage);
    expect((await stage.verdict()).differences).toEqual([]);
  });

  test('is away when the agent starts is waited for, visibly and without becoming unhealthy', async () => {
    await using stage = await startFakeStage();
    const { fake } = stage.cluster;
    fake.stopListening();
    const agent = await stage.startAgent();
    await agent.untilNotReady('the API server has not been read yet');
    await eventually({
      what: '/statusz tells about it',
      look: () => agent.problems(),
      until: (problems) => problems.some((what) => what.includes('could not be asked')),
    });
    expect((await agent.page('/healthz')).status).toBe(200);
    await agent.untilCause('api-server');
    await fake.listen();
    await agent.untilReady();
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('is away does not keep the agent from ending', async () => {
    await using stage = await startFakeStage();
    stage.cluster.fake.stopListening();
    const agent = await stage.startAgent();
    await agent.untilNotReady('the API server has not been read yet');
    expect(await agent.process.stop()).toEqual({ code: 0, signal: null });
  });

  test('does not accept the old token any more is asked with the one that is in the file by then (C46)', async () => {
    await using stage = await startFakeStage();
    const agent = await stage.startReadyAgent();
    const { fake, tokenFile } = stage.cluster;
    fake.access.addToken('second-token', 'system:serviceaccount:castai-agent:castai-agent');
    fake.access.revokeToken('fake-token');
    fake.abortConnections();
    await eventually({
      what: 'the agent was refused',
      look: () => agent.metric('castai_agent_watch_restarts_total', { reason: 'unauthorized' }),
      until: (count) => count > 0,
    });
    // As the kubelet does it: in the middle of it there is no file.
    await rm(tokenFile);
    await sleep(200);
    await writeFile(`${tokenFile}.new`, 'second-token\n');
    await rename(`${tokenFile}.new`, tokenFile);
    touchSome(stage);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(agent.output).not.toContain('second-token');
  });

  test('shows another certificate is trusted as soon as its CA is in the file (C45)', async () => {
    await using stage = await startFakeStage();
    const agent = await stage.startReadyAgent({ haste: 10 });
    const { caFile, network } = stage.cluster;
    const nextAuthority = stage.cluster.replaceAuthority();
    network.reset();
    await eventually({
      what: 'the agent says that it does not trust the server',
      look: () => agent.rows('Met lately'),
      until: (rows) => rows.some(({ hint }) => String(hint).includes('cluster CA')),
    });
    await writeFile(caFile, nextAuthority);
    touchSome(stage);
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });
});
