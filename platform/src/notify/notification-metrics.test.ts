import { MetricsRegistry } from '@castai/shared/metrics/metrics.ts';
import { expect, test } from 'vitest';
import type { EndpointRow } from '../store/notify-store.ts';
import { notificationMetrics } from './notification-metrics.ts';

const row = (id: string, more: Partial<EndpointRow> = {}): EndpointRow => ({
  id,
  ended: '',
  endedAtMs: undefined,
  delivered: 0,
  failed: 0,
  dropped: { full: 0, old: 0, exhausted: 0 },
  deliveredAtMs: undefined,
  queued: 0,
  oldestQueuedAtMs: undefined,
  ...more,
});

test('each endpoint has its figures, with zeros, and takes them with it when it goes', async () => {
  let rows = [
    row('ops', {
      ended: 'refused for ever with 410',
      delivered: 5,
      failed: 2,
      dropped: { full: 1, old: 3, exhausted: 4 },
      queued: 7,
      oldestQueuedAtMs: 10_000,
    }),
    row('chat'),
  ];
  const registry = new MetricsRegistry({ program: 'castai-platform', version: '1' });
  notificationMetrics(registry, { rows: async () => rows }, () => 72_500);
  /** The figures of an endpoint. */
  const of = async (endpoint: string): Promise<string[]> => {
    const { text } = await registry.expose();
    return text
      .split('\n')
      .filter((line) => line.includes(`endpoint="${endpoint}"`))
      .map((line) => line.replace('castai_platform_', '').replace(/endpoint="[a-z]+",?/, ''));
  };
  expect(await of('ops')).toEqual([
    'notification_attempts_total{result="delivered"} 5',
    'notification_attempts_total{result="failed"} 2',
    'notifications_dropped_total{reason="full"} 1',
    'notifications_dropped_total{reason="old"} 3',
    'notifications_dropped_total{reason="exhausted"} 4',
    'notifications_queued{} 7',
    'notification_oldest_seconds{} 62.5',
    'notification_endpoint_ended{} 1',
  ]);
  expect((await of('chat')).every((line) => line.endsWith(' 0'))).toBe(true);
  expect(await of('chat')).toHaveLength(8);
  rows = rows.slice(1);
  expect(await of('ops')).toEqual([]);
  expect(await of('chat')).toHaveLength(8);
});
