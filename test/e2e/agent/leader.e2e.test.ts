/** Two agents that share a lease: one sends, the other stands by, and who leads changes hands without anything being sent twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type FakeStage, referenceTo, startFakeStage, touch } from '../../stages/agent/fake-stage.ts';
import { FaultProxy } from '../../fakes/fault-proxy.ts';
import type { StagedAgent } from '../../stages/agent/staged-agent.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';

/** How long others believe in a leader that says nothing. */
const DURATION_MS = 15_000;
/** Longer than any of this takes on a machine that has other things to do. */
const PATIENCE_MS = 90_000;

const startStage = (): Promise<FakeStage> =>
  startFakeStage({ env: { LEADER_ELECTION: 'true', POD_NAMESPACE: 'kube-system' } });

const startReplica = (stage: FakeStage, podName: string): Promise<StagedAgent> =>
  stage.startReadyAgent({ env: { POD_NAME: podName } });

const leaseOf = ({ cluster }: FakeStage): KubeObject | undefined =>
  cluster.fake.objects('leases.coordination.k8s.io')[0];
const specOf = (stage: FakeStage): Record<string, unknown> => ({ ...(leaseOf(stage)?.['spec'] as object | undefined) });
const holderOf = (stage: FakeStage): unknown => specOf(stage)['holderIdentity'];
const roleOf = async (agent: StagedAgent): Promise<unknown> => (await agent.section('Election'))['role'];
const epochOf = async (stage: FakeStage): Promise<number> =>
  (await stage.platform.control.cluster(await stage.clusterId()))?.epoch ?? 0;

/** A pair of which the first leads; the platform has everything. */
async function startPair(stage: FakeStage): Promise<{ first: StagedAgent; second: StagedAgent }> {
  const first = await startReplica(stage, 'agent-a');
  const second = await startReplica(stage, 'agent-b');
  expect(await stage.verdict()).toEqual(ALL_WELL);
  return { first, second };
}

async function untilLeads(agent: StagedAgent): Promise<void> {
  await eventually({
    what: 'this replica leads and sends',
    look: () => Promise.all([roleOf(agent), agent.section('Delivery')]),
    until: ([role, delivery]) => role === 'leader' && delivery['session'] === 'ready' && delivery['epoch'] !== 0,
    timeoutMs: PATIENCE_MS,
  });
  await agent.untilReady();
}

