import { describe, expect, it } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { SpotStage } from '../../stages/spot-handler/spot-stage.ts';

const REPORT = {
  event_type: 'interrupted',
  node_id: 'node-0001',
  provider_id: 'aws:///eu-central-1a/i-0a1b2c3d4e5f60718',
};

describe.concurrent('on AWS', () => {
  it('a spot notice marks the node and reaches the platform once, however long it stands', async () => {
    await using stage = await SpotStage.start({ cloud: 'aws' });
    const handler = await stage.startReady();
    stage.imds.service.interrupt();
    expect(await stage.acted()).toBe(true);
    const seen = await handler.metric('castai_spot_handler_polls_total{source="instance-action",result="ok"}');
    await eventually({
      what: 'three more looks',
      look: () => handler.metric('castai_spot_handler_polls_total{source="instance-action",result="ok"}'),
      until: (count) => (count ?? 0) >= (seen ?? 0) + 3,
    });
    expect(await stage.reports()).toEqual([REPORT]);
  });

  it('a notice that is taken back gives the node back', async () => {
    await using stage = await SpotStage.start({ cloud: 'aws' });
    await stage.startReady();
    stage.imds.service.interrupt({ action: 'stop' });
    await stage.marked();
    stage.imds.service.withdraw();
    expect((await stage.unmarked()).unschedulable).toBe(false);
  });

  it('a refused token is replaced and the question asked again at once, without a word to the operator', async () => {
    await using stage = await SpotStage.start({ cloud: 'aws' });
    const handler = await stage.startReady();
    stage.imds.service.expireTokens();
    stage.imds.service.interrupt();
    expect(await stage.acted()).toBe(true);
    const { requests } = stage.imds.server;
    const refused = requests.findIndex(({ status }) => status === 401);
    const path = requests[refused]?.path;
    // Of this path alone: looks at others may come in between.
    const followed = requests.slice(refused).filter((request) => request.method === 'PUT' || request.path === path);
    expect(followed.slice(0, 3).map(({ method, status }) => [method, status])).toEqual([
      ['GET', 401],
      ['PUT', 200],
      ['GET', path?.endsWith('instance-action') === true ? 200 : expect.any(Number)],
    ]);
    expect(
      await handler.metric('castai_spot_handler_polls_total{source="instance-action",result="unauthorized"}'),
    ).toBe(0);
  });

  it('version 1 is never asked, not even where it would answer', async () => {
    await using stage = await SpotStage.start({ cloud: 'aws' });
    stage.imds.service.settings.isV2Only = false;
    stage.imds.service.settings.isDisabled = true;
    const handler = stage.startHandler();
    await eventually({
      what: 'the handler says why it hears nothing',
      look: () => handler.get('/readyz'),
      until: ({ text }) => text.includes('the metadata service is switched off for this instance'),
    });
    expect(stage.imds.server.requests.filter(({ method }) => method === 'GET')).toEqual([]);
  });

  it('an answer to PUT that never arrives is explained by the hop limit', async () => {
    await using stage = await SpotStage.start({ cloud: 'aws' });
    stage.imds.service.settings.isHopLimited = true;
    stage.imds.service.settings.isV2Only = false;
    const handler = stage.startHandler();
    const { text } = await eventually({
      what: 'the handler says why it hears nothing',
      look: () => handler.get('/readyz'),
      until: ({ text: body }) => body.includes('hop limit'),
    });
    expect(text).toContain(
      '(HttpPutResponseHopLimit) of 1 while this pod is not on the host network; set hostNetwork: true',
    );
    expect(handler.lines.join('\n')).toContain('hop limit');
  });

  it('a rebalance recommendation is reported as such, and marks nothing', async () => {
    await using stage = await SpotStage.start({ cloud: 'aws' });
    stage.imds.service.recommendRebalance();
    await stage.startReady();
    expect(await stage.reported()).toEqual([{ ...REPORT, event_type: 'rebalanceRecommendation' }]);
    expect(stage.node.isMarked).toBe(false);
  });

  it('a path that fails hides no other', async () => {
    await using stage = await SpotStage.start({ cloud: 'aws' });
    stage.imds.server.fail({ path: '/latest/meta-data/events', action: { type: 'hang' } });
    stage.startHandler();
    stage.imds.service.interrupt();
    expect(await stage.acted()).toBe(true);
  });

  it('maintenance and the target state of the group are looked at, and their absence is not an error', async () => {
    await using stage = await SpotStage.start({ cloud: 'aws' });
    stage.imds.service.setLifecycleState(undefined);
    stage.imds.service.remove('events/maintenance/scheduled');
    const handler = await stage.startReady();
    for (const source of ['lifecycle-state', 'scheduled-maintenance']) {
      const looks = await handler.metric(`castai_spot_handler_polls_total{source="${source}",result="ok"}`);
      expect([source, (looks ?? 0) >= 1]).toEqual([source, true]);
      const vain = await handler.metric(`castai_spot_handler_polls_total{source="${source}",result="not_found"}`);
      expect([source, vain]).toEqual([source, 0]);
    }
  });

  it('an instance that its group ends is reported and marked', async () => {
    await using stage = await SpotStage.start({ cloud: 'aws' });
    stage.imds.service.setLifecycleState('Terminated');
    stage.startHandler();
    expect(await stage.acted()).toBe(true);
    expect(await stage.reports()).toEqual([REPORT]);
  });

  it('a retirement weeks ahead is reported now and does not mark yet', async () => {
    await using stage = await SpotStage.start({ cloud: 'aws' });
    const date = new Date(Date.now() + 14 * 86_400_000).toUTCString().replace(/^\w+, 0?/, '');
    stage.imds.service.schedule([
      { NotBefore: date, Code: 'instance-retirement', Description: '', EventId: 'instance-event-1', State: 'active' },
    ]);
    await stage.startReady();
    expect(await stage.reported()).toEqual([REPORT]);
    expect(stage.node.isMarked).toBe(false);
  });

  it('all paths together are asked once a second', async () => {
    await using stage = await SpotStage.start({ cloud: 'aws' });
    const from = performance.now();
    const handler = await stage.startReady();
    await eventually({
      what: 'twenty looks',
      look: () => handler.metric('castai_spot_handler_polls_total{source="instance-action",result="ok"}'),
      until: (count) => (count ?? 0) >= 20,
    });
    const asked = stage.imds.server.requests.filter(({ method }) => method === 'GET').length;
    const seconds = (performance.now() - from) / 1000;
    // At the start two questions about the machine and a first look at each path, which are five; then one a second.
    expect(asked).toBeLessThanOrEqual(Math.ceil(seconds) + 8);
    expect(stage.imds.server.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });
});
