import { expect, test } from 'vitest';
import { begin, end, upsert } from '@castai/test/platform-rig/hand-agent.ts';
import { usePlatform } from '@castai/test/platform-rig/use-platform.ts';
import { Counters } from './counters.ts';
import { metricsText } from './metrics-text.ts';

const platform = usePlatform();

test('both documented counters are there at 0 from registration on', async () => {
  const agent = await platform.newAgent();
  const text = await platform.control.metrics();
  const label = `{castai_cluster="${agent.cluster}"}`;
  expect(text).toContain(`castai_autoscaler_agent_snapshots_received_total${label} 0\n`);
  expect(text).toContain(`castai_autoscaler_agent_snapshots_processed_total${label} 0\n`);
});

test('the documented address of the figures asks for the key, and gives the same', async () => {
  const agent = await platform.newAgent();
  await platform.control.setApiKeys(['right']);
  const scrape = async (authorization?: string): Promise<{ status: number; text: string }> => {
    const headers = authorization === undefined ? {} : { authorization };
    const response = await fetch(new URL('/v1/metrics/prom', platform.url), { headers });
    return { status: response.status, text: await response.text() };
  };
  expect(await scrape()).toMatchObject({ status: 401 });
  expect(await scrape('Token wrong')).toMatchObject({ status: 401 });
  expect(await scrape('Bearer right')).toMatchObject({ status: 401 });
  const { status, text } = await scrape('Token right');
  await platform.control.setApiKeys([]);
  expect(status).toBe(200);
  expect(text).toContain(`snapshots_received_total{castai_cluster="${agent.cluster}"} 0\n`);
});

test('received and processed rise once per batch, and apart while processing is paused', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1)]);
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1)]);
  await platform.control.pauseProcessing(true);
  await agent.mustSend(1, 2, []);
  const text = await platform.control.metrics();
  await platform.control.pauseProcessing(false);
  const label = `{castai_cluster="${agent.cluster}"}`;
  expect(text).toContain(`snapshots_received_total${label} 2\n`);
  expect(text).toContain(`snapshots_processed_total${label} 1\n`);
  expect(text).toContain(`castai_platform_entries_total${label} 3\n`);
  expect(text).toContain(`castai_platform_objects${label} 1\n`);
  expect(text).toContain('castai_platform_duplicate_batches_total 1\n');
});

test('refusals and rejections are counted by code', async () => {
  const agent = await platform.newAgent();
  await agent.send({ epoch: 4, seq: 1 });
  await agent.mustOpen();
  await agent.mustSend(1, 1, [upsert('a', { uid: '' })]);
  const text = await platform.control.metrics();
  expect(text).toContain('castai_platform_refusals_total{code="UNKNOWN_EPOCH"} 1\n');
  expect(text).toContain('castai_platform_rejections_total{code="NO_UID"} 1\n');
});

test('every known label is there from the start, and label values are escaped', () => {
  const text = metricsText({
    clusters: [{ id: 'a"\\\nb', receivedTotal: 1, processedTotal: 0, entriesTotal: 0, wireBytesTotal: 0, objects: 0 }],
    counters: new Counters(),
  });
  expect(text).toContain('snapshots_received_total{castai_cluster="a\\"\\\\\\nb"} 1\n');
  expect(text).toContain('castai_platform_refusals_total{code="FENCED"} 0\n');
  expect(text).toContain('castai_platform_rejections_total{code="INVALID_BODY"} 0\n');
});

test('every family has help and type, once, and counters end in _total', () => {
  const text = metricsText({ clusters: [], counters: new Counters() });
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']);
  expect(types.every(([name, type]) => name?.endsWith('_total') === (type === 'counter'))).toBe(true);
  expect(new Set(types.map(([name]) => name)).size).toBe(types.length);
  expect([...text.matchAll(/^# HELP \S+ .+\.$/gm)]).toHaveLength(types.length);
});
