/** What a metadata service can do wrong. None of it may ever be taken for "there is no event". */
import { describe, expect, it } from 'vitest';
import type { ImdsFaultAction } from '../../fakes/imds/imds-server.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { SpotStage } from '../../stages/spot-handler/spot-stage.ts';
import type { StagedHandler } from '../../stages/spot-handler/staged-handler.ts';

const EVENTS = '/metadata/scheduledevents';

/** Waits until so many looks came to this. */
async function looks(
  handler: StagedHandler,
  result: string,
  count: number,
  source = 'scheduled-events',
): Promise<void> {
  await eventually({
    what: `${count} looks came to ${result}`,
    look: () => handler.metric(`castai_spot_handler_polls_total{source="${source}",result="${result}"}`),
    until: (seen) => (seen ?? 0) >= count,
  });
}

describe.concurrent('an answer that tells nothing is not an empty list', () => {
  const troubles: Record<string, { action: ImdsFaultAction; result: string }> = {
    'a storm of 429': { action: { type: 'respond', status: 429 }, result: 'throttled' },
    'a 500': { action: { type: 'respond', status: 500, body: { error: 'internal' } }, result: 'server_error' },
    'a 410': { action: { type: 'respond', status: 410 }, result: 'updating' },
    'a 200 without a body': { action: { type: 'empty' }, result: 'empty' },
    'a document that is cut off': { action: { type: 'truncate', bytes: 60 }, result: 'undecodable' },
    'a connection that ends within the document': {
      action: { type: 'truncate', bytes: 60, cut: true },
      result: 'network',
    },
    'a request that hangs': { action: { type: 'hang' }, result: 'timeout' },
    'an error with status 200': {
      action: { type: 'respond', status: 200, body: { error: 'Too many requests' } },
      result: 'undecodable',
    },
  };
  for (const [name, { action, result }] of Object.entries(troubles)) {
    it(`${name}: the mark stays, and the next event is acted on`, async () => {
      await using stage = await SpotStage.start({ cloud: 'azure' });
      const handler = await stage.startReady();
      const first = stage.imds.service.schedule();
      expect(await stage.acted()).toBe(true);
      const heal = stage.imds.server.fail({ path: EVENTS, action });
      await looks(handler, result, 2);
      expect(stage.node.isMarked).toBe(true);
      stage.imds.service.remove(first);
      stage.imds.service.schedule();
      await looks(handler, result, 3);
      expect(await stage.reports()).toHaveLength(1);
      heal();
      await stage.reported(2);
      expect(stage.node.isMarked).toBe(true);
    });
  }
});

describe.concurrent('a metadata service that is blind or slow', () => {
  it('makes the pod unready after ten seconds and ready again at the first answer, and never unhealthy', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const handler = await stage.startReady();
    stage.imds.server.refuse();
    const blind = await eventually({
      what: 'the handler is not ready',
      look: () => handler.get('/readyz'),
      until: ({ status }) => status === 503,
    });
    expect(blind.text).toMatch(/metadata service: scheduled-events: nothing known for 1[0-3] s \(network: /);
    expect((await handler.get('/healthz')).status).toBe(200);
    expect(await handler.metric('castai_spot_handler_last_poll_age_seconds')).toBeGreaterThan(10);
    await stage.imds.server.listen();
    await eventually({
      what: 'the handler is ready again',
      look: () => handler.get('/readyz'),
      until: ({ status }) => status === 200,
    });
  });

  it('is asked every two seconds, however long it wants to be left alone', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const handler = await stage.startReady();
    const headers = { 'retry-after': '600' };
    const heal = stage.imds.server.fail({ path: EVENTS, action: { type: 'respond', status: 429, headers } });
    const from = performance.now();
    await looks(handler, 'throttled', 3);
    const asked = stage.imds.server.requests.filter(({ status }) => status === 429).length;
    // Half a second and more besides the period lies between two looks; the first comes within a period.
    expect(asked).toBeLessThanOrEqual(Math.ceil((performance.now() - from) / 1250) + 1);
    heal();
    stage.imds.service.schedule();
    await stage.marked();
  });

  it('may take two minutes for the first answer of all; another request beside it need not', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    stage.imds.service.settings.firstCallMs = 120_000;
    stage.imds.service.schedule();
    const handler = stage.startHandler();
    await eventually({
      what: 'the handler says that it waits',
      look: () => handler.get('/readyz'),
      until: ({ status, text }) => status === 503 && text.includes('no answer yet'),
    });
    expect(await stage.acted()).toBe(true);
  });

  it('that does not serve the configured version is asked in the one that it does', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure', environment: { AZURE_API_VERSION: '2030-01-01' } });
    const handler = await stage.startReady();
    expect(handler.lines.join('\n')).toContain(
      'AZURE_API_VERSION=2030-01-01 is not served here: 2020-07-01 is used instead',
    );
    stage.imds.service.schedule();
    await stage.marked();
  });

  it('is asked at most once a second, over one connection', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const from = performance.now();
    const handler = await stage.startReady();
    await looks(handler, 'ok', 8);
    const asked = stage.imds.server.requests.filter(({ path }) => path === EVENTS);
    // No sum hides a pause that was too short, however long this process was kept from reading what was sent.
    expect(asked.length).toBeLessThanOrEqual(Math.ceil((performance.now() - from) / 1000) + 1);
    expect(new Set(asked.map(({ port }) => port)).size).toBe(1);
    expect(stage.imds.server.requests.filter(({ path }) => path !== EVENTS).length).toBe(1);
  });
});
