/**
 * The platform's own `/metrics`. Pure.
 *
 * The two documented counters bear the agent's names, so that both sides of a cluster can be compared. They come from durable
 * rows: present from registration at 0, unchanged by a restart of the platform.
 */
import type { Counters } from './counters.ts';
import { type Family, prometheusText, type Sample, samplesBy } from './prometheus-text.ts';

/** The figures of one cluster. */
export interface ClusterFigures {
  readonly id: string;
  readonly receivedTotal: number;
  readonly processedTotal: number;
  readonly entriesTotal: number;
  readonly wireBytesTotal: number;
  readonly objects: number;
}

/** Everything that is exported. */
export interface MetricsInput {
  readonly clusters: readonly ClusterFigures[];
  readonly counters: Pick<Counters, 'refusals' | 'rejections' | 'duplicates' | 'ignored'>;
}

/** Renders a scrape. */
export function metricsText({ clusters, counters }: MetricsInput): string {
  const perCluster = (figure: (cluster: ClusterFigures) => number): Sample[] =>
    clusters.map((cluster) => ({ labels: { castai_cluster: cluster.id }, value: figure(cluster) }));
  const families: readonly Family[] = [
    {
      name: 'castai_autoscaler_agent_snapshots_received_total',
      help: 'Batches of a cluster that the platform holds durably.',
      samples: perCluster(({ receivedTotal }) => receivedTotal),
    },
    {
      name: 'castai_autoscaler_agent_snapshots_processed_total',
      help: 'Batches of a cluster whose effect and resume points are committed.',
      samples: perCluster(({ processedTotal }) => processedTotal),
    },
    {
      name: 'castai_platform_entries_total',
      help: 'Entries in the received batches of a cluster.',
      samples: perCluster(({ entriesTotal }) => entriesTotal),
    },
    {
      name: 'castai_platform_wire_bytes_total',
      help: 'Bytes of the received batches of a cluster as they came, compressed.',
      samples: perCluster(({ wireBytesTotal }) => wireBytesTotal),
    },
    {
      name: 'castai_platform_objects',
      type: 'gauge',
      help: 'Objects that the platform holds of a cluster.',
      samples: perCluster(({ objects }) => objects),
    },
    {
      name: 'castai_platform_duplicate_batches_total',
      help: 'Batches that came again and changed nothing.',
      samples: [{ labels: {}, value: counters.duplicates }],
    },
    {
      name: 'castai_platform_ignored_entries_total',
      help: 'Entries that were harmless and without effect.',
      samples: [{ labels: {}, value: counters.ignored }],
    },
    {
      name: 'castai_platform_rejections_total',
      help: 'Entries that were refused alone, by code.',
      samples: samplesBy('code', counters.rejections),
    },
    {
      name: 'castai_platform_refusals_total',
      help: 'Requests that were refused as a whole, by code.',
      samples: samplesBy('code', counters.refusals),
    },
  ];
  return prometheusText(families);
}
