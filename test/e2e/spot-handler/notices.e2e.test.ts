/** The life of a notice on Azure, from the metadata service to the node and the platform and back. */
import { describe, expect, it } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { DRAINING_TAINT, FOREIGN_TAINT, SpotLab } from '../../stages/spot-handler/spot-stage.ts';

const PROVIDER_ID =
  'azure:///subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/mc_group_cluster_westeurope/providers/Microsoft.Compute/virtualMachineScaleSets/aks-spotpool-12345678-vmss/virtualMachines/3';
const REPORT = { event_type: 'interrupted', node_id: 'node-0001', provider_id: PROVIDER_ID };
const DAY = 24 * 60 * 60 * 1000;

/** So many looks as a handler that did something wrong would have needed to show it. */
async function looks(lab: SpotLab<'azure'>, count = 3): Promise<void> {
  const before = lab.imds.server.requests.length;
  await eventually({
    what: `the handler has looked ${count} times more`,
    look: () => lab.imds.server.requests.length - before,
    until: (more) => more >= count,
  });
}

describe.concurrent('on Azure', () => {
  it('a preemption of this machine marks the node and reaches the platform, each once', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    await lab.startReady();
    lab.imds.service.schedule();
    const node = await lab.marked();
    expect(node.taints).toEqual([FOREIGN_TAINT, DRAINING_TAINT]);
    expect(await lab.reported()).toEqual([REPORT]);
    await looks(lab);
    expect(await lab.reports()).toHaveLength(1);
    expect(lab.eventReasons).toEqual(
      expect.arrayContaining(['InterruptionNotice', 'NodeMarked', 'InterruptionReported']),
    );
    expect(lab.kube.requests.entries({ verb: 'patch' }).length).toBeLessThanOrEqual(2);
  });

  it("a sibling's preemption does nothing, and the handler says so", async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    const handler = await lab.startReady();
    lab.imds.service.schedule({ Resources: ['aks-spotpool-12345678-vmss_30', 'aks-spotpool-12345678-vmss_2'] });
    await looks(lab);
    expect(await lab.reports()).toEqual([]);
    expect(lab.kube.requests.count({ verb: 'patch' })).toBe(0);
    expect(await handler.metric('castai_spot_handler_ignored_notices_total{reason="foreign"}')).toBe(1);
  });

  it('an event that is first seen as started is acted on', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    await lab.startReady();
    lab.imds.service.schedule({ EventType: 'Reboot', EventStatus: 'Started', NotBefore: '' });
    expect(await lab.acted()).toBe(true);
  });

  it('a cancelled event gives the node back, and the next one is acted on again', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    await lab.startReady();
    const first = lab.imds.service.schedule();
    expect(await lab.acted()).toBe(true);
    lab.imds.service.remove(first);
    expect(await lab.unmarked()).toEqual({
      unschedulable: false,
      drainingLabel: undefined,
      taints: [FOREIGN_TAINT],
      record: undefined,
      isMarked: false,
    });
    lab.imds.service.schedule();
    expect(await lab.acted(2)).toBe(true);
    await eventually({
      what: 'the steps are events on the node',
      look: () => lab.eventReasons,
      until: (reasons) => reasons.includes('InterruptionCancelled') && reasons.includes('NodeUnmarked'),
    });
  });

  it('several events at once are each reported, and the node is free only when the last has gone', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    await lab.startReady();
    const [preempt, reboot] = [{}, { EventType: 'Reboot', inMs: 600_000 }].map((event) =>
      lab.imds.service.schedule(event),
    );
    lab.imds.service.schedule({ EventType: 'Freeze', inMs: 600_000 });
    expect(await lab.acted(2)).toBe(true);
    lab.imds.service.remove(preempt ?? '');
    await eventually({
      what: 'the first is off the record',
      look: () => lab.node.record,
      until: (record) => record?.includes(preempt?.toLowerCase() ?? '') === false,
    });
    expect(lab.node.isMarked).toBe(true);
    lab.imds.service.remove(reboot ?? '');
    await lab.unmarked();
    expect(await lab.reports()).toEqual([REPORT, REPORT]);
  });

  it('the same event after a restart of the process is neither reported nor marked again', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    const first = await lab.startReady();
    const id = lab.imds.service.schedule();
    expect(await lab.acted()).toBe(true);
    await eventually({
      what: 'the node remembers the report',
      look: () => lab.node.record,
      until: (record) => record?.includes('"isReported":true') === true,
    });
    await first.kill();
    const patches = lab.kube.requests.count({ verb: 'patch' });
    await lab.startReady();
    await looks(lab);
    expect(await lab.reports()).toHaveLength(1);
    expect(lab.kube.requests.count({ verb: 'patch' })).toBe(patches);
    // The second process also undoes what the first did, which is all that is left after a reboot.
    lab.imds.service.remove(id);
    expect((await lab.unmarked()).unschedulable).toBe(false);
  });

  it('a node that lived through its reboot is given back by the process after it', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    const first = await lab.startReady();
    const id = lab.imds.service.schedule({ EventType: 'Reboot', inMs: 1000 });
    await lab.marked();
    lab.imds.service.start(id);
    await first.kill();
    lab.imds.service.remove(id);
    await lab.startReady();
    expect((await lab.unmarked()).taints).toEqual([FOREIGN_TAINT]);
  });

  it('the report says what the node is called by now: its labels and annotations are followed', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    const handler = await lab.startReady();
    lab.changeNode((node) => {
      node.metadata['labels'] = { 'provisioner.cast.ai/node-id': 'node-0002' };
      node.metadata['annotations'] = { 'provisioner.cast.ai/override-provider-id': 'azure:///another' };
    });
    await eventually({
      what: 'the handler has heard of it',
      look: async () => JSON.stringify(await handler.status()),
      until: (text) => text.includes('azure:///another'),
    });
    lab.imds.service.schedule();
    expect(await lab.reported()).toEqual([{ ...REPORT, node_id: 'node-0002', provider_id: 'azure:///another' }]);
  });

  it('the begin and the end of an interruption that the machine survives are events on the node, too', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    await lab.startReady();
    const id = lab.imds.service.schedule({ EventType: 'Reboot', inMs: 600_000 });
    await lab.acted();
    lab.imds.service.start(id);
    await eventually({
      what: 'the begin is an event',
      look: () => lab.eventReasons,
      until: (reasons) => reasons.includes('InterruptionStarted'),
    });
    lab.imds.service.remove(id);
    await lab.unmarked();
    await eventually({
      what: 'the end is an event',
      look: () => lab.eventReasons,
      until: (reasons) => reasons.includes('InterruptionOver') && reasons.includes('NodeUnmarked'),
    });
    expect(lab.eventReasons).not.toContain('InterruptionCancelled');
  });

  it('a newer version of Scheduled Events is asked for where it is configured', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure', environment: { AZURE_API_VERSION: '2030-01-01' } });
    lab.imds.service.settings.apiVersions.push('2030-01-01');
    await lab.startReady();
    lab.imds.service.schedule({ EventType: 'SpotRebalanceRecommendation', EventStatus: 'Advisory' });
    expect(await lab.reported()).toEqual([{ ...REPORT, event_type: 'rebalanceRecommendation' }]);
    expect(lab.node.isMarked).toBe(false);
    const versions = lab.imds.server.requests.flatMap(({ path, query }) =>
      path === '/metadata/scheduledevents' ? [query['api-version']] : [],
    );
    expect(new Set(versions)).toEqual(new Set(['2030-01-01']));
  });

  it('an event that is pending when the process starts is acted on', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    lab.imds.service.schedule();
    lab.startHandler();
    expect(await lab.acted()).toBe(true);
  });

  it('a node that somebody has cordoned is marked all the same, and stays cordoned afterwards', async () => {
    await using lab = await SpotLab.start({
      cloud: 'azure',
      node: (node) => Object.assign(node['spec'] as object, { unschedulable: true }),
    });
    const handler = await lab.startReady();
    const id = lab.imds.service.schedule();
    expect((await lab.marked()).taints).toEqual([FOREIGN_TAINT, DRAINING_TAINT]);
    const { sections } = await handler.status();
    expect(sections.find(({ title }) => title === 'Node')?.rows).toMatchObject({
      cordoned: true,
      'cordoned by us': false,
    });
    lab.imds.service.remove(id);
    expect(await lab.unmarked()).toMatchObject({ unschedulable: true, taints: [FOREIGN_TAINT] });
  });

  it('maintenance days ahead is reported now and marked when it starts', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    await lab.startReady();
    const id = lab.imds.service.schedule({ EventType: 'Redeploy', inMs: 7 * DAY });
    expect(await lab.reported()).toEqual([REPORT]);
    await looks(lab);
    expect(lab.node.isMarked).toBe(false);
    lab.imds.service.start(id);
    await lab.marked();
    expect(await lab.reports()).toHaveLength(1);
  });

  it('what was reported days ahead is not reported again by the process after it', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    const first = await lab.startReady();
    lab.imds.service.schedule({ EventType: 'Redeploy', inMs: 7 * DAY });
    await lab.reported();
    await eventually({
      what: 'the node remembers the report',
      look: () => lab.node.record,
      until: (record) => record?.includes('"isReported":true') === true,
    });
    await first.kill();
    await lab.startReady();
    await looks(lab);
    expect(await lab.reports()).toHaveLength(1);
  });

  it("the provider's clock decides when a node is marked, also where the machine's is an hour off", async () => {
    await using lab = await SpotLab.start({ cloud: 'azure', environment: { MARK_AHEAD_SECONDS: '0' } });
    // Our clock is an hour behind theirs.
    lab.imds.server.dateOffsetMs = 3_600_000;
    const handler = await lab.startReady();
    lab.imds.service.schedule({ EventType: 'Redeploy', inMs: 3_600_000 + 3000 });
    await lab.reported();
    expect(lab.node.isMarked).toBe(false);
    await lab.marked();
    expect(await handler.metric('castai_spot_handler_clock_error_seconds')).toBeCloseTo(3600, -1);
  });

  it('a clock that is an hour ahead marks nothing too early', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure', environment: { MARK_AHEAD_SECONDS: '0' } });
    lab.imds.server.dateOffsetMs = -3_600_000;
    await lab.startReady();
    // In ten minutes by their clock, fifty minutes ago by ours.
    lab.imds.service.schedule({ EventType: 'Redeploy', inMs: -3_600_000 + 600_000 });
    await lab.reported();
    await looks(lab);
    expect(lab.node.isMarked).toBe(false);
  });

  it('a rebalance advisory is reported as such and marks nothing', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    await lab.startReady();
    lab.imds.service.schedule({ EventType: 'SpotRebalanceRecommendation', EventStatus: 'Advisory', NotBefore: '' });
    expect(await lab.reported()).toEqual([{ ...REPORT, event_type: 'rebalanceRecommendation' }]);
    await looks(lab);
    expect(lab.node.isMarked).toBe(false);
  });

  it('the machine is found by its providerID where the metadata service does not tell its name', async () => {
    await using lab = await SpotLab.start({ cloud: 'azure' });
    lab.imds.server.fail({ path: '/metadata/instance', action: { type: 'respond', status: 500 } });
    await lab.startReady();
    lab.imds.service.schedule();
    expect(await lab.acted()).toBe(true);
  });
});
