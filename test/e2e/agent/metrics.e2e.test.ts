/** What the agent counts, as a scraper sees it: there from the start, right at rest, and rising with every kind of trouble. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FaultAction } from '../../platform-rig/faults/fault-rules.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type MetricSample, parseMetrics } from '@castai/shared/testing/parse-metrics.ts';
import { checkMetrics } from '@castai/shared/testing/check-metrics.ts';
import { type FakeStage, startFakeStage } from '../../stages/agent/fake-stage.ts';
import type { StagedAgent } from '../../stages/agent/staged-agent.ts';

const RECEIVED = 'castai_autoscaler_agent_snapshots_received_total';
const PROCESSED = 'castai_autoscaler_agent_snapshots_processed_total';
/** So long that nothing is sent at rest. */
const NO_HEARTBEAT_MS = 600_000;

/** Every series of one metric, by its labels. */
function seriesOf(samples: readonly MetricSample[], name: string): Record<string, number> {
  return Object.fromEntries(samples.filter((one) => one.name === name).map(({ labels, value }) => [labels, value]));
}

/** The two documented counters of one cluster. */
function documented(samples: readonly MetricSample[], clusterId: string) {
  const labels = `castai_cluster="${clusterId}"`;
  return { received: seriesOf(samples, RECEIVED)[labels], processed: seriesOf(samples, PROCESSED)[labels] };
}

/** The labels of one metric that begin with these, without them. */
const valuesOf = (samples: readonly MetricSample[], name: string, labels: string): string[] =>
  Object.keys(seriesOf(samples, name))
    .filter((one) => one.startsWith(labels))
    .map((one) => one.slice(labels.length).replaceAll('"', ''))
    .toSorted();

describe('the documented counters', () => {
  test('are there with 0 before the agent knows its cluster, and under its id before the first batch', async () => {
    await using stage = await startFakeStage();
    await stage.platform.network.set({ type: 'refuse' });
    const fault = await stage.platform.control.addFault({ on: 'open', action: { type: 'status', status: 503 } });
    const agent = await stage.startAgent({ haste: 20 });
    const before = await agent.metrics();
    expect(seriesOf(before, RECEIVED)).toEqual({ 'castai_cluster=""': 0 });
    expect(seriesOf(before, PROCESSED)).toEqual({ 'castai_cluster=""': 0 });
    expect(await agent.metric('castai_agent_registered')).toBe(0);
    expect(checkMetrics((await agent.page('/metrics')).text)).toBe('');

    await eventually({
      what: 'a registration that nobody answers is counted',
      look: () => agent.metric('castai_agent_platform_refusals_total', { call: 'register', result: 'no_answer' }),
      until: (count) => count > 0,
    });

    await stage.platform.network.set({ type: 'pass' });
    await eventually({
      what: 'the agent is registered',
      look: () => agent.metric('castai_agent_registered'),
      until: (registered) => registered === 1,
    });
    expect(documented(await agent.metrics(), await stage.clusterId())).toEqual({ received: 0, processed: 0 });
    expect(await agent.metric('castai_agent_last_batch_success_timestamp_seconds')).toBe(0);

    await stage.platform.control.clearFaults(fault.id);
    await agent.untilReady();
    expect(Object.keys(seriesOf(await agent.metrics(), RECEIVED))).toEqual([
      `castai_cluster="${await stage.clusterId()}"`,
    ]);
    expect(seriesOf(await agent.metrics(), 'castai_agent_platform_refusals_total')).toMatchObject({
      'call="open",result="unavailable"': expect.toSatisfy((count: number) => count > 0) as number,
    });
    const after = documented(await agent.metrics(), await stage.clusterId());
    expect(after.received).toBeGreaterThan(0);
    expect(after.processed).toBeGreaterThan(0);
  });
});

