/** The platform cannot be reached, or answers what is no answer: everything is kept, told, and delivered once in the end. */
import { describe, expect, test } from 'vitest';
import type { FaultAction } from '../../platform-rig/faults/fault-rules.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type FakeStage, startFakeStage } from '../../stages/agent/fake-stage.ts';
import { WIRES } from '../../judges/wire-promises.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';
import type { StagedAgent } from '../../stages/agent/staged-agent.ts';

const RECEIVED = 'castai_autoscaler_agent_snapshots_received_total';
const PROCESSED = 'castai_autoscaler_agent_snapshots_processed_total';

/** What an operator sees of an outage: not ready and why, healthy all the same, a line in /statusz, a counter. */
async function expectOutageTold(
  agent: StagedAgent,
  { because, result }: { because: string; result: string },
): Promise<void> {
  await agent.untilNotReady(because);
  expect((await agent.page('/healthz')).status).toBe(200);
  const delivery = await eventually({
    what: '/statusz says when it tries again',
    look: () => agent.section('Delivery'),
    until: (row) => row['session'] === 'holding' && String(row['next attempt']).startsWith('in '),
  });
  expect(delivery['last refusal']).toContain(because);
  expect((await agent.problems()).some((what) => what.startsWith('platform: ') && what.includes(because))).toBe(true);
  expect(await agent.metric('castai_agent_batches_total', { result })).toBeGreaterThan(0);
}

/** Both sides counted the same, each batch once. */
async function expectCountersAgree(stage: FakeStage, agent: StagedAgent): Promise<void> {
  const id = await stage.clusterId();
  await eventually({
    what: 'agent and platform have counted the same batches',
    look: async () => ({
      agent: [await agent.metric(RECEIVED), await agent.metric(PROCESSED)],
      platform: await stage.platform.control.cluster(id),
    }),
    until: ({ agent: [received, processed], platform }) =>
      received === platform?.receivedTotal && processed === platform?.processedTotal,
  });
}

/** Works again: ready, equal, counted alike. */
async function expectRecovered(stage: FakeStage, agent: StagedAgent): Promise<void> {
  await agent.untilReady();
  expect(await stage.verdict()).toEqual(ALL_WELL);
  await expectCountersAgree(stage, agent);
  expect(await agent.metric('castai_agent_dropped_entries_total')).toBe(0);
}

