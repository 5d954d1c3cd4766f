import type { Answer } from '../answer/answer.ts';
import type { Store } from '../store/store.ts';
import type { Counters } from './counters.ts';
import { metricsText } from './metrics-text.ts';
import { METRICS_CONTENT_TYPE } from './prometheus-text.ts';

/** What a scrape gets. */
export function metricsAnswer(store: Store, counters: Counters): Answer {
  const clusters = store.clusters.all().map((row) => ({
    ...row,
    objects: store.feeds.ofCluster(row.id).reduce((sum, { key }) => sum + store.objects.count(key), 0),
  }));
  const body = metricsText({ clusters, counters });
  return { status: 200, headers: { 'content-type': METRICS_CONTENT_TYPE }, body };
}
