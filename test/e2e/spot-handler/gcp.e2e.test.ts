import { describe, expect, it } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { SpotStage } from '../../stages/spot-handler/spot-stage.ts';

const REPORT = {
  event_type: 'interrupted',
  node_id: 'node-0001',
  provider_id: 'gce://sample-project/europe-west3-a/gke-sample-pool-1-7c1d2e3f-0001',
};

describe.concurrent('on GCP', () => {
  it('a preemption marks the node and reaches the platform', async () => {
    await using stage = await SpotStage.start({ cloud: 'gcp' });
    await stage.startReady();
    stage.imds.service.set('instance/preempted', 'TRUE');
    expect(await stage.acted()).toBe(true);
    expect(await stage.reports()).toEqual([REPORT]);
  });

  it('a machine that is preempted already when the process starts is not slept through', async () => {
    await using stage = await SpotStage.start({ cloud: 'gcp' });
    stage.imds.service.set('instance/preempted', 'TRUE');
    stage.startHandler();
    expect(await stage.acted()).toBe(true);
  });

  it('a flag that goes back gives the node back, and the next preemption counts anew', async () => {
    await using stage = await SpotStage.start({ cloud: 'gcp' });
    await stage.startReady();
    stage.imds.service.set('instance/preempted', 'TRUE');
    await stage.marked();
    stage.imds.service.set('instance/preempted', 'FALSE');
    expect((await stage.unmarked()).unschedulable).toBe(false);
    stage.imds.service.set('instance/preempted', 'TRUE');
    await stage.marked();
    await stage.reported(2);
  });

  it('an answer that comes late says what was, and the next one puts it right', async () => {
    await using stage = await SpotStage.start({ cloud: 'gcp' });
    const handler = await stage.startReady();
    const { service, server } = stage.imds;
    const isHanging = async (): Promise<void> => {
      // One for each of the two keys that are waited on.
      await eventually({ what: 'both keys are waited on', look: () => service.hanging, until: (count) => count === 2 });
    };
    await isHanging();
    // The answer "TRUE" is held back while the flag goes back.
    const path = '/computeMetadata/v1/instance/preempted';
    server.fail({ path, times: 1, action: { type: 'late', ms: 1500 } });
    // Ends the request that hangs now, so that the next one is befallen.
    const before = server.requests.filter((request) => request.path === path).length;
    service.set('instance/preempted', 'FALSE ');
    await eventually({
      what: 'the fault has its request',
      look: () => server.requests.filter((request) => request.path === path).length,
      until: (count) => count > before,
    });
    await isHanging();
    service.set('instance/preempted', 'TRUE');
    // What the held answer says is settled as soon as the value has changed.
    await new Promise((resolve) => setImmediate(resolve));
    service.set('instance/preempted', 'FALSE');
    // The mark stands for seconds only: its traces stay.
    await eventually({
      what: 'the node was marked and given back',
      look: () => stage.eventReasons,
      until: (reasons) => reasons.includes('NodeMarked') && reasons.includes('NodeUnmarked'),
    });
    expect(stage.node.unschedulable).toBe(false);
    expect(await handler.metric('castai_spot_handler_node_marked')).toBe(0);
  });

  it('a connection that is cut in the middle of a wait, and a burst of 503, are outlived', async () => {
    await using stage = await SpotStage.start({ cloud: 'gcp' });
    const handler = await stage.startReady();
    stage.imds.server.fail({
      path: '/computeMetadata/v1/instance/preempted',
      times: 5,
      action: { type: 'respond', status: 503 },
    });
    stage.imds.server.refuse();
    await stage.imds.server.listen();
    stage.imds.service.set('instance/preempted', 'TRUE');
    expect(await stage.acted()).toBe(true);
    expect(
      await handler.metric('castai_spot_handler_polls_total{source="preempted",result="server_error"}'),
    ).toBeGreaterThanOrEqual(1);
  });

  it('one key that fails hides no other', async () => {
    await using stage = await SpotStage.start({ cloud: 'gcp' });
    stage.imds.server.fail({
      path: '/computeMetadata/v1/instance/preempted',
      action: { type: 'respond', status: 503 },
    });
    stage.startHandler();
    stage.imds.service.set('instance/maintenance-event', 'TERMINATE_ON_HOST_MAINTENANCE');
    expect(await stage.acted()).toBe(true);
  });

  it('a server that does not wait is asked about once a second and key', async () => {
    await using stage = await SpotStage.start({ cloud: 'gcp' });
    stage.imds.service.settings.ignoresWait = true;
    const from = performance.now();
    await stage.startReady();
    const asked = (): number => stage.imds.server.requests.filter(({ path }) => path.endsWith('/preempted')).length;
    await eventually({ what: 'eight looks', look: asked, until: (count) => count >= 8 });
    // The first is followed by another at once: its answer was news. No pause between two requests can hide in this sum,
    // however long this process was kept from reading them.
    const seconds = (performance.now() - from) / 1000;
    expect(asked()).toBeLessThanOrEqual(Math.ceil(seconds) + 2);
  });

  it('the metadata server of the cluster is not taken for that of the machine', async () => {
    await using stage = await SpotStage.start({ cloud: 'gcp' });
    stage.imds.service.remove('instance/preempted');
    const handler = stage.startHandler();
    const { text } = await eventually({
      what: 'the handler has been told so',
      look: () => handler.get('/readyz'),
      until: ({ status, text: body }) => status === 503 && body.includes('not_found'),
    });
    expect(text).toContain('with Workload Identity pods off the host network');
  });

  it('a server that is away for a moment does not take upcoming maintenance back', async () => {
    await using stage = await SpotStage.start({ cloud: 'gcp' });
    const window = { maintenance_status: 'ONGOING', type: 'UNSCHEDULED', window_start_time: '2026-04-11T22:26:58Z' };
    stage.imds.service.set('instance/upcoming-maintenance', JSON.stringify(window));
    const first = await stage.startReady();
    await stage.marked();
    await first.kill();
    // The first look of the next process, which comes a minute before the second one, and after what the node tells.
    stage.imds.server.fail({ path: '/computeMetadata/v1/instance/scheduling', action: { type: 'hang' } });
    stage.imds.server.fail({
      path: '/computeMetadata/v1/instance/upcoming-maintenance',
      action: { type: 'respond', status: 503, headers: { 'metadata-flavor': 'Google' } },
    });
    const second = stage.startHandler();
    await eventually({
      what: 'it has looked in vain',
      look: () => second.metric('castai_spot_handler_polls_total{source="upcoming-maintenance",result="server_error"}'),
      until: (count) => (count ?? 0) >= 1,
    });
    await eventually({
      what: 'the notice stands',
      look: async () => JSON.stringify((await second.status()).sections.find(({ title }) => title === 'Notices')?.rows),
      until: (text) => text.includes('"phase":"acted"'),
    });
    expect(stage.node.isMarked).toBe(true);
  });

  it('"no notification yet" is an answer in all its forms', async () => {
    await using stage = await SpotStage.start({ cloud: 'gcp' });
    stage.imds.service.settings.hasNoUpcomingMaintenance = '503';
    const handler = await stage.startReady();
    expect(
      await handler.metric('castai_spot_handler_polls_total{source="upcoming-maintenance",result="ok"}'),
    ).toBeGreaterThanOrEqual(1);
  });

  it('the provider is found out by asking', async () => {
    await using stage = await SpotStage.start({ cloud: 'gcp', environment: { PROVIDER: '' } });
    await stage.kubeProxy.set({ type: 'refuse' });
    stage.imds.service.set('instance/preempted', 'TRUE');
    stage.startHandler();
    expect(await stage.reported()).toEqual([{ ...REPORT, node_id: '' }]);
  });
});
