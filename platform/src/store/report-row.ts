/** What agents say besides the stream: log lines, telemetry, interruption events, deliveries of init data, an evictor's report. */

/** What a report is. */
export type ReportKind = 'log' | 'telemetry' | 'event' | 'initData' | 'evictor';

/** One report. */
export interface ReportRow {
  readonly id: number;
  readonly cluster: string;
  readonly kind: ReportKind;
  /** Milliseconds since the epoch of Unix. */
  readonly atMs: number;
  readonly body: unknown;
}

/** How many reports of a kind are kept of a cluster, unless it is an evictor's; the oldest go. */
export const KEPT_REPORTS = 500;

/** How many reports of a kind are kept of a cluster. What an evictor tells is whole each time, and up to megabytes. */
export function keptReports(kind: ReportKind): number {
  return kind === 'evictor' ? 1 : KEPT_REPORTS;
}
