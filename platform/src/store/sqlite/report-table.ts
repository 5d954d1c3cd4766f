/** Reports, the newest of each kind. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { keptReports, type ReportKind, type ReportRow } from '../report-row.ts';

/** Reads and writes reports. */
export class ReportTable {
  readonly #insert: StatementSync;
  readonly #prune: StatementSync;
  readonly #newest: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT INTO reports (cluster, kind, at_ms, body) VALUES (?, ?, ?, ?)');
    this.#prune = database.prepare(`
      DELETE FROM reports WHERE cluster = :cluster AND kind = :kind AND id <= (
        SELECT id FROM reports WHERE cluster = :cluster AND kind = :kind ORDER BY id DESC LIMIT 1 OFFSET :kept)`);
    this.#newest = database.prepare('SELECT * FROM reports WHERE cluster = ? AND kind = ? ORDER BY id DESC LIMIT ?');
  }

  /** Keeps one report. Callers hold the transaction. */
  add(report: Omit<ReportRow, 'id'>): void {
    const { cluster, kind, atMs, body } = report;
    this.#insert.run(cluster, kind, atMs, JSON.stringify(body));
    this.#prune.run({ cluster, kind, kept: keptReports(kind) });
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
