/** The two effects of a notice have nothing in common: what stops one must not be noticed by the other. */
import { describe, expect, it } from 'vitest';
import { FAKE_TOKEN } from '../../fakes/kube-apiserver/fake-kube-apiserver.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { DRAINING_TAINT, FOREIGN_TAINT, NODE_NAME } from '../../stages/spot-handler/spot-node.ts';
import { SpotStage } from '../../stages/spot-handler/spot-stage.ts';

const OTHER_TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

describe.concurrent('when a part of the world is away', () => {
  it('a platform that is a black hole does not keep the node from being marked, and hears of it later', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const handler = await stage.startReady();
    await stage.platformProxy.set({ type: 'swallow' });
    stage.imds.service.schedule();
    await stage.marked();
    expect(await handler.metric('castai_spot_handler_pending_reports')).toBe(1);
    // Longer than one attempt, so that later ones are made and fail as well.
    await eventually({
      what: 'two reports have got no answer',
      look: () => handler.metric('castai_spot_handler_report_total{result="no_answer"}'),
      until: (count) => (count ?? 0) >= 2,
    });
    await stage.platformProxy.set({ type: 'pass' });
    expect(await stage.reported()).toHaveLength(1);
  });

  it('an API server that is a black hole does not keep the platform from hearing, and the mark follows', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const handler = await stage.startReady();
    await stage.kubeProxy.set({ type: 'swallow' });
    stage.imds.service.schedule();
    expect(await stage.reported()).toHaveLength(1);
    expect(await handler.metric('castai_spot_handler_node_change_pending')).toBe(1);
    await eventually({
      what: 'a patch has got no answer',
      look: () => handler.metric('castai_spot_handler_node_actions_total{action="mark",result="unreachable"}'),
      until: (count) => (count ?? 0) >= 1,
    });
    await stage.kubeProxy.set({ type: 'pass' });
    await stage.marked();
    expect(await stage.reports()).toHaveLength(1);
  });

  it('both away: each effect comes about when its own side is back', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    await stage.startReady();
    await stage.platformProxy.set({ type: 'refuse' });
    await stage.kubeProxy.set({ type: 'refuse' });
    stage.imds.service.schedule();
    await eventually({
      what: 'the handler has looked again',
      look: () => stage.imds.server.requests.length,
      until: (count) => count >= 5,
    });
    expect([stage.node.isMarked, await stage.reports()]).toEqual([false, []]);
    await stage.kubeProxy.set({ type: 'pass' });
    await stage.marked();
    expect(await stage.reports()).toEqual([]);
    await stage.platformProxy.set({ type: 'pass' });
    await stage.reported();
  });

  it('an API server that was never there: the report goes out with what the metadata service knows', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    await stage.kubeProxy.set({ type: 'swallow' });
    stage.imds.service.schedule();
    stage.startHandler();
    expect(await stage.reported()).toEqual([
      {
        event_type: 'interrupted',
        node_id: '',
        provider_id:
          'azure:///subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/mc_group_cluster_westeurope/providers/Microsoft.Compute/virtualMachineScaleSets/aks-spotpool-12345678-vmss/virtualMachines/3',
      },
    ]);
    await stage.kubeProxy.set({ type: 'pass' });
    await stage.marked();
  });

  it('an API server that was never there, and half an identity: the platform hears which machine it is all the same', async () => {
    await using stage = await SpotStage.start({ cloud: 'aws' });
    await stage.kubeProxy.set({ type: 'refuse' });
    const zone = '/latest/meta-data/placement/availability-zone';
    stage.imds.server.fail({ path: zone, times: 1, action: { type: 'respond', status: 503 } });
    stage.imds.service.interrupt();
    stage.startHandler();
    const report = { event_type: 'interrupted', node_id: '', provider_id: 'aws:///eu-central-1a/i-0a1b2c3d4e5f60718' };
    expect(
      (
        await eventually({
          what: 'a report names the machine',
          look: () => stage.reports(),
          until: (reports) => reports.some(({ provider_id: id }) => id !== null),
        })
      ).at(-1),
    ).toEqual(report);
  });

  it('nobody knows who the machine is: the platform hears that one goes, and which one as soon as the node says it', async () => {
    await using stage = await SpotStage.start({ cloud: 'aws' });
    await stage.kubeProxy.set({ type: 'refuse' });
    stage.imds.server.fail({ path: '/latest/meta-data/instance-id', action: { type: 'respond', status: 503 } });
    stage.imds.service.interrupt();
    stage.startHandler();
    expect(await stage.reported()).toEqual([{ event_type: 'interrupted', node_id: '', provider_id: null }]);
    await stage.kubeProxy.set({ type: 'pass' });
    expect((await stage.reported(2)).at(-1)?.node_id).toBe('node-0001');
    await stage.marked();
  });

  it('an answer of the platform that is lost means that it is told again', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const handler = await stage.startReady();
    await stage.control.addFault({ on: ['event'], times: 3, action: { type: 'status', status: 503 } });
    stage.imds.service.schedule();
    await stage.reported();
    expect(await handler.metric('castai_spot_handler_report_total{result="unavailable"}')).toBe(3);
  });

  it('an event that is cancelled while the platform is away is never reported', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const handler = await stage.startReady();
    await stage.platformProxy.set({ type: 'refuse' });
    const id = stage.imds.service.schedule();
    await stage.marked();
    stage.imds.service.remove(id);
    await stage.unmarked();
    expect(await handler.metric('castai_spot_handler_pending_reports')).toBe(0);
    await stage.platformProxy.set({ type: 'pass' });
    expect(await stage.reports()).toEqual([]);
  });
});

