/** The two effects of a notice have nothing in common: what stops one must not be noticed by the other. */
import { describe, expect, it } from 'vitest';
import { FAKE_TOKEN } from '../../fakes/kube-apiserver/fake-kube-apiserver.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { DRAINING_TAINT, FOREIGN_TAINT, NODE_NAME, SpotLab } from '../../stages/spot-handler/spot-stage.ts';

const OTHER_TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

describe.concurrent('when a part of the world is away', () => {
  it('a platform that is a black hole does not keep the node from being marked, and hears of it later', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    const handler = await lab.startReady();
    await lab.platformProxy.set({ type: 'swallow' });
    lab.imds.service.schedule();
    await lab.marked();
    expect(await handler.metric('castai_spot_handler_pending_reports')).toBe(1);
    // Longer than one attempt, so that later ones are made and fail as well.
    await eventually({
      what: 'two reports have got no answer',
      look: () => handler.metric('castai_spot_handler_report_total{result="no_answer"}'),
      until: (count) => (count ?? 0) >= 2,
    });
    await lab.platformProxy.set({ type: 'pass' });
    expect(await lab.reported()).toHaveLength(1);
  });

  it('an API server that is a black hole does not keep the platform from hearing, and the mark follows', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    const handler = await lab.startReady();
    await lab.kubeProxy.set({ type: 'swallow' });
    lab.imds.service.schedule();
    expect(await lab.reported()).toHaveLength(1);
    expect(await handler.metric('castai_spot_handler_node_change_pending')).toBe(1);
    await eventually({
      what: 'a patch has got no answer',
      look: () => handler.metric('castai_spot_handler_node_actions_total{action="mark",result="unreachable"}'),
      until: (count) => (count ?? 0) >= 1,
    });
    await lab.kubeProxy.set({ type: 'pass' });
    await lab.marked();
    expect(await lab.reports()).toHaveLength(1);
  });

  it('both away: each effect comes about when its own side is back', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    await lab.startReady();
    await lab.platformProxy.set({ type: 'refuse' });
    await lab.kubeProxy.set({ type: 'refuse' });
    lab.imds.service.schedule();
    await eventually({
      what: 'the handler has looked again',
      look: () => lab.imds.server.requests.length,
      until: (count) => count >= 5,
    });
    expect([lab.node.isMarked, await lab.reports()]).toEqual([false, []]);
    await lab.kubeProxy.set({ type: 'pass' });
    await lab.marked();
    expect(await lab.reports()).toEqual([]);
    await lab.platformProxy.set({ type: 'pass' });
    await lab.reported();
  });

  it('an API server that was never there: the report goes out with what the metadata service knows', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    await lab.kubeProxy.set({ type: 'swallow' });
    lab.imds.service.schedule();
    lab.startHandler();
    expect(await lab.reported()).toEqual([
      {
        event_type: 'interrupted',
        node_id: '',
        provider_id:
          'azure:///subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/mc_group_cluster_westeurope/providers/Microsoft.Compute/virtualMachineScaleSets/aks-spotpool-12345678-vmss/virtualMachines/3',
      },
    ]);
    await lab.kubeProxy.set({ type: 'pass' });
    await lab.marked();
  });

  it('an answer of the platform that is lost means that it is told again', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    const handler = await lab.startReady();
    await lab.control.addFault({ on: ['event'], times: 3, action: { type: 'status', status: 503 } });
    lab.imds.service.schedule();
    await lab.reported();
    expect(await handler.metric('castai_spot_handler_report_total{result="unavailable"}')).toBe(3);
  });

  it('an event that is cancelled while the platform is away is never reported', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    const handler = await lab.startReady();
    await lab.platformProxy.set({ type: 'refuse' });
    const id = lab.imds.service.schedule();
    await lab.marked();
    lab.imds.service.remove(id);
    await lab.unmarked();
    expect(await handler.metric('castai_spot_handler_pending_reports')).toBe(0);
    await lab.platformProxy.set({ type: 'pass' });
    expect(await lab.reports()).toEqual([]);
  });
});

describe.concurrent('when somebody else is at the node', () => {
  it("another controller's taint of the same instant stays, and so does ours", async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    const handler = await lab.startReady();
    // The other taint is there, and our watch has not heard of it: as if it came between our look and our patch.
    lab.kube.faults.add({ match: { verb: 'watch', resource: 'nodes' }, action: { type: 'hang' } });
    lab.kube.watches('nodes').forEach((watch) => watch.end());
    await eventually({
      what: 'the handler watches again',
      look: () => lab.kube.requests.count({ verb: 'watch', resource: 'nodes' }),
      until: (count) => count >= 2,
    });
    lab.changeNode((node) => {
      const spec = node['spec'] as { taints: unknown[] };
      spec.taints = [...spec.taints, OTHER_TAINT];
    });
    lab.imds.service.schedule();
    expect((await lab.marked()).taints).toEqual([FOREIGN_TAINT, OTHER_TAINT, DRAINING_TAINT]);
    expect(await handler.metric('castai_spot_handler_node_actions_total{action="mark",result="conflict"}')).toBe(1);
  });

  it('a node object that is deleted is reported all the same, and marked when it is there again', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    const handler = await lab.startReady();
    const reference = { apiVersion: 'v1', kind: 'Node', name: NODE_NAME };
    const before = lab.kube.get(reference);
    lab.kube.delete(reference);
    lab.imds.service.schedule();
    expect((await lab.reported())[0]?.node_id).toBe('node-0001');
    expect(await handler.metric('castai_spot_handler_node_change_pending')).toBe(0);
    expect(lab.kube.requests.count({ verb: 'patch', resource: 'nodes' })).toBeLessThanOrEqual(1);
    if (before === undefined) throw new Error('there was no node');
    const { name, labels, annotations } = before.metadata;
    lab.kube.create({ ...before, metadata: { name, labels, annotations } });
    await lab.marked();
    expect(await lab.reports()).toHaveLength(1);
  });

  it('a token that expired is read again, and the patch goes on', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    await lab.startReady();
    lab.kube.access.revokeToken(FAKE_TOKEN);
    lab.replaceToken('new-token');
    lab.kube.access.addToken('new-token', 'system:serviceaccount:castai-agent:castai-spot-handler');
    lab.imds.service.schedule();
    expect((await lab.marked()).isMarked).toBe(true);
  });

  it('a missing right is said in so many words, and does not keep the report', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    const handler = await lab.startReady();
    const allow = lab.kube.access.deny({ verb: 'patch', resource: 'nodes' });
    lab.imds.service.schedule();
    await lab.reported();
    await eventually({
      what: 'the status says it',
      look: async () => JSON.stringify(await handler.status()),
      until: (text) => text.includes('the RBAC role of our service account does not allow this request'),
    });
    allow();
    expect((await lab.marked()).isMarked).toBe(true);
  });
});
