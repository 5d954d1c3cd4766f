/** What happens to the processes themselves: killed, ended, frozen, or one too many. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { HistoryLine } from '../../platform-rig/client.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { startFakeCluster } from '../../stages/agent/fake-cluster.ts';
import { type FakeStage, referenceTo, startFakeStage, touch } from '../../stages/agent/fake-stage.ts';
import { startMortalPlatform } from '../../stages/agent/staged-platform.ts';
import { WIRES } from '../../judges/wire-promises.ts';
import { AgentStage, ALL_WELL } from '../../stages/agent/agent-stage.ts';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
console.log(`SEED=${SEED} repeats the moments of these kills`);

const upsertsOf = (history: readonly HistoryLine[], epoch: number): number =>
  history.filter((line) => line.epoch === epoch && line.record.type === 'upsert').length;

const epochOf = async (stage: FakeStage): Promise<number> =>
  (await stage.platform.control.cluster(await stage.clusterId()))?.epoch ?? 0;

describe.concurrent('an agent that', () => {
  test('is killed and started again with nothing changed sends nothing and lists nothing', async () => {
    await using stage = await startFakeStage();
    const first = await stage.startReadyAgent();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    await first.process.kill();
    stage.cluster.fake.requests.clear();
    await stage.startReadyAgent();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await epochOf(stage)).toBe(2);
    expect(upsertsOf(await stage.platform.control.history(), 2)).toBe(0);
    // The probes for a rewound history, the nodes by which the cluster is recognised, and nothing else.
    const lists = stage.cluster.agentRequests({ verb: 'list' }).filter(({ query }) => query['limit'] === '250');
    expect(lists).toEqual([]);
  });

  test('was away while objects came, changed and went sends exactly those (C51)', async () => {
    await using stage = await startFakeStage();
    const { fake } = stage.cluster;
    const first = await stage.startReadyAgent();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    await first.process.kill();
    const pods = fake.objects('pods');
    for (const pod of pods.slice(0, 5)) fake.update(referenceTo(pod), touch);
    for (const pod of pods.slice(5, 8)) fake.delete(referenceTo(pod));
    await stage.startReadyAgent();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    const changes = (await stage.platform.control.history())
      .filter(({ epoch, record }) => epoch === 2 && ['upsert', 'delete'].includes(record.type))
      .map(({ record }) => record.type);
    expect(changes).toEqual([...Array<string>(5).fill('upsert'), ...Array<string>(3).fill('delete')]);
  });

  test.for(WIRES)(
    'is killed again and again at any moment leaves a picture that the next one completes, on %s (C51)',
    async (wire) => {
      const random = new SeededRandom(SEED);
      await using stage = await startFakeStage({
        cluster: { pods: 150, seed: SEED },
        // Small and slow enough for kills to fall into snapshots, and between batches that only together hold what waits.
        platform: { limits: { maxBatchBytes: 64 * 1024 } },
        env: { PAGE_SIZE: '10', PLATFORM_WIRE: wire },
      });
      const { fake } = stage.cluster;
      await stage.platform.control.addFault({ on: ['batch', 'delta'], action: { type: 'delay', ms: 60 } });
      fake.churn.run(100);
      for (let round = 0; round < 5; round += 1) {
        const agent = await stage.startAgent();
        await sleep(random.integer(2500));
        await agent.process.kill();
      }
      await stage.platform.control.clearFaults();
      await stage.startReadyAgent();
      fake.churn.run(0);
      expect(await stage.verdict()).toEqual(ALL_WELL);
    },
  );

  test.for(WIRES)(
    'is asked to end delivers what it has in hand and ends with exit code 0, on %s (C54)',
    async (wire) => {
      await using stage = await startFakeStage({ env: { PLATFORM_WIRE: wire } });
      const agent = await stage.startReadyAgent();
      expect(await stage.verdict()).toEqual(ALL_WELL);
      await stage.platform.control.addFault({ on: ['batch', 'delta'], action: { type: 'delay', ms: 700 } });
      const { fake } = stage.cluster;
      for (const pod of fake.objects('pods')) fake.update(referenceTo(pod), touch);
      await eventually({
        what: 'a batch is on its way',
        look: () => agent.section('Delivery'),
        until: (row) => row['session'] === 'sending',
      });
      for (const node of fake.objects('nodes')) fake.update(referenceTo(node), touch);
      await eventually({
        what: 'more waits behind it',
        look: () => agent.metric('castai_agent_pending_changes'),
        until: (pending) => pending > 0,
      });
      expect(await agent.process.stop()).toEqual({ code: 0, signal: null });
      expect(await stage.verdict()).toEqual(ALL_WELL);
      expect(agent.log.at(-1)).toMatchObject({ level: 'info', message: 'stopped', reason: 'SIGTERM' });
    },
  );

  test('is asked to end while the platform is away ends within its grace all the same', async () => {
    await using stage = await startFakeStage({ env: { DRAIN_SECONDS: '1' } });
    const agent = await stage.startReadyAgent();
    await stage.platform.network.set({ type: 'refuse' });
    stage.cluster.fake.churn.change(50);
    await agent.untilNotReady('ECONNREFUSED');
    expect(await agent.process.stop()).toEqual({ code: 0, signal: null });
    await stage.platform.network.set({ type: 'pass' });
    await stage.startReadyAgent();
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('is asked to end twice ends at once', async () => {
    await using stage = await startFakeStage({ env: { DRAIN_SECONDS: '600' } });
    const agent = await stage.startReadyAgent();
    await stage.platform.network.set({ type: 'halfOpen' });
    stage.cluster.fake.churn.change(50);
    agent.process.signal('SIGTERM');
    await agent.process.waitForLine((text) => text.includes('"stopping"'));
    expect(await agent.process.stop('SIGINT')).toEqual({ code: 0, signal: null });
    expect(agent.log).toContainEqual(
      expect.objectContaining({ hint: 'what waits has 10m to go out; another signal ends it at once' }),
    );
  });

  test('gets a twentieth of a CPU, as where it is throttled, catches up and is well after it (C57)', async () => {
    await using stage = await startFakeStage();
    const { fake } = stage.cluster;
    const agent = await stage.startReadyAgent();
    fake.churn.run(20);
    // As the kernel does it: so much of each period, and nothing until the next.
    for (let period = 0; period < 40; period += 1) {
      agent.process.signal('SIGSTOP');
      await sleep(95);
      agent.process.signal('SIGCONT');
      await sleep(5);
    }
    fake.churn.run(0);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    await agent.untilReady();
    expect(await agent.metric('castai_agent_dropped_entries_total')).toBe(0);
  });

  test('is frozen until the server gives up on it catches up (C24, C53)', async () => {
    await using stage = await startFakeStage({ cluster: { settings: { watchBufferBytes: 100_000 } } });
    const { fake } = stage.cluster;
    const agent = await stage.startReadyAgent();
    const [pod, other] = fake.objects('pods');
    if (pod === undefined || other === undefined) throw new Error('the sample has too few pods');
    agent.process.signal('SIGSTOP');
    // Sockets hold megabytes before the server notices that nobody reads.
    for (let round = 0; fake.watches('pods').length > 0 && round < 200; round += 1) {
      fake.update(referenceTo(pod), (object) => {
        object.metadata['annotations'] = { 'example.com/large': String(round % 10).repeat(400_000) };
        touch(object);
      });
      await sleep(10);
    }
    expect(fake.watches('pods')).toEqual([]);
    fake.delete(referenceTo(other));
    agent.process.signal('SIGCONT');
    expect(await stage.verdict()).toEqual(ALL_WELL);
    await agent.untilReady();
  });
});

describe.concurrent('two agents at once', () => {
  test('fence one another: the later one sends, the earlier one stops and says so (C55, I7)', async () => {
    await using stage = await startFakeStage();
    const first = await stage.startReadyAgent();
    const second = await stage.startReadyAgent();
    stage.cluster.fake.churn.change(20);
    await first.untilNotReady('another agent sends for this cluster');
    expect((await first.page('/healthz')).status).toBe(200);
    expect(await first.section('Delivery')).toMatchObject({
      session: 'fenced',
      'last refusal': expect.stringContaining('FENCED'),
      'next attempt': expect.stringMatching(/^in \d+ s$/u),
    });
    expect(await first.metric('castai_agent_batches_total', { result: 'fenced' })).toBe(1);
    await first.untilCause('fenced');
    await second.untilReady();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await epochOf(stage)).toBe(2);
    // It keeps nothing running that would only cost the API server.
    expect(stage.cluster.fake.watches('pods')).toHaveLength(1);
  });

  test('of which the later one is gone: the earlier one takes over again after five minutes', async () => {
    await using stage = await startFakeStage({ cluster: { settings: { bookmarkMs: 500 } } });
    const first = await stage.startReadyAgent({ haste: 40 });
    const second = await stage.startReadyAgent();
    await first.untilNotReady('another agent sends for this cluster');
    await second.process.stop();
    stage.cluster.fake.churn.change(20);
    await first.untilReady();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await epochOf(stage)).toBe(3);
  });
});

describe('a platform that', () => {
  test.for(WIRES)(
    'is killed again and again at any moment has lost nothing that it confirmed, on %s (I4, C68)',
    async (wire) => {
      const random = new SeededRandom(SEED);
      await using stage = new AgentStage({
        cluster: await startFakeCluster({ pods: 150, seed: SEED }),
        platform: await startMortalPlatform(),
        env: { PAGE_SIZE: '10', PLATFORM_WIRE: wire },
      });
      const { cluster, platform } = stage;
      const agent = await stage.startAgent();
      cluster.fake.churn.run(40);
      for (let round = 0; round < 5; round += 1) {
        await sleep(random.integer(900));
        const confirmed = await agent.metric('castai_autoscaler_agent_snapshots_received_total');
        await platform.kill();
        await platform.start();
        const [stored] = (await platform.control.state()).clusters;
        // Before it is registered there is nothing to lose.
        if (confirmed > 0) expect(stored?.receivedTotal).toBeGreaterThanOrEqual(confirmed);
      }
      cluster.fake.churn.run(0);
      await agent.untilReady();
      expect(await stage.verdict()).toEqual(ALL_WELL);
      expect(await agent.metric('castai_agent_dropped_entries_total')).toBe(0);
    },
  );
});