/** What the API server shows of a replica that is ready. */
function podOfAgent(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'kube-system',
      labels: { 'app.kubernetes.io/name': 'castai-agent', 'pod-template-hash': '5d4c8' },
    },
    spec: { containers: [{ name: 'agent', image: 'agent' }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** Objects that were sent in an epoch. */
async function sentIn(stage: FakeStage, epoch: number): Promise<number> {
  const history = await stage.platform.control.history();
  return history.filter((line) => line.epoch === epoch && line.record.type === 'upsert').length;
}

test('an agent whose lease cannot be made because its namespace is not there says so', async () => {
  await using stage = await startFakeStage({ env: { LEADER_ELECTION: 'true', POD_NAMESPACE: 'nowhere' } });
  const agent = await stage.startAgent();
  const said = 'there is no namespace nowhere for the lease';
  await eventually({
    what: 'the agent is not ready because of the namespace',
    look: async () => (await fetch(`${agent.url}/readyz`)).text(),
    until: (text) => text.includes(`${said}; POD_NAMESPACE has to name a namespace that exists`),
  });
  // A line takes its way through a pipe: it may arrive after the answer of a page that was asked later.
  const output = await eventually({
    what: 'the log says so',
    look: () => agent.output,
    until: (text) => text.includes(said),
  });
  expect(output).toContain(said);
});

describe.concurrent('of two agents', () => {
  test('one sends, the other is ready, reads nothing of the cluster, and says that it stands by', async () => {
    await using stage = await startStage();
    const { first, second } = await startPair(stage);
    expect([await roleOf(first), await roleOf(second)]).toEqual(['leader', 'standby']);
    expect(await second.section('Election')).toMatchObject({ election: 'on', lease: 'castai-agent' });
    expect((await second.section('Election'))['holder']).toMatch(/^agent-a_/u);
    expect((await second.section('Cluster'))['clusterId']).toBe(await stage.clusterId());
    expect(stage.cluster.fake.watches('pods')).toHaveLength(1);
    const leading = (agent: StagedAgent) => agent.metric('castai_agent_leader');
    expect([await leading(first), await leading(second)]).toEqual([1, 0]);
    expect(await second.metric('castai_agent_feed_synced')).toBe(0);
    expect(await second.metric('castai_agent_batches_total')).toBe(0);
    expect(await epochOf(stage)).toBe(1);
  });

  test('the standby goes on at once when the leader is asked to end, and sends nothing again', async () => {
    await using stage = await startStage();
    const { first, second } = await startPair(stage);
    expect(await first.process.stop()).toEqual({ code: 0, signal: null });
    const endedAt = performance.now();
    await untilLeads(second);
    console.log(`taken over ${Math.round(performance.now() - endedAt)} ms after the end of the leader`);
    const { fake } = stage.cluster;
    const [pod] = fake.objects('pods');
    if (pod !== undefined) fake.update(referenceTo(pod), touch);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await epochOf(stage)).toBe(2);
    expect(await sentIn(stage, 2)).toBe(1);
    expect(specOf(stage)).toMatchObject({ leaseTransitions: 1 });
    // It was given back, not waited for.
    expect(second.log.filter(({ message }) => message.includes('lease could not be'))).toEqual([]);
  });

  test('the standby goes on after the duration of the lease when the leader is killed, and sends nothing again', async () => {
    await using stage = await startStage();
    const { first, second } = await startPair(stage);
    await first.process.kill();
    const killedAt = performance.now();
    await untilLeads(second);
    console.log(`taken over ${Math.round(performance.now() - killedAt)} ms after the leader was killed`);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await epochOf(stage)).toBe(2);
    expect(await sentIn(stage, 2)).toBe(0);
  });

  test('a container that starts anew in the pod of the leader does not wait for the lease of the one before', async () => {
    await using stage = await startStage();
    const first = await startReplica(stage, 'agent-a');
    expect(await stage.verdict()).toEqual(ALL_WELL);
    const before = holderOf(stage);
    await first.process.kill();
    const again = await startReplica(stage, 'agent-a');
    await untilLeads(again);
    expect(again.log.filter(({ message }) => message.includes('stands by'))).toEqual([]);
    expect(holderOf(stage)).not.toBe(before);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await sentIn(stage, 2)).toBe(0);
  });

  test('a leader that was frozen for longer than its lease stands by when it wakes up, and fences nobody (C53, C55)', async () => {
    await using stage = await startStage();
    const { first, second } = await startPair(stage);
    first.process.signal('SIGSTOP');
    await untilLeads(second);
    stage.cluster.fake.churn.change(20);
    first.process.signal('SIGCONT');
    await eventually({
      what: 'the one that was frozen stands by',
      look: () => roleOf(first),
      until: (role) => role === 'standby',
      timeoutMs: PATIENCE_MS,
    });
    await first.untilReady();
    stage.cluster.fake.churn.change(20);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    // Two epochs, one after the other: nobody came back.
    await sleep(DURATION_MS / 3);
    expect(await epochOf(stage)).toBe(2);
    expect(await roleOf(second)).toBe('leader');
    expect(stage.cluster.fake.watches('pods')).toHaveLength(1);
  });

  test('both stop while the API server is away, live on, and one of them goes on with nothing sent again', async () => {
    await using stage = await startStage();
    const { first, second } = await startPair(stage);
    await stage.cluster.network.set({ type: 'refuse' });
    await eventually({
      what: 'nobody leads',
      look: () => Promise.all([roleOf(first), roleOf(second)]),
      until: (roles) => roles.every((role) => role === 'standby'),
      timeoutMs: PATIENCE_MS,
    });
    expect(first.log.some(({ reason }) => reason === 'NOT_RENEWED')).toBe(true);
    await first.untilNotReady('the lease cannot be used');
    expect((await first.page('/healthz')).status).toBe(200);
    await stage.cluster.network.set({ type: 'pass' });
    const roles = await eventually({
      what: 'one of them leads again',
      look: () => Promise.all([roleOf(first), roleOf(second)]),
      until: (now) => now.includes('leader'),
      timeoutMs: PATIENCE_MS,
    });
    expect(roles.filter((role) => role === 'leader')).toHaveLength(1);
    await Promise.all([first.untilReady(), second.untilReady()]);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await sentIn(stage, 2)).toBe(0);
  });

  test('the one that cannot reach the platform gives the lease to the one that can, whose pod it sees beside its own', async () => {
    await using stage = await startFakeStage({
      cluster: { settings: { bookmarkMs: 1000 } },
      env: { LEADER_ELECTION: 'true', POD_NAMESPACE: 'kube-system' },
    });
    const { fake } = stage.cluster;
    for (const name of ['agent-a', 'agent-b']) fake.create(podOfAgent(name));
    await using ownWay = await FaultProxy.start({ target: stage.platform.url });
    const start = (POD_NAME: string, env = {}): Promise<StagedAgent> =>
      stage.startReadyAgent({ haste: 10, env: { POD_NAME, ...env } });
    const first = await start('agent-a', { API_URL: ownWay.url });
    const second = await start('agent-b');
    expect([await roleOf(first), await roleOf(second)]).toEqual(['leader', 'standby']);
    await ownWay.set({ type: 'refuse' });
    const [node] = fake.objects('nodes');
    if (node !== undefined) fake.update(referenceTo(node), touch);
    await untilLeads(second);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(first.log.some(({ reason }) => reason === 'NO_PLATFORM')).toBe(true);
    const asked = fake.requests.entries({ verb: 'list', resource: 'pods' });
    expect(asked.map(({ query }) => query['labelSelector'])).toContain('app.kubernetes.io/name=castai-agent');
    // And it stays so: the one that gave it back stands by.
    expect(await roleOf(first)).toBe('standby');
    await ownWay.set({ type: 'pass' });
    await first.untilReady();
    expect(await roleOf(second)).toBe('leader');
  });

  test('somebody deletes the lease: they make another one and agree again (C56)', async () => {
    await using stage = await startStage();
    const { first, second } = await startPair(stage);
    const lease = leaseOf(stage);
    if (lease === undefined) throw new Error('there is no lease');
    stage.cluster.fake.delete(referenceTo(lease));
    await eventually({
      what: 'there is another lease, and the one that holds it sends',
      look: async () => {
        const agents = await Promise.all(
          [first, second].map(async (agent) => ((await roleOf(agent)) === 'leader' ? agent : undefined)),
        );
        const [leader] = agents.filter((agent) => agent !== undefined);
        return { uid: leaseOf(stage)?.metadata.uid, epoch: (await leader?.section('Delivery'))?.['epoch'] };
      },
      until: ({ uid, epoch }) => uid !== undefined && uid !== lease.metadata.uid && epoch === 2,
      timeoutMs: PATIENCE_MS,
    });
    stage.cluster.fake.churn.change(20);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect(await epochOf(stage)).toBe(2);
  });

  test('a lease that was set back, as by a restored backup, does not silence them', async () => {
    await using stage = await startStage();
    const { fake } = stage.cluster;
    const { first, second } = await startPair(stage);
    await first.process.stop();
    await untilLeads(second);
    const lease = leaseOf(stage);
    if (lease === undefined) throw new Error('there is no lease');
    // The platform has seen one transition.
    fake.update(referenceTo(lease), (object) => {
      Object.assign(object['spec'] as object, { leaseTransitions: 0, holderIdentity: '' });
    });
    const pause = await eventually({
      what: 'it leads with a count that the platform takes',
      look: async () => [await epochOf(stage), Number(specOf(stage)['leaseTransitions'])],
      until: ([epoch, transitions]) => epoch === 3 && (transitions ?? 0) >= 1,
      timeoutMs: PATIENCE_MS,
    });
    expect(pause[0]).toBe(3);
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });
});

