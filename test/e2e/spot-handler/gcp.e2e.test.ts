import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { SpotLab } from './spot-lab.ts';

const REPORT = {
  event_type: 'interrupted',
  node_id: 'node-0001',
  provider_id: 'gce://sample-project/europe-west3-a/gke-sample-pool-1-7c1d2e3f-0001',
};

describe.concurrent('on GCP', () => {
  it('a preemption marks the node and reaches the platform', async () => {
    await using lab = await SpotLab.start({ cloud: 'gcp' });
    await lab.startReady();
    lab.imds.service.set('instance/preempted', 'TRUE');
    expect(await lab.acted()).toBe(true);
    expect(await lab.reports()).toEqual([REPORT]);
  });

  it('a machine that is preempted already when the process starts is not slept through', async () => {
    await using lab = await SpotLab.start({ cloud: 'gcp' });
    lab.imds.service.set('instance/preempted', 'TRUE');
    lab.startHandler();
    expect(await lab.acted()).toBe(true);
  });

  it('a flag that goes back gives the node back, and the next preemption counts anew', async () => {
    await using lab = await SpotLab.start({ cloud: 'gcp' });
    await lab.startReady();
    lab.imds.service.set('instance/preempted', 'TRUE');
    await lab.marked();
    lab.imds.service.set('instance/preempted', 'FALSE');
    expect((await lab.unmarked()).unschedulable).toBe(false);
    lab.imds.service.set('instance/preempted', 'TRUE');
    await lab.marked();
    await lab.reported(2);
  });

  it('an answer that comes late says what was, and the next one puts it right', async () => {
    await using lab = await SpotLab.start({ cloud: 'gcp' });
    await lab.startReady();
    // The answer "TRUE" is held back while the flag goes back.
    lab.imds.server.fail({
      path: '/computeMetadata/v1/instance/preempted',
      times: 1,
      action: { type: 'late', ms: 1500 },
    });
    // Ends the request that hangs now, so that the next one is befallen.
    lab.imds.service.set('instance/preempted', 'FALSE ');
    await eventually({
      what: 'the fault has its request',
      look: () => lab.imds.server.requests.filter(({ path }) => path.endsWith('/preempted')).length,
      until: (count) => count >= 2,
    });
    lab.imds.service.set('instance/preempted', 'TRUE');
    await new Promise((resolve) => setTimeout(resolve, 500));
    lab.imds.service.set('instance/preempted', 'FALSE');
    await lab.marked();
    expect((await lab.unmarked()).unschedulable).toBe(false);
  });

  it('a connection that is cut in the middle of a wait, and a burst of 503, are outlived', async () => {
    await using lab = await SpotLab.start({ cloud: 'gcp' });
    const handler = await lab.startReady();
    lab.imds.server.fail({
      path: '/computeMetadata/v1/instance/preempted',
      times: 5,
      action: { type: 'respond', status: 503 },
    });
    lab.imds.server.refuse();
    await lab.imds.server.listen();
    lab.imds.service.set('instance/preempted', 'TRUE');
    expect(await lab.acted()).toBe(true);
    expect(
      await handler.metric('castai_spot_handler_polls_total{source="preempted",result="server_error"}'),
    ).toBeGreaterThanOrEqual(1);
  });

  it('one key that fails hides no other', async () => {
    await using lab = await SpotLab.start({ cloud: 'gcp' });
    lab.imds.server.fail({ path: '/computeMetadata/v1/instance/preempted', action: { type: 'respond', status: 503 } });
    lab.startHandler();
    lab.imds.service.set('instance/maintenance-event', 'TERMINATE_ON_HOST_MAINTENANCE');
    expect(await lab.acted()).toBe(true);
  });

  it('a server that does not wait is asked about once a second and key', async () => {
    await using lab = await SpotLab.start({ cloud: 'gcp' });
    lab.imds.service.settings.ignoresWait = true;
    await lab.startReady();
    const asked = (): number[] =>
      lab.imds.server.requests.filter(({ path }) => path.endsWith('/preempted')).map(({ atMs }) => atMs);
    await eventually({ what: 'four looks', look: asked, until: (times) => times.length >= 4 });
    // The first is followed by another at once: its answer was news.
    const times = asked().slice(1);
    const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(950);
  });

  it('the metadata server of the cluster is not taken for that of the machine', async () => {
    await using lab = await SpotLab.start({ cloud: 'gcp' });
    lab.imds.service.remove('instance/preempted');
    const handler = lab.startHandler();
    const { text } = await eventually({
      what: 'the handler has been told so',
      look: () => handler.get('/readyz'),
      until: ({ status, text: body }) => status === 503 && body.includes('not_found'),
    });
    expect(text).toContain('with Workload Identity pods off the host network');
  });

  it('"no notification yet" is an answer in all its forms', async () => {
    await using lab = await SpotLab.start({ cloud: 'gcp' });
    lab.imds.service.settings.hasNoUpcomingMaintenance = '503';
    const handler = await lab.startReady();
    expect(
      await handler.metric('castai_spot_handler_polls_total{source="upcoming-maintenance",result="ok"}'),
    ).toBeGreaterThanOrEqual(1);
  });

  it('the provider is found out by asking', async () => {
    await using lab = await SpotLab.start({ cloud: 'gcp', environment: { PROVIDER: '' } });
    await lab.kubeProxy.set({ type: 'refuse' });
    lab.imds.service.set('instance/preempted', 'TRUE');
    lab.startHandler();
    expect(await lab.reported()).toEqual([{ ...REPORT, node_id: '' }]);
  });
});
