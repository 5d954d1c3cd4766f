/** The figures of notifications, from durable rows: there only where somebody is told. */
import type { MetricsRegistry } from '@castai/shared/metrics/metrics.ts';
import { DROP_REASONS } from '../store/notify-store.ts';
import type { Notifier } from './notifier.ts';

/** Adds them to a registry. */
export function notificationMetrics(
  registry: MetricsRegistry,
  notifier: Pick<Notifier, 'rows'>,
  now: () => number,
): void {
  // They come and go on the page; each has its series, with zeros, from the scrape on that follows.
  const endpoint: readonly string[] = [];
  const labels = { endpoint };
  const shown = new Set<string>();
  const attempts = registry.counter({
    name: 'castai_platform_notification_attempts_total',
    help: 'Attempts to hand a notification over to an endpoint, by result.',
    labels: { endpoint, result: ['delivered', 'failed'] },
  });
  const dropped = registry.counter({
    name: 'castai_platform_notifications_dropped_total',
    help: 'Notifications that were not sent to an endpoint, by reason.',
    labels: { endpoint, reason: DROP_REASONS },
  });
  const queued = registry.gauge({
    name: 'castai_platform_notifications_queued',
    help: 'Notifications that wait for an endpoint.',
    labels,
  });
  const oldest = registry.gauge({
    name: 'castai_platform_notification_oldest_seconds',
    help: 'How long the oldest notification has waited for an endpoint.',
    labels,
  });
  const ended = registry.gauge({
    name: 'castai_platform_notification_endpoint_ended',
    help: '1: the endpoint gets nothing any more, until somebody lets it go on.',
    labels,
  });
  registry.beforeScrape(async () => {
    const rows = await notifier.rows();
    const gone = shown.difference(new Set(rows.map(({ id }) => id)));
    for (const id of gone) {
      for (const result of ['delivered', 'failed'] as const) attempts.remove({ endpoint: id, result });
      for (const reason of DROP_REASONS) dropped.remove({ endpoint: id, reason });
      for (const gauge of [queued, oldest, ended]) gauge.remove({ endpoint: id });
      shown.delete(id);
    }
    for (const row of rows) {
      const of = { endpoint: row.id };
      shown.add(row.id);
      for (const [result, total] of [
        ['delivered', row.delivered],
        ['failed', row.failed],
      ] as const) {
        attempts.remove({ ...of, result });
        attempts.inc({ ...of, result }, total);
      }
      for (const reason of DROP_REASONS) {
        dropped.remove({ ...of, reason });
        dropped.inc({ ...of, reason }, row.dropped[reason]);
      }
      queued.set(of, row.queued);
      oldest.set(of, row.oldestQueuedAtMs === undefined ? 0 : Math.max(0, now() - row.oldestQueuedAtMs) / 1000);
      ended.set(of, row.ended === '' ? 0 : 1);
    }
  });
}