describe.concurrent('an agent that', () => {
  test('may not use its lease says which right it needs, sends nothing, and leads when it has it', async () => {
    await using stage = await startStage();
    const { access } = stage.cluster.fake;
    const allow = access.deny({ resource: 'leases' });
    const agent = await stage.startAgent();
    await agent.untilNotReady('the lease cannot be used');
    expect((await agent.page('/healthz')).status).toBe(200);
    expect(await agent.problems()).toContain('the lease could not be read or written');
    expect((await agent.section('Election'))['problem']).toMatch(/LEADER_ELECTION|Role/u);
    expect(await epochOf(stage)).toBe(0);
    allow();
    await untilLeads(agent);
    expect(await stage.verdict()).toEqual(ALL_WELL);
  });

  test('takes part in no election where nothing tells the namespace of its lease ends with a clear word', async () => {
    await using stage = await startFakeStage({ env: { LEADER_ELECTION: 'true' } });
    await expect(stage.startAgent()).rejects.toThrow(/POD_NAMESPACE/u);
  });

  test('has the lease and is fenced all the same by one without an election says so and takes over again', async () => {
    await using stage = await startStage();
    const agent = await startReplica(stage, 'agent-a');
    const other = await stage.startAgent({ env: { LEADER_ELECTION: 'false' } });
    await eventually({
      what: 'the one with the lease has taken over again',
      look: () => epochOf(stage),
      until: (epoch) => epoch === 3,
      timeoutMs: PATIENCE_MS,
    });
    expect((await agent.problems()).filter((what) => what.startsWith('platform: FENCED'))).not.toEqual([]);
    await agent.untilReady();
    stage.cluster.fake.churn.change(20);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    // And the other one waits its five minutes.
    await other.untilNotReady('another agent sends for this cluster');
    expect(await epochOf(stage)).toBe(3);
  });
});
