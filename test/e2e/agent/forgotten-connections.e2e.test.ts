/**
 * A box in between, a NAT or a load balancer, has lost its table: all connections from before are dead and nobody is told; new ones are made
 * as ever.
 */
import { describe, expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';
import { type FakeStage, referenceTo, startFakeStage, touch } from '../../stages/agent/fake-stage.ts';

function renewedAtMs({ cluster }: FakeStage): number {
  const [lease] = cluster.fake.objects('leases.coordination.k8s.io');
  const { renewTime } = { ...(lease?.['spec'] as { renewTime?: string } | undefined) };
  return Date.parse(renewTime ?? '');
}

describe.concurrent('connections that are forgotten', () => {
  test('cost no term of the Lease: it is renewed over a new one in time', async () => {
    const election = { LEADER_ELECTION: 'true', POD_NAMESPACE: 'kube-system', POD_NAME: 'agent-a' };
    await using stage = await startFakeStage({ env: election });
    const agent = await stage.startReadyAgent();
    const forgottenAtMs = Date.now();
    await stage.cluster.network.set({ type: 'forget' });
    await eventually({
      what: 'the Lease is renewed',
      look: () => renewedAtMs(stage),
      until: (atMs) => atMs > forgottenAtMs,
      timeoutMs: 60_000,
    });
    expect(agent.log.filter(({ reason }) => reason === 'NOT_RENEWED')).toEqual([]);
  });

  test.for(['cluster', 'platform'] as const)('to the %s cost nothing that is delivered', async (side) => {
    // On a clock twenty times as fast, and bookmarks as often. undici's minute for headers is one of everybody's.
    await using stage = await startFakeStage({ cluster: { settings: { bookmarkMs: 1000 } }, equalMs: 200_000 });
    const { fake } = stage.cluster;
    const agent = await stage.startReadyAgent({ haste: 20 });
    expect(await stage.verdict()).toEqual(ALL_WELL);
    await stage[side].network.set({ type: 'forget' });
    for (const pod of fake.objects('pods')) fake.update(referenceTo(pod), touch);
    expect(await stage.verdict()).toEqual(ALL_WELL);
    expect((await agent.section('Delivery'))['epoch']).toBe(1);
  });
});
