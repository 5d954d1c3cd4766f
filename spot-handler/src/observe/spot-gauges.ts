import type { MetricsRegistry } from '@castai/shared/metrics/metrics.ts';

/** What `/metrics` computes when somebody scrapes; part of the view that `/statusz` has. */
export interface GaugedView {
  /** In milliseconds; undefined while nothing is polled. */
  readonly metadataWatch: { readonly ageMs: number | undefined };
  readonly reporter: { readonly pendingCount: number };
  readonly marker: { readonly isPending: boolean; readonly isMarked: boolean };
  readonly interruptions: { readonly clockErrorMs: number };
}

/** Registers the gauges of everything that is: last, when all of it is made. */
export function registerGauges(registry: MetricsRegistry, view: GaugedView): void {
  const age = registry.gauge({
    name: 'castai_spot_handler_last_poll_age_seconds',
    help: 'Age of the last good look at the part of the metadata service that is worst off, in seconds.',
  });
  const pendingReports = registry.gauge({
    name: 'castai_spot_handler_pending_reports',
    help: 'Notices that the platform has not taken yet.',
  });
  const markPending = registry.gauge({
    name: 'castai_spot_handler_node_change_pending',
    help: 'Whether the node still has to be changed (1) or is as wanted (0).',
  });
  const marked = registry.gauge({
    name: 'castai_spot_handler_node_marked',
    help: 'Whether the node carries our mark (1) or not (0).',
  });
  const clockError = registry.gauge({
    name: 'castai_spot_handler_clock_error_seconds',
    help: "By how much the provider's clock is ahead of this machine's, in seconds; 0 while it does not matter.",
  });
  registry.beforeScrape(() => {
    const { metadataWatch, reporter, marker, interruptions } = view;
    if (metadataWatch.ageMs !== undefined) age.set(metadataWatch.ageMs / 1000);
    pendingReports.set(reporter.pendingCount);
    markPending.set(Number(marker.isPending));
    marked.set(Number(marker.isMarked));
    clockError.set(Math.round(interruptions.clockErrorMs / 1000));
  });
}
