import type { Answer } from '../answer/answer.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import type { Counters } from './counters.ts';
import { type ClusterFigures, metricsText } from './metrics-text.ts';
import { METRICS_CONTENT_TYPE } from './prometheus-text.ts';

/** What a scrape gets. */
export async function metricsAnswer(store: PlatformStore, counters: Counters): Promise<Answer> {
  const clusters: ClusterFigures[] = [];
  for (const row of await store.clusters()) {
    let objects = 0;
    for (const { key } of await store.feeds(row.id)) objects += await store.countObjects(key);
    clusters.push({ ...row, objects });
  }
  const body = metricsText({ clusters, counters });
  return { status: 200, headers: { 'content-type': METRICS_CONTENT_TYPE }, body };
}
