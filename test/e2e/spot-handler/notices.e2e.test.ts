/** The life of a notice on Azure, from the metadata service to the node and the platform and back. */
import { describe, expect, it } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { DRAINING_TAINT, FOREIGN_TAINT } from '../../stages/spot-handler/spot-node.ts';
import { SpotStage } from '../../stages/spot-handler/spot-stage.ts';

const PROVIDER_ID =
  'azure:///subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/mc_group_cluster_westeurope/providers/Microsoft.Compute/virtualMachineScaleSets/aks-spotpool-12345678-vmss/virtualMachines/3';
const REPORT = { event_type: 'interrupted', node_id: 'node-0001', provider_id: PROVIDER_ID };
const DAY = 24 * 60 * 60 * 1000;

/** So many looks as a handler that did something wrong would have needed to show it. */
async function looks(stage: SpotStage<'azure'>, count = 3): Promise<void> {
  const before = stage.imds.server.requests.length;
  await eventually({
    what: `the handler has looked ${count} times more`,
    look: () => stage.imds.server.requests.length - before,
    until: (more) => more >= count,
  });
}

describe.concurrent('on Azure', () => {
  it('a preemption of this machine marks the node and reaches the platform, each once', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    await stage.startReady();
    stage.imds.service.schedule();
    const node = await stage.marked();
    expect(node.taints).toEqual([FOREIGN_TAINT, DRAINING_TAINT]);
    expect(await stage.reported()).toEqual([REPORT]);
    await looks(stage);
    expect(await stage.reports()).toHaveLength(1);
    expect(stage.eventReasons).toEqual(
      expect.arrayContaining(['InterruptionNotice', 'NodeMarked', 'InterruptionReported']),
    );
    expect(stage.kube.requests.entries({ verb: 'patch' }).length).toBeLessThanOrEqual(2);
  });

  it("a sibling's preemption does nothing, and the handler says so", async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const handler = await stage.startReady();
    stage.imds.service.schedule({ Resources: ['aks-spotpool-12345678-vmss_30', 'aks-spotpool-12345678-vmss_2'] });
    await looks(stage);
    expect(await stage.reports()).toEqual([]);
    expect(stage.kube.requests.count({ verb: 'patch' })).toBe(0);
    expect(await handler.metric('castai_spot_handler_ignored_notices_total{reason="foreign"}')).toBe(1);
  });

  it('an event that is first seen as started is acted on', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    await stage.startReady();
    stage.imds.service.schedule({ EventType: 'Reboot', EventStatus: 'Started', NotBefore: '' });
    expect(await stage.acted()).toBe(true);
  });

  it('a cancelled event gives the node back, and the next one is acted on again', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    await stage.startReady();
    const first = stage.imds.service.schedule();
    expect(await stage.acted()).toBe(true);
    stage.imds.service.remove(first);
    expect(await stage.unmarked()).toEqual({
      unschedulable: false,
      drainingLabel: undefined,
      taints: [FOREIGN_TAINT],
      record: undefined,
      isMarked: false,
    });
    stage.imds.service.schedule();
    expect(await stage.acted(2)).toBe(true);
    await eventually({
      what: 'the steps are events on the node',
      look: () => stage.eventReasons,
      until: (reasons) => reasons.includes('InterruptionCancelled') && reasons.includes('NodeUnmarked'),
    });
  });

  it('several events at once are each reported, and the node is free only when the last has gone', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    await stage.startReady();
    const [preempt, reboot] = [{}, { EventType: 'Reboot', inMs: 600_000 }].map((event) =>
      stage.imds.service.schedule(event),
    );
    stage.imds.service.schedule({ EventType: 'Freeze', inMs: 600_000 });
    expect(await stage.acted(2)).toBe(true);
    stage.imds.service.remove(preempt ?? '');
    await eventually({
      what: 'the first is off the record',
      look: () => stage.node.record,
      until: (record) => record?.includes(preempt?.toLowerCase() ?? '') === false,
    });
    expect(stage.node.isMarked).toBe(true);
    stage.imds.service.remove(reboot ?? '');
    await stage.unmarked();
    expect(await stage.reports()).toEqual([REPORT, REPORT]);
  });

  it('the same event after a restart of the process is neither reported nor marked again', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const first = await stage.startReady();
    const id = stage.imds.service.schedule();
    expect(await stage.acted()).toBe(true);
    await eventually({
      what: 'the node remembers the report',
      look: () => stage.node.record,
      until: (record) => record?.includes('"isReported":true') === true,
    });
    await first.kill();
    const patches = stage.kube.requests.count({ verb: 'patch' });
    await stage.startReady();
    await looks(stage);
    expect(await stage.reports()).toHaveLength(1);
    expect(stage.kube.requests.count({ verb: 'patch' })).toBe(patches);
    // The second process also undoes what the first did, which is all that is left after a reboot.
    stage.imds.service.remove(id);
    expect((await stage.unmarked()).unschedulable).toBe(false);
  });

  it('a node that lived through its reboot is given back by the process after it', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const first = await stage.startReady();
    const id = stage.imds.service.schedule({ EventType: 'Reboot', inMs: 1000 });
    await stage.marked();
    stage.imds.service.start(id);
    await first.kill();
    stage.imds.service.remove(id);
    await stage.startReady();
    expect((await stage.unmarked()).taints).toEqual([FOREIGN_TAINT]);
  });

  it('the report says what the node is called by now: its labels and annotations are followed', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const handler = await stage.startReady();
    stage.changeNode((node) => {
      node.metadata['labels'] = { 'provisioner.cast.ai/node-id': 'node-0002' };
      node.metadata['annotations'] = { 'provisioner.cast.ai/override-provider-id': 'azure:///another' };
    });
    await eventually({
      what: 'the handler has heard of it',
      look: async () => JSON.stringify(await handler.status()),
      until: (text) => text.includes('azure:///another'),
    });
    stage.imds.service.schedule();
    expect(await stage.reported()).toEqual([{ ...REPORT, node_id: 'node-0002', provider_id: 'azure:///another' }]);
  });

  it('the begin and the end of an interruption that the machine survives are events on the node, too', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    await stage.startReady();
    const id = stage.imds.service.schedule({ EventType: 'Reboot', inMs: 600_000 });
    await stage.acted();
    stage.imds.service.start(id);
    await eventually({
      what: 'the begin is an event',
      look: () => stage.eventReasons,
      until: (reasons) => reasons.includes('InterruptionStarted'),
    });
    stage.imds.service.remove(id);
    await stage.unmarked();
    await eventually({
      what: 'the end is an event',
      look: () => stage.eventReasons,
      until: (reasons) => reasons.includes('InterruptionOver') && reasons.includes('NodeUnmarked'),
    });
    expect(stage.eventReasons).not.toContain('InterruptionCancelled');
  });

  it('a newer version of Scheduled Events is asked for where it is configured', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { AZURE_API_VERSION: '2030-01-01' } });
    stage.imds.service.settings.apiVersions.push('2030-01-01');
    await stage.startReady();
    stage.imds.service.schedule({ EventType: 'SpotRebalanceRecommendation', EventStatus: 'Advisory' });
    expect(await stage.reported()).toEqual([{ ...REPORT, event_type: 'rebalanceRecommendation' }]);
    expect(stage.node.isMarked).toBe(false);
    const versions = stage.imds.server.requests.flatMap(({ path, query }) =>
      path === '/metadata/scheduledevents' ? [query['api-version']] : [],
    );
    expect(new Set(versions)).toEqual(new Set(['2030-01-01']));
  });

  it('an event that is pending when the process starts is acted on', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    stage.imds.service.schedule();
    stage.startHandler();
    expect(await stage.acted()).toBe(true);
  });

  it('a node that somebody has cordoned is marked all the same, and stays cordoned afterwards', async () => {
    await using stage = await SpotStage.start({
      cloud: 'azure',
      node: (node) => Object.assign(node['spec'] as object, { unschedulable: true }),
    });
    const handler = await stage.startReady();
    const id = stage.imds.service.schedule();
    expect((await stage.marked()).taints).toEqual([FOREIGN_TAINT, DRAINING_TAINT]);
    const { sections } = await handler.status();
    expect(sections.find(({ title }) => title === 'Node')?.rows).toMatchObject({
      cordoned: true,
      'cordoned by us': false,
    });
    stage.imds.service.remove(id);
    expect(await stage.unmarked()).toMatchObject({ unschedulable: true, taints: [FOREIGN_TAINT] });
  });

  it('maintenance days ahead is reported now and marked when it starts', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    await stage.startReady();
    const id = stage.imds.service.schedule({ EventType: 'Redeploy', inMs: 7 * DAY });
    expect(await stage.reported()).toEqual([REPORT]);
    await looks(stage);
    expect(stage.node.isMarked).toBe(false);
    stage.imds.service.start(id);
    await stage.marked();
    expect(await stage.reports()).toHaveLength(1);
  });

  it('what was reported days ahead is not reported again by the process after it', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const first = await stage.startReady();
    stage.imds.service.schedule({ EventType: 'Redeploy', inMs: 7 * DAY });
    await stage.reported();
    await eventually({
      what: 'the node remembers the report',
      look: () => stage.node.record,
      until: (record) => record?.includes('"isReported":true') === true,
    });
    await first.kill();
    await stage.startReady();
    await looks(stage);
    expect(await stage.reports()).toHaveLength(1);
  });

  it("the provider's clock decides when a node is marked, also where the machine's is an hour off", async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { MARK_AHEAD_SECONDS: '0' } });
    // Our clock is an hour behind theirs.
    stage.imds.server.dateOffsetMs = 3_600_000;
    const handler = await stage.startReady();
    stage.imds.service.schedule({ EventType: 'Redeploy', inMs: 3_600_000 + 3000 });
    await stage.reported();
    expect(stage.node.isMarked).toBe(false);
    await stage.marked();
    expect(await handler.metric('castai_spot_handler_clock_error_seconds')).toBeCloseTo(3600, -1);
  });

  it('a clock that is an hour ahead marks nothing too early', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { MARK_AHEAD_SECONDS: '0' } });
    stage.imds.server.dateOffsetMs = -3_600_000;
    await stage.startReady();
    // In ten minutes by their clock, fifty minutes ago by ours.
    stage.imds.service.schedule({ EventType: 'Redeploy', inMs: -3_600_000 + 600_000 });
    await stage.reported();
    await looks(stage);
    expect(stage.node.isMarked).toBe(false);
  });

  it('a rebalance advisory is reported as such and marks nothing', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    await stage.startReady();
    stage.imds.service.schedule({ EventType: 'SpotRebalanceRecommendation', EventStatus: 'Advisory', NotBefore: '' });
    expect(await stage.reported()).toEqual([{ ...REPORT, event_type: 'rebalanceRecommendation' }]);
    await looks(stage);
    expect(stage.node.isMarked).toBe(false);
  });

  it('the machine is found by its providerID where the metadata service does not tell its name', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    stage.imds.server.fail({ path: '/metadata/instance', action: { type: 'respond', status: 500 } });
    await stage.startReady();
    stage.imds.service.schedule();
    expect(await stage.acted()).toBe(true);
  });
});