describe.concurrent('a platform that', () => {
  test('refuses connections for a while gets everything afterwards, in the same session (C58)', async () => {
    await using stage = await startFakeStage();
    const agent = await stage.startReadyAgent();
    await stage.platform.network.set({ type: 'refuse' });
    stage.cluster.fake.churn.run(50);
    await expectOutageTold(agent, { because: 'ECONNREFUSED', result: 'no_answer' });
    stage.cluster.fake.churn.run(0);
    expect(await agent.metric('castai_agent_pending_changes')).toBeGreaterThan(0);
    await stage.platform.network.set({ type: 'pass' });
    await expectRecovered(stage, agent);
    expect((await stage.platform.control.cluster(await stage.clusterId()))?.epoch).toBe(1);
  });

  test('is silent for a while, as behind a black hole, gets everything afterwards', async () => {
    await using stage = await startFakeStage();
    const agent = await stage.startReadyAgent();
    await stage.platform.network.set({ type: 'halfOpen' });
    stage.cluster.fake.churn.change(50);
    await eventually({
      what: 'a batch is on the wire',
      look: () => agent.section('Delivery'),
      until: (row) => row['session'] === 'sending',
    });
    stage.cluster.fake.churn.change(50);
    await stage.platform.network.set({ type: 'pass' });
    expect(await stage.verdict()).toEqual(ALL_WELL);
    await expectCountersAgree(stage, agent);
  });

  const statuses: readonly { what: string; action: FaultAction; because: string; result: string }[] = [
    {
      what: 'is not available and says for how long (C62)',
      action: { type: 'status', status: 503, retryAfter: '1' },
      because: 'HTTP 503',
      result: 'unavailable',
    },
    {
      what: 'has too much to do (C62)',
      action: { type: 'status', status: 429, retryAfter: new Date(Date.now() + 2000).toUTCString() },
      because: 'HTTP 429',
      result: 'unavailable',
    },
    { what: 'fails (C61)', action: { type: 'status', status: 500 }, because: 'HTTP 500', result: 'unavailable' },
    { what: 'redirects (C73)', action: { type: 'redirect' }, because: 'HTTP 307', result: 'interference' },
    {
      what: 'is replaced by a page to sign in with status 200 (C58)',
      action: { type: 'notAck' },
      because: 'HTTP 200',
      result: 'interference',
    },
    {
      what: 'is behind a proxy that wants credentials (C58)',
      action: { type: 'status', status: 407 },
      because: 'HTTP 407',
      result: 'interference',
    },
  ];
  test.for(statuses.map((row) => [row.what, row] as const))(
    '%s loses nothing',
    async ([, { action, because, result }]) => {
      await using stage = await startFakeStage();
      const agent = await stage.startReadyAgent();
      const before = (await stage.platform.control.cluster(await stage.clusterId()))?.receivedTotal;
      const fault = await stage.platform.control.addFault({ on: 'batch', action });
      stage.cluster.fake.churn.change(30);
      await expectOutageTold(agent, { because, result });
      expect((await stage.platform.control.cluster(await stage.clusterId()))?.receivedTotal).toBeLessThanOrEqual(
        (before ?? 0) + 1,
      );
      await stage.platform.control.clearFaults(fault.id);
      await expectRecovered(stage, agent);
    },
  );

  test('loses its answers after it has committed has no effect twice (C59, C60)', async () => {
    await using stage = await startFakeStage();
    // Each loss doubles the wait, which is forgiven after ten seconds of health only: with twelve of them a start takes two minutes.
    await stage.platform.control.addFault({ on: 'batch', probability: 0.5, times: 5, action: { type: 'loseAnswer' } });
    const agent = await stage.startReadyAgent();
    stage.cluster.fake.churn.run(40);
    await eventually({
      what: 'some answers were lost',
      look: () => stage.platform.control.state(),
      until: ({ faultsShown }) => (faultsShown['loseAnswer'] ?? 0) >= 4,
    });
    stage.cluster.fake.churn.run(0);
    await stage.platform.control.clearFaults();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    await expectCountersAgree(stage, agent);
    const { duplicates, faultsShown } = await stage.platform.control.state();
    expect(duplicates).toBe(faultsShown['loseAnswer']);
  });

  test('answers with the ack of another batch is asked again who has what (C67)', async () => {
    await using stage = await startFakeStage();
    const agent = await stage.startReadyAgent();
    await stage.platform.control.addFault({ on: 'batch', times: 1, action: { type: 'wrongAck', entryCount: 1 } });
    stage.cluster.fake.churn.change(30);
    await eventually({
      what: 'a new session is open',
      look: async () => (await stage.platform.control.cluster(await stage.clusterId()))?.epoch,
      until: (epoch) => epoch === 2,
    });
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await agent.metric('castai_agent_batches_total', { result: 'interference' })).toBe(1);
  });

  test('closes idle connections is met with no fuss (C74)', async () => {
    await using stage = await startFakeStage();
    await stage.platform.control.addFault({ on: 'batch', action: { type: 'closeIdle', ms: 100 } });
    const agent = await stage.startReadyAgent();
    stage.cluster.fake.churn.run(20);
    await eventually({
      what: 'several connections were closed',
      look: () => stage.platform.control.state(),
      until: ({ faultsShown }) => (faultsShown['closeIdle'] ?? 0) >= 5,
    });
    stage.cluster.fake.churn.run(0);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    await expectCountersAgree(stage, agent);
  });

  test('does not know zstd, with a dictionary or without, gets gzip (C72)', async () => {
    await using stage = await startFakeStage();
    for (const encoding of ['dcz', 'zstd']) {
      await stage.platform.control.addFault({ on: 'batch', action: { type: 'refuseEncoding', encoding } });
    }
    const agent = await stage.startReadyAgent();
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await agent.metric('castai_agent_batches_total', { result: 'unsupported_encoding' })).toBe(2);
  });

  test('is newer than the agent is understood as far as it goes (C71)', async () => {
    await using stage = await startFakeStage();
    await stage.platform.control.addFault({ on: 'batch', action: { type: 'newerPlatform' } });
    await stage.startReadyAgent();
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('takes batches and does not process them is not believed to have done so (I4)', async () => {
    await using stage = await startFakeStage();
    const agent = await stage.startReadyAgent();
    await stage.platform.control.pauseProcessing(true);
    stage.cluster.fake.churn.change(30);
    await eventually({
      what: 'the counters of the agent are apart',
      look: async () => (await agent.metric(RECEIVED)) - (await agent.metric(PROCESSED)),
      until: (difference) => difference >= 2,
    });
    await stage.platform.control.pauseProcessing(false);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    await expectCountersAgree(stage, agent);
  });

  test.for(WIRES)('was restored from a backup gets what it has lost, on %s (C68)', async (wire) => {
    await using stage = await startFakeStage({ env: { PLATFORM_WIRE: wire } });
    await stage.startReadyAgent();
    await stage.verdict();
    await stage.platform.control.checkpoint();
    stage.cluster.fake.churn.change(100);
    expect((await stage.verdict()).differences).toEqual([]);
    await stage.platform.control.restore();
    stage.cluster.fake.churn.change(50);
    expect((await stage.verdict()).differences).toEqual([]);
  });

  test('is away when the agent starts is waited for, and then gets the snapshot', async () => {
    await using stage = await startFakeStage();
    await stage.platform.network.set({ type: 'refuse' });
    const agent = await stage.startAgent();
    const cluster = await eventually({
      what: '/statusz tells about the registration',
      look: () => agent.section('Cluster'),
      until: (row) => Number(row['registration failures']) > 0,
    });
    expect(cluster['last registration failure']).toContain('ECONNREFUSED');
    await agent.untilNotReady('registering: ');
    expect((await agent.readiness()).reasons.join()).toContain('ECONNREFUSED');
    await stage.platform.network.set({ type: 'pass' });
    await agent.untilReady();
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('does not know the cluster any more is told about it again', async () => {
    await using stage = await startFakeStage();
    const agent = await stage.startReadyAgent();
    await stage.platform.control.addFault({
      on: 'batch',
      times: 1,
      action: { type: 'status', status: 404, code: 'UNKNOWN_CLUSTER' },
    });
    stage.cluster.fake.churn.change(10);
    await eventually({
      what: 'a new session is open',
      look: async () => (await stage.platform.control.cluster(await stage.clusterId()))?.epoch,
      until: (epoch) => epoch === 2,
    });
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await agent.metric('castai_agent_batches_total', { result: 'lost_session' })).toBe(1);
  });
});