describe('after a run', () => {
  let stage: FakeStage;
  let agent: StagedAgent;
  let text: string;
  let samples: MetricSample[];
  let platformText: string;

  beforeAll(async () => {
    stage = await startFakeStage();
    agent = await stage.startReadyAgent();
    stage.cluster.fake.churn.change(50);
    await stage.platform.control.setLimits({ heartbeatMs: NO_HEARTBEAT_MS });
    const id = await stage.clusterId();
    // At rest: what the platform says stands between two equal scrapes of the agent.
    const look = async () => ({
      before: parseMetrics((await agent.page('/metrics')).text),
      platform: await stage.platform.control.metrics(),
      after: (await agent.page('/metrics')).text,
    });
    ({ platform: platformText, after: text } = await eventually({
      what: 'nobody counts any more, and both have counted the same',
      look,
      until: ({ before, platform, after }) => {
        const [first, second, theirs] = [before, parseMetrics(after), parseMetrics(platform)].map((one) =>
          JSON.stringify(documented(one, id)),
        );
        const pending = seriesOf(before, 'castai_agent_pending_changes')[''];
        return pending === 0 && first === second && first === theirs;
      },
    }));
    samples = parseMetrics(text);
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  test('promtool has nothing to say about the scrape', () => {
    expect(checkMetrics(text)).toBe('');
  });

  test("at rest the agent's counters are exactly the platform's own", async () => {
    const id = await stage.clusterId();
    const { received, processed } = documented(samples, id);
    expect(documented(parseMetrics(platformText), id)).toEqual({ received, processed });
    const row = await stage.platform.control.cluster(id);
    expect({ received, processed }).toEqual({ received: row?.receivedTotal, processed: row?.processedTotal });
    expect(processed).toBe(received);
    expect(received).toBeGreaterThan(1);
    // Nothing was refused, so every attempt was one of these batches.
    expect(seriesOf(samples, 'castai_agent_batches_total')['result="ok"']).toBe(received);
    expect(seriesOf(samples, 'castai_agent_batch_entries_count')['']).toBe(received);
  });

  test('every metric that dashboards and alerts are made of is there', () => {
    const present = new Set(
      [...text.matchAll(/^# TYPE (castai_\S+) (\S+)$/gmu)].map(([, name, type]) => `${name} ${type}`),
    );
    expect([...present].toSorted()).toEqual([
      'castai_agent_batch_bytes histogram',
      'castai_agent_batch_duration_seconds histogram',
      'castai_agent_batch_entries histogram',
      'castai_agent_batches_total counter',
      'castai_agent_build_info gauge',
      'castai_agent_dropped_entries_total counter',
      'castai_agent_feed_synced gauge',
      'castai_agent_feeds_forbidden gauge',
      'castai_agent_heap_limit_bytes gauge',
      'castai_agent_kube_request_duration_seconds histogram',
      'castai_agent_last_batch_success_timestamp_seconds gauge',
      'castai_agent_leader gauge',
      'castai_agent_lint_errors_total counter',
      'castai_agent_lost_log_lines_total counter',
      'castai_agent_memory_limit_bytes gauge',
      'castai_agent_offers_total counter',
      'castai_agent_pending_bytes gauge',
      'castai_agent_pending_changes gauge',
      'castai_agent_platform_refusals_total counter',
      'castai_agent_registered gauge',
      'castai_agent_rejected_entries_total counter',
      'castai_agent_unknown_fields_total counter',
      'castai_agent_unreadable_objects_total counter',
      'castai_agent_watch_events_total counter',
      'castai_agent_watch_restarts_total counter',
      `${PROCESSED} counter`,
      `${RECEIVED} counter`,
    ]);
  });

  test('every series that may ever rise is there with its 0', () => {
    const zeroes = (name: string): string[] =>
      Object.entries(seriesOf(samples, name))
        .filter(([, value]) => value === 0)
        .map(([labels]) => labels)
        .toSorted();
    expect(zeroes('castai_agent_batches_total')).toEqual([
      'result="fenced"',
      'result="interference"',
      'result="lost_session"',
      'result="no_answer"',
      'result="rejected"',
      'result="too_large"',
      'result="unauthorized"',
      'result="unavailable"',
      'result="unsupported_encoding"',
    ]);
    expect(zeroes('castai_agent_dropped_entries_total')).toEqual([
      'reason="DEMOTED"',
      'reason="REJECTED"',
      'reason="TOO_LARGE"',
    ]);
    expect(zeroes('castai_agent_unreadable_objects_total')).toEqual([
      'reason="KEEP_FAILED"',
      'reason="NOT_AN_OBJECT"',
      'reason="NOT_JSON"',
      'reason="NOT_PROTOBUF"',
      'reason="NO_VERSION"',
      'reason="TOO_LARGE"',
    ]);
    expect(zeroes('castai_agent_offers_total')).toEqual(['answer="held"', 'answer="wanted"']);
    expect(zeroes('castai_agent_rejected_entries_total')).toEqual([
      'code="INVALID_BODY"',
      'code="OTHER"',
      'code="TOO_LARGE"',
    ]);
    expect(valuesOf(samples, 'castai_agent_watch_events_total', 'feed="pods",event=')).toEqual([
      'ADDED',
      'BOOKMARK',
      'DELETED',
      'MODIFIED',
    ]);
    expect(valuesOf(samples, 'castai_agent_watch_restarts_total', 'feed="pods",reason=')).toEqual([
      'broken',
      'demoted',
      'ended',
      'expired',
      'forbidden',
      'not_found',
      'refused',
      'resync',
      'rewound',
      'throttled',
      'unauthorized',
      'unreachable',
      'watchdog',
    ]);
  });

  test('gauges say how things are', async () => {
    expect(seriesOf(samples, 'castai_agent_leader')).toEqual({ '': 1 });
    expect(seriesOf(samples, 'castai_agent_registered')).toEqual({ '': 1 });
    expect(seriesOf(samples, 'castai_agent_pending_bytes')).toEqual({ '': 0 });
    expect(seriesOf(samples, 'castai_agent_feed_synced')).toMatchObject({ 'feed="pods"': 1, 'feed="nodes"': 1 });
    expect(Object.keys(seriesOf(samples, 'castai_agent_build_info'))).toEqual([
      expect.stringMatching(/^version="\d+\.\d+\.\d+",node_version="v\d+\.\d+\.\d+"$/u),
    ]);
    const lastSuccess = seriesOf(samples, 'castai_agent_last_batch_success_timestamp_seconds')[''];
    expect(lastSuccess).toBeGreaterThan((await agent.metric('process_start_time_seconds')) - 1);
    expect(lastSuccess).toBeLessThanOrEqual(Date.now() / 1000 + 1);
  });
});

interface Outage {
  readonly what: string;
  /** What happens to the batches; the network is gone unless told. */
  readonly action?: FaultAction;
  readonly result: string;
  /** What `/statusz` says. */
  readonly line: string;
}

const OUTAGES: readonly Outage[] = [
  {
    what: 'answers 503',
    action: { type: 'status', status: 503, code: 'UNAVAILABLE' },
    result: 'unavailable',
    line: 'HTTP 503',
  },
  { what: 'refuses connections', result: 'no_answer', line: 'ECONNREFUSED' },
  {
    what: 'refuses the key',
    action: { type: 'status', status: 401, code: 'UNAUTHORIZED' },
    result: 'unauthorized',
    line: 'HTTP 401',
  },
  { what: 'redirects', action: { type: 'redirect' }, result: 'interference', line: 'HTTP 307' },
];

describe('one agent through one outage after the other', () => {
  let stage: FakeStage;
  let agent: StagedAgent;

  beforeAll(async () => {
    stage = await startFakeStage();
    // A refused key and a redirect are tried again after half a minute, which is too long for a test.
    agent = await stage.startReadyAgent({ haste: 20 });
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  const batches = async (): Promise<Record<string, number>> =>
    seriesOf(await agent.metrics(), 'castai_agent_batches_total');

  test.for(OUTAGES.map((outage) => [outage.what, outage] as const))(
    'a platform that %s has a counter that rises and a line in /statusz',
    async ([, { action, result, line }]) => {
      const { control, network } = stage.platform;
      const label = `result="${result}"`;
      const before = await batches();
      expect(before[label]).toBe(0);
      expect((await agent.problems()).filter((what) => what.includes(line))).toEqual([]);

      if (action === undefined) await network.set({ type: 'refuse' });
      else await control.addFault({ on: 'batch', action });
      await agent.untilNotReady(line);
      const during = await eventually({
        what: `the attempts that end with ${result} are counted`,
        look: batches,
        until: (seen) => (seen[label] ?? 0) > 0,
      });
      expect((await agent.section('Delivery'))['last refusal']).toContain(line);
      expect(
        (await agent.problems()).filter((what) => what.startsWith('platform: ') && what.includes(line)),
      ).toHaveLength(1);

      await network.set({ type: 'pass' });
      await control.clearFaults();
      await agent.untilReady();
      // Ready is said at the first answer; the batch that was refused may still be on its way.
      const after = await eventually({
        what: 'a batch is taken again',
        look: batches,
        until: (seen) => (seen['result="ok"'] ?? 0) > (during['result="ok"'] ?? 0),
      });
      // Nothing else has risen.
      const others = ({ [label]: _risen, 'result="ok"': _ok, ...rest }: Record<string, number>) => rest;
      expect(others(after)).toEqual(others(before));
      expect(checkMetrics((await agent.page('/metrics')).text)).toBe('');
    },
  );
});
