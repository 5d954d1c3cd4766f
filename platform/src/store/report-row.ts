/** What agents say besides the stream: log lines, telemetry, interruption events, deliveries of init data. */

/** What a report is. */
export type ReportKind = 'log' | 'telemetry' | 'event' | 'initData';

/** One report. */
export interface ReportRow {
  readonly id: number;
  readonly cluster: string;
  readonly kind: ReportKind;
  /** Milliseconds since the epoch of Unix. */
  readonly atMs: number;
  readonly body: unknown;
}

/** How many reports of a kind are kept of a cluster; the oldest go. */
export const KEPT_REPORTS = 500;
