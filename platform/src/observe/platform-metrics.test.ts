import { expect, test } from 'vitest';
import { begin, end, upsert } from '@castai/test/platform-rig/hand-agent.ts';
import { usePlatform } from '@castai/test/platform-rig/use-platform.ts';
import { Counters } from './counters.ts';
import type { FindingCounts } from '../store/finding-count.ts';
import type { ClusterRow } from '../store/cluster-row.ts';
import { PlatformMetrics } from './platform-metrics.ts';

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

test('findings of the manifest lint are counted by rule, and a rule that nothing breaks any more goes on with 0', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  const series = async (): Promise<string[]> => {
    const lines = (await platform.control.metrics()).split('\n');
    return lines.filter((line) => line.startsWith(`castai_manifest_findings{castai_cluster="${agent.cluster}"`));
  };
  expect(await series()).toEqual([]);
  const broken = upsert('a', { findings: ['host-pid', 'latest-tag'] });
  await agent.mustSend(1, 1, [begin(), broken, upsert('b', { findings: ['latest-tag'], namespace: 'shop' }), end(2)]);
  const of = (rule: string, objects: number): string =>
    `castai_manifest_findings{castai_cluster="${agent.cluster}",rule="${rule}"} ${objects}`;
  expect(await series()).toEqual([of('host-pid', 1), of('latest-tag', 2)]);
  await agent.mustSend(1, 2, [upsert('a', { findings: [] })]);
  expect(await series()).toEqual([of('host-pid', 0), of('latest-tag', 1)]);
});

test('every known label is there from the start, and label values are escaped', async () => {
  const row = { id: 'a"\\\nb', receivedTotal: 1, processedTotal: 0, entriesTotal: 0, wireBytesTotal: 0 };
  const text = await textOf([row]);
  expect(text).toContain('snapshots_received_total{castai_cluster="a\\"\\\\\\nb"} 1\n');
  expect(text).toContain('castai_platform_refusals_total{code="FENCED"} 0\n');
  expect(text).toContain('castai_platform_rejections_total{code="INVALID_BODY"} 0\n');
});

test('a counter that fell at the platform, as after a restored backup, falls in the figures', async () => {
  const rows = [{ id: 'c', receivedTotal: 5, processedTotal: 5, entriesTotal: 0, wireBytesTotal: 0 }];
  const metrics = metricsOf(rows);
  expect((await metrics.answer()).body).toContain('snapshots_received_total{castai_cluster="c"} 5\n');
  rows[0] = { id: 'c', receivedTotal: 3, processedTotal: 3, entriesTotal: 0, wireBytesTotal: 0 };
  expect((await metrics.answer()).body).toContain('snapshots_received_total{castai_cluster="c"} 3\n');
});

type Figures = Pick<ClusterRow, 'id' | 'receivedTotal' | 'processedTotal' | 'entriesTotal' | 'wireBytesTotal'>;

function metricsOf(rows: readonly Figures[]): PlatformMetrics {
  const clusters = async (): Promise<ClusterRow[]> => rows as ClusterRow[];
  const findings = async (): Promise<FindingCounts> => ({ judged: 0, broken: 0, counts: [] });
  const store = { clusters, feeds: async () => [], countObjects: async () => 0, findings };
  return new PlatformMetrics({ store, counters: new Counters(), version: '1' });
}

async function textOf(rows: readonly Figures[]): Promise<string> {
  return String((await metricsOf(rows).answer()).body);
}
