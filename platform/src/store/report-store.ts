/** What agents say besides the stream: log lines, telemetry, interruption events. The newest of each kind are kept. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** What a report is. */
export type ReportKind = 'log' | 'telemetry' | 'event' | 'initData';

/** One report. */
export interface ReportRow {
  readonly id: number;
  readonly cluster: string;
  readonly kind: ReportKind;
  readonly atMs: number;
  readonly body: unknown;
}

const KEPT_PER_KIND = 500;

/** Reads and writes reports. */
export class ReportStore {
  readonly #insert: StatementSync;
  readonly #prune: StatementSync;
  readonly #newest: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT INTO reports (cluster, kind, at_ms, body) VALUES (?, ?, ?, ?)');
    this.#prune = database.prepare(`
      DELETE FROM reports WHERE cluster = :cluster AND kind = :kind AND id <= (
        SELECT id FROM reports WHERE cluster = :cluster AND kind = :kind ORDER BY id DESC LIMIT 1 OFFSET ${KEPT_PER_KIND})`);
    this.#newest = database.prepare('SELECT * FROM reports WHERE cluster = ? AND kind = ? ORDER BY id DESC LIMIT ?');
  }

  /** Keeps one report, durable when this returns. */
  add(report: Omit<ReportRow, 'id'>): void {
    const { cluster, kind, atMs, body } = report;
    this.#insert.run(cluster, kind, atMs, JSON.stringify(body));
    this.#prune.run({ cluster, kind });
  }

  /** The newest reports of a kind, newest first. */
  newest(cluster: string, kind: ReportKind, limit: number): ReportRow[] {
    return this.#newest.all(cluster, kind, limit).map((row) => ({
      id: Number(row['id']),
      cluster,
      kind,
      atMs: Number(row['at_ms']),
      body: JSON.parse(String(row['body'])) as unknown,
    }));
  }
}
