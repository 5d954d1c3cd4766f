import { type Counter, MetricsRegistry } from '@castai/shared/metrics/metrics.ts';
import type { Answer } from '../answer/answer.ts';
import { REJECTION_CODES } from '../ingest/plan-batch.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import { type Counters, REFUSAL_CODES } from './counters.ts';

/** Where the figures come from. */
export interface PlatformMetricsOptions {
  readonly store: Pick<PlatformStore, 'clusters' | 'feeds' | 'countObjects' | 'findings'>;
  readonly counters: Pick<Counters, 'refusals' | 'rejections' | 'duplicates' | 'ignored'>;
  readonly version: string;
}

const CLUSTER = { castai_cluster: [] } as const;
type OfCluster = [labels: { readonly castai_cluster: string }];

/**
 * The platform's metrics.
 *
 * The two documented counters bear the agent's names, so that both sides of a cluster can be compared. They come from durable rows:
 * there from registration on at 0, unchanged by a restart. So nothing here is counted up; what is known is shown before each scrape.
 */
export class PlatformMetrics {
  readonly registry: MetricsRegistry;

  constructor(options: PlatformMetricsOptions) {
    this.registry = new MetricsRegistry({
      program: 'castai-platform',
      version: options.version,
      otherNames: [
        'castai_autoscaler_agent_snapshots_received_total',
        'castai_autoscaler_agent_snapshots_processed_total',
        'castai_manifest_findings',
      ],
    });
    this.#showClusters(options);
    this.#showCounters(options);
    showFindings(this.registry, options.store);
  }

  /** What a scrape of the platform's own port gets. Throws what the store throws. */
  async answer(): Promise<Answer> {
    const { contentType, text } = await this.registry.expose();
    return { status: 200, headers: { 'content-type': contentType }, body: text };
  }

  #showClusters({ store }: PlatformMetricsOptions): void {
    const { registry } = this;
    const received = registry.counter({
      name: 'castai_autoscaler_agent_snapshots_received_total',
      help: 'Batches of a cluster that the platform holds durably.',
      labels: CLUSTER,
    });
    const processed = registry.counter({
      name: 'castai_autoscaler_agent_snapshots_processed_total',
      help: 'Batches of a cluster whose effect and resume points are committed.',
      labels: CLUSTER,
    });
    const entries = registry.counter({
      name: 'castai_platform_entries_total',
      help: 'Entries in the received batches of a cluster.',
      labels: CLUSTER,
    });
    const wireBytes = registry.counter({
      name: 'castai_platform_wire_bytes_total',
      help: 'Bytes of the received batches of a cluster as they came, compressed.',
      labels: CLUSTER,
    });
    const objects = registry.gauge({
      name: 'castai_platform_objects',
      help: 'Objects that the platform holds of a cluster.',
      labels: CLUSTER,
    });
    registry.beforeScrape(async () => {
      for (const row of await store.clusters()) {
        const labels = { castai_cluster: row.id };
        let held = 0;
        for (const { key } of await store.feeds(row.id)) held += await store.countObjects(key);
        showTotal<OfCluster>(received, [labels], row.receivedTotal);
        showTotal<OfCluster>(processed, [labels], row.processedTotal);
        showTotal<OfCluster>(entries, [labels], row.entriesTotal);
        showTotal<OfCluster>(wireBytes, [labels], row.wireBytesTotal);
        objects.set(labels, held);
      }
    });
  }

  #showCounters({ counters }: PlatformMetricsOptions): void {
    const { registry } = this;
    const duplicates = registry.counter({
      name: 'castai_platform_duplicate_batches_total',
      help: 'Batches that came again and changed nothing.',
    });
    const ignored = registry.counter({
      name: 'castai_platform_ignored_entries_total',
      help: 'Entries that were harmless and without effect.',
    });
    const rejections = registry.counter({
      name: 'castai_platform_rejections_total',
      help: 'Entries that were refused alone, by code.',
      labels: { code: REJECTION_CODES },
    });
    const refusals = registry.counter({
      name: 'castai_platform_refusals_total',
      help: 'Requests that were refused as a whole, by code.',
      labels: { code: REFUSAL_CODES },
    });
    registry.beforeScrape(() => {
      showTotal(duplicates, [], counters.duplicates);
      showTotal(ignored, [], counters.ignored);
      for (const code of REJECTION_CODES) showTotal(rejections, [{ code }], counters.rejections.get(code) ?? 0);
      for (const code of REFUSAL_CODES) showTotal(refusals, [{ code }], counters.refusals.get(code) ?? 0);
    });
  }
}

/** A rule that nothing breaks any more goes on with 0: a series that ends is taken for one that could not be read. */
function showFindings(registry: MetricsRegistry, store: PlatformMetricsOptions['store']): void {
  const gauge = registry.gauge({
    name: 'castai_manifest_findings',
    help: 'Objects of a cluster that break a rule of the manifest lint, by rule.',
    labels: { castai_cluster: [], rule: [] },
  });
  const shown = new Map<string, Set<string>>();
  registry.beforeScrape(async () => {
    for (const { id } of await store.clusters()) {
      const rules = shown.get(id) ?? new Set();
      shown.set(id, rules);
      const { counts } = await store.findings(id);
      const byRule = Map.groupBy(counts, ({ rule }) => rule);
      for (const rule of byRule.keys()) rules.add(rule);
      for (const rule of rules) {
        const objects = (byRule.get(rule) ?? []).reduce((sum, count) => sum + count.objects, 0);
        gauge.set({ castai_cluster: id, rule }, objects);
      }
    }
  });
}

/** A counter as it is kept elsewhere: it may also be lower than before, when a backup was restored. */
function showTotal<Labels extends readonly unknown[]>(counter: Counter<Labels>, labels: Labels, total: number): void {
  counter.remove(...labels);
  counter.inc(...labels, total);
}