describe.concurrent('when somebody else is at the node', () => {
  it("another controller's taint of the same instant stays, and so does ours", async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const handler = await stage.startReady();
    // The other taint is there, and our watch has not heard of it: as if it came between our look and our patch.
    stage.kube.faults.add({ match: { verb: 'watch', resource: 'nodes' }, action: { type: 'hang' } });
    stage.kube.watches('nodes').forEach((watch) => watch.end());
    await eventually({
      what: 'the handler watches again',
      look: () => stage.kube.requests.count({ verb: 'watch', resource: 'nodes' }),
      until: (count) => count >= 2,
    });
    stage.changeNode((node) => {
      const spec = node['spec'] as { taints: unknown[] };
      spec.taints = [...spec.taints, OTHER_TAINT];
    });
    stage.imds.service.schedule();
    expect((await stage.marked()).taints).toEqual([FOREIGN_TAINT, OTHER_TAINT, DRAINING_TAINT]);
    expect(await handler.metric('castai_spot_handler_node_actions_total{action="mark",result="conflict"}')).toBe(1);
  });

  it('a node object that is deleted is reported all the same, and marked when it is there again', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const handler = await stage.startReady();
    const reference = { apiVersion: 'v1', kind: 'Node', name: NODE_NAME };
    const before = stage.kube.get(reference);
    stage.kube.delete(reference);
    stage.imds.service.schedule();
    expect((await stage.reported())[0]?.node_id).toBe('node-0001');
    expect(await handler.metric('castai_spot_handler_node_change_pending')).toBe(0);
    expect(stage.kube.requests.count({ verb: 'patch', resource: 'nodes' })).toBeLessThanOrEqual(1);
    if (before === undefined) throw new Error('there was no node');
    const { name, labels, annotations } = before.metadata;
    stage.kube.create({ ...before, metadata: { name, labels, annotations } });
    await stage.marked();
    expect(await stage.reports()).toHaveLength(1);
  });

  it('a token that expired is read again, and the patch goes on', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    await stage.startReady();
    stage.kube.access.revokeToken(FAKE_TOKEN);
    stage.replaceToken('new-token');
    stage.kube.access.addToken('new-token', 'system:serviceaccount:castai-agent:castai-spot-handler');
    stage.imds.service.schedule();
    expect((await stage.marked()).isMarked).toBe(true);
  });

  it('a missing right is said in so many words, and does not keep the report', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const handler = await stage.startReady();
    const allow = stage.kube.access.deny({ verb: 'patch', resource: 'nodes' });
    stage.imds.service.schedule();
    await stage.reported();
    await eventually({
      what: 'the status says it',
      look: async () => JSON.stringify(await handler.status()),
      until: (text) => text.includes('the RBAC role of our service account does not allow this request'),
    });
    allow();
    expect((await stage.marked()).isMarked).toBe(true);
  });
});
