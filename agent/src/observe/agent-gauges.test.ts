import { describe, expect, it } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { parseMetrics } from '@castai/shared/testing/parse-metrics.ts';
import { type GaugedView, registerGauges } from './agent-gauges.ts';
import { AgentMetrics } from './agent-metrics.ts';

type Feed = GaugedView['supervisor']['status'][number];

function start() {
  const feeds = new Map<string, Feed>();
  const metrics = new AgentMetrics({ version: '1.2.3', clock: new ManualClock() });
  const outbox = { pendingBytes: 0, pendingCount: 0 };
  const leadership = { status: { role: 'standby' } };
  registerGauges(metrics, {
    outbox,
    leadership,
    supervisor: {
      get status() {
        return [...feeds.values()];
      },
    },
  });
  /** The series of one metric, by the values of their labels. */
  const scrape = async (wanted: string): Promise<Record<string, number>> => {
    const { text } = await metrics.registry.expose();
    const samples = parseMetrics(text).filter(({ name }) => name === wanted);
    const values = (labels: string): string => [...labels.matchAll(/"(.*?)"/gu)].map(([, value]) => value).join(' ');
    return Object.fromEntries(samples.map(({ labels, value }) => [values(labels), value]));
  };
  const set = (feed: string, phase: Feed['phase'], state: string): unknown => feeds.set(feed, { feed, phase, state });
  return { metrics, outbox, leadership, scrape, set };
}

describe('castai_agent_feed_synced', () => {
  const SYNCED = 'castai_agent_feed_synced';

  it('is 1 while the platform has a feed whole and a session keeps it so', async () => {
    const { metrics, scrape, set } = start();
    metrics.onFeedStarted('pods');
    set('pods', 'listing', '');
    expect(await scrape(SYNCED)).toEqual({ pods: 0 });
    set('pods', 'live', 'SYNCED');
    expect(await scrape(SYNCED)).toEqual({ pods: 1 });
    set('pods', 'live', 'DEGRADED: KUBE_UNREACHABLE');
    expect(await scrape(SYNCED)).toEqual({ pods: 0 });
    set('pods', 'live', 'SYNCED');
    expect(await scrape(SYNCED)).toEqual({ pods: 1 });
    // The session is over: no watcher, so the platform's picture grows old.
    set('pods', 'served', 'SERVED');
    expect(await scrape(SYNCED)).toEqual({ pods: 0 });
  });

  it('ends with the resource, and begins anew when it comes back', async () => {
    const { metrics, scrape, set } = start();
    metrics.onFeedStarted('widgets');
    set('widgets', 'live', 'SYNCED');
    expect(await scrape(SYNCED)).toEqual({ widgets: 1 });
    set('widgets', 'absent', 'ABSENT');
    expect(await scrape(SYNCED)).toEqual({});
    metrics.onFeedStarted('widgets');
    set('widgets', 'listing', '');
    expect(await scrape(SYNCED)).toEqual({ widgets: 0 });
  });

  it('says nothing about a feed that could never be read: those are counted', async () => {
    const { scrape, set } = start();
    const FORBIDDEN = 'castai_agent_feeds_forbidden';
    expect(await scrape(FORBIDDEN)).toEqual({ '': 0 });
    set('secrets', 'forbidden', 'FORBIDDEN');
    set('widgets', 'absent', 'ABSENT');
    expect(await scrape(SYNCED)).toEqual({});
    expect(await scrape(FORBIDDEN)).toEqual({ '': 1 });
    set('secrets', 'listing', '');
    expect(await scrape(FORBIDDEN)).toEqual({ '': 0 });
  });

  it('goes to 0 for one whose permission was taken away', async () => {
    const { metrics, scrape, set } = start();
    metrics.onFeedStarted('pods');
    set('pods', 'forbidden', 'FORBIDDEN: the API server refuses to list or watch it');
    expect(await scrape(SYNCED)).toEqual({ pods: 0 });
  });
});

describe('the gauges of the moment', () => {
  it('are what is true when somebody scrapes, not when they were registered', async () => {
    const { metrics, outbox, leadership, scrape } = start();
    expect(await scrape('castai_agent_pending_bytes')).toEqual({ '': 0 });
    expect(await scrape('castai_agent_leader')).toEqual({ '': 0 });
    expect(await scrape('castai_agent_registered')).toEqual({ '': 0 });
    outbox.pendingBytes = 4_096;
    outbox.pendingCount = 3;
    leadership.status = { role: 'leader' };
    metrics.onRegistered('c-1');
    expect(await scrape('castai_agent_pending_bytes')).toEqual({ '': 4_096 });
    expect(await scrape('castai_agent_pending_changes')).toEqual({ '': 3 });
    expect(await scrape('castai_agent_leader')).toEqual({ '': 1 });
    expect(await scrape('castai_agent_registered')).toEqual({ '': 1 });
  });

  it('have limits of memory that a machine can have', async () => {
    const { scrape } = start();
    const [heap, memory] = [
      await scrape('castai_agent_heap_limit_bytes'),
      await scrape('castai_agent_memory_limit_bytes'),
    ];
    expect(heap['']).toBeGreaterThan(1_000_000);
    expect(memory['']).toBeGreaterThan(1_000_000);
    expect(memory['']).toBeLessThan(2 ** 50);
  });
});
