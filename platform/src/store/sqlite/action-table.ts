/** Actions in SQLite. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import {
  type ActionAck,
  type ActionRow,
  type ActionStore,
  KEPT_ACTIONS,
  MOST_WAITING,
  type WantedAction,
} from '../action-store.ts';
import { optionalNumber } from './cluster-table.ts';
import { transaction } from './database.ts';

/** Each call is one transaction. */
export class ActionTable implements ActionStore {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = prepare(database);
  }

  async want(action: WantedAction): Promise<boolean> {
    const { id, cluster, node, name, document, createdAtMs, expiresAtMs } = action;
    const { waiting, same, add, forget } = this.#statements;
    return transaction(this.#database, () => {
      const of = { cluster, nowMs: createdAtMs };
      if (Number(waiting.get(of)?.['waiting']) >= MOST_WAITING) return false;
      if (same.get({ ...of, node, name }) !== undefined) return false;
      add.run({ id, cluster, node, name, document: JSON.stringify(document), createdAtMs, expiresAtMs });
      forget.run(of);
      return true;
    });
  }

  async handOut(cluster: string, nowMs: number): Promise<ActionRow[]> {
    return transaction(this.#database, () => {
      this.#statements.count.run({ cluster, nowMs });
      return this.#statements.due.all({ cluster, nowMs }).map(toRow);
    });
  }

  async acknowledge({ cluster, id, error, atMs }: ActionAck): Promise<boolean> {
    return transaction(this.#database, () => {
      this.#statements.acknowledge.run({ cluster, id, error: error ?? '', atMs });
      return this.#statements.known.get({ cluster, id }) !== undefined;
    });
  }

  async ofNode(cluster: string, node: string, limit: number): Promise<ActionRow[]> {
    return this.#statements.ofNode.all({ cluster, node, limit }).map(toRow);
  }
}

function prepare(database: DatabaseSync) {
  const sql = (text: string): StatementSync => database.prepare(text);
  const WAITS = 'cluster = :cluster AND acked_at_ms IS NULL AND expires_at_ms > :nowMs';
  return {
    waiting: sql(`SELECT count(*) AS waiting FROM actions WHERE ${WAITS}`),
    same: sql(`SELECT 1 FROM actions WHERE ${WAITS} AND node = :node AND name = :name`),
    add: sql(`
      INSERT INTO actions (id, cluster, node, name, document, created_at_ms, expires_at_ms)
      VALUES (:id, :cluster, :node, :name, :document, :createdAtMs, :expiresAtMs)`),
    forget: sql(`
      DELETE FROM actions WHERE cluster = :cluster AND NOT (${WAITS}) AND key <= (
        SELECT key FROM actions WHERE cluster = :cluster ORDER BY key DESC LIMIT 1 OFFSET ${KEPT_ACTIONS})`),
    count: sql(`UPDATE actions SET deliveries = deliveries + 1 WHERE ${WAITS}`),
    due: sql(`SELECT * FROM actions WHERE ${WAITS} ORDER BY key`),
    acknowledge: sql(`
      UPDATE actions SET acked_at_ms = :atMs, error = :error
      WHERE cluster = :cluster AND id = :id AND acked_at_ms IS NULL`),
    known: sql('SELECT 1 FROM actions WHERE cluster = :cluster AND id = :id'),
    ofNode: sql('SELECT * FROM actions WHERE cluster = :cluster AND node = :node ORDER BY key DESC LIMIT :limit'),
  };
}

function toRow(row: Record<string, SQLOutputValue>): ActionRow {
  const document: unknown = JSON.parse(String(row['document']));
  return {
    id: String(row['id']),
    cluster: String(row['cluster']),
    node: String(row['node']),
    name: String(row['name']),
    document: isRecord(document) ? document : {},
    createdAtMs: Number(row['created_at_ms']),
    expiresAtMs: Number(row['expires_at_ms']),
    deliveries: Number(row['deliveries']),
    ackedAtMs: optionalNumber(row['acked_at_ms']),
    error: String(row['error']),
  };
}
