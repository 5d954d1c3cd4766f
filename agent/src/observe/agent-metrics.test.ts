import { describe, expect, it } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { parseMetrics } from '@castai/shared/testing/parse-metrics.ts';
import { AgentMetrics } from './agent-metrics.ts';

function start() {
  const metrics = new AgentMetrics({ version: '1.2.3', clock: new ManualClock() });
  /** The series of one metric, by the values of their labels. */
  const scrape = async (wanted: string): Promise<Record<string, number>> => {
    const { text } = await metrics.registry.expose();
    const samples = parseMetrics(text).filter(({ name }) => name === wanted);
    const values = (labels: string): string => [...labels.matchAll(/"(.*?)"/gu)].map(([, value]) => value).join(' ');
    return Object.fromEntries(samples.map(({ labels, value }) => [values(labels), value]));
  };
  return { metrics, scrape };
}

describe('the documented counters', () => {
  it('stand under no cluster before the registration, and under its id alone after it', async () => {
    const { metrics, scrape } = start();
    for (const what of ['received', 'processed']) {
      expect(await scrape(`castai_autoscaler_agent_snapshots_${what}_total`)).toEqual({ '': 0 });
    }
    metrics.onRegistered('c-1');
    metrics.onConfirmed(1, 0, 0);
    // Registered again, as after the platform forgot the cluster: the same cluster goes on counting.
    metrics.onRegistered('c-1');
    metrics.onConfirmed(1, 2, 0);
    for (const what of ['received', 'processed']) {
      expect(await scrape(`castai_autoscaler_agent_snapshots_${what}_total`)).toEqual({ 'c-1': 2 });
    }
  });
});

describe('castai_agent_platform_refusals_total', () => {
  it('counts every call that the platform did not take, from 0', async () => {
    const { metrics, scrape } = start();
    const before = await scrape('castai_agent_platform_refusals_total');
    expect(before).toMatchObject({ 'register unauthorized': 0, 'open unauthorized': 0, 'batch unauthorized': 0 });
    metrics.onRefused('register', 'UNAUTHORIZED');
    metrics.onRefused('open', 'UNAUTHORIZED');
    metrics.onAttempt({ verdict: 'UNAUTHORIZED', durationMs: 10, bytes: 100, entries: 1 });
    metrics.onAttempt({ verdict: 'OK', durationMs: 10, bytes: 100, entries: 1 });
    const counted = Object.entries(await scrape('castai_agent_platform_refusals_total')).filter(
      ([, value]) => value > 0,
    );
    expect(Object.fromEntries(counted)).toEqual({
      'register unauthorized': 1,
      'open unauthorized': 1,
      'batch unauthorized': 1,
    });
    expect(await scrape('castai_agent_batches_total')).toMatchObject({ ok: 1, unauthorized: 1 });
  });
});
