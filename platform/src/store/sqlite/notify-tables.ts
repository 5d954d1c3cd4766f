/** Episodes, queues and attempts of notifications in SQLite. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { TROUBLES } from '../../notify/condition.ts';
import type { EndpointDocument } from '../../notify/page-endpoint.ts';
import { readEpisode, readNotification } from '../../notify/read-document.ts';
import {
  type Attempt,
  type AttemptRow,
  type DropReason,
  type EndpointRow,
  KEPT_ATTEMPTS,
  MOST_QUEUED,
  type NotifyStore,
  type OpenEpisode,
  type PageEndpointRow,
  type QueuedNotification,
  type Telling,
} from '../notify-store.ts';
import { optionalNumber } from './cluster-table.ts';
import { transaction } from './database.ts';

type Row = Record<string, SQLOutputValue>;

/** Each call is one transaction. */
export class NotifyTables implements NotifyStore {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = prepare(database);
  }

  async openEpisodes(): Promise<OpenEpisode[]> {
    return this.#statements.episodes.all().flatMap((row) => {
      const trouble = TROUBLES.find((known) => known === row['trouble']);
      if (trouble === undefined) return [];
      return [{ cluster: String(row['cluster']), trouble, episode: readEpisode(parse(row['episode'])) }];
    });
  }

  async tell({ cluster, trouble, episode, notification, endpoints, atMs }: Telling): Promise<void> {
    const { keepEpisode, endEpisode, push } = this.#statements;
    transaction(this.#database, () => {
      if (episode === undefined) endEpisode.run(cluster, trouble);
      else keepEpisode.run(cluster, trouble, JSON.stringify(episode));
      const document = JSON.stringify(notification);
      for (const endpoint of endpoints) {
        push.run({ endpoint, cluster, message: notification.id, document, atMs });
        this.#dropOverflow(endpoint);
      }
    });
  }

  async heads(endpoint: string, limit: number): Promise<QueuedNotification[]> {
    return this.#statements.heads.all(endpoint, limit).map((row) => ({
      key: Number(row['key']),
      notification: readNotification(parse(row['document'])),
      queuedAtMs: Number(row['queued_at_ms']),
      attempts: Number(row['attempts']),
      firstTriedAtMs: optionalNumber(row['first_tried_at_ms']),
      dueAtMs: Number(row['due_at_ms']),
    }));
  }

  async attempted(attempt: Attempt): Promise<void> {
    const { endpoint, message, cluster, title, atMs, isDelivered, result, next, ends, queued } = attempt;
    const statements = this.#statements;
    transaction(this.#database, () => {
      const made = { endpoint, message, cluster, title, atMs, attempt: attempt.attempt, result };
      statements.remember.run({ ...made, isDelivered: Number(isDelivered) });
      statements.forget.run({ endpoint });
      statements.known.run(endpoint);
      if (isDelivered) statements.delivered.run(atMs, endpoint);
      else statements.failed.run(endpoint);
      if (ends !== undefined) statements.end.run(ends, atMs, endpoint);
      if (queued === undefined) return;
      if (next.type === 'again') {
        statements.again.run({ key: queued, atMs, dueAtMs: next.dueAtMs, attempts: attempt.attempt });
      } else statements.remove.run(queued);
      if (next.type === 'drop') this.#countDrops(endpoint, next.reason, 1);
    });
  }

  async dropOld(endpoint: string, beforeMs: number, onlyTried: boolean): Promise<void> {
    transaction(this.#database, () => {
      const { changes } = this.#statements.dropOld.run({ endpoint, beforeMs, least: Number(onlyTried) });
      this.#countDrops(endpoint, 'old', Number(changes));
    });
  }

  async shift(endpoint: string, byMs: number): Promise<void> {
    this.#statements.shift.run({ endpoint, byMs });
  }

  async reopen(endpoint: string): Promise<void> {
    transaction(this.#database, () => {
      this.#statements.open.run(endpoint);
      this.#statements.anew.run(endpoint);
    });
  }

  async end(endpoint: string, why: string, atMs: number): Promise<void> {
    transaction(this.#database, () => {
      this.#statements.known.run(endpoint);
      this.#statements.end.run(why, atMs, endpoint);
    });
  }

  async pageEndpoints(): Promise<PageEndpointRow[]> {
    return this.#statements.pageEndpoints.all().map((row) => {
      const document = parse(row['document']);
      return { id: String(row['id']), document: isRecord(document) ? document : {} };
    });
  }

  async keepPageEndpoint(id: string, document: EndpointDocument): Promise<void> {
    this.#statements.keepPageEndpoint.run(id, JSON.stringify(document));
  }

  async removePageEndpoint(id: string): Promise<void> {
    transaction(this.#database, () => {
      for (const statement of this.#statements.removeAll) statement.run(id);
    });
  }

  async endpoint(id: string): Promise<EndpointRow> {
    const { endpoint, drops, waiting } = this.#statements;
    const row = endpoint.get(id) ?? {};
    const counts = new Map(drops.all(id).map((drop) => [String(drop['reason']), Number(drop['drops'])]));
    const { queued = 0, oldest = null } = waiting.get(id) ?? {};
    const dropped = (reason: DropReason): number => counts.get(reason) ?? 0;
    return {
      id,
      ended: String(row['ended'] ?? ''),
      endedAtMs: optionalNumber(row['ended_at_ms']),
      delivered: Number(row['delivered'] ?? 0),
      failed: Number(row['failed'] ?? 0),
      dropped: { full: dropped('full'), old: dropped('old'), exhausted: dropped('exhausted') },
      deliveredAtMs: optionalNumber(row['delivered_at_ms']),
      queued: Number(queued),
      oldestQueuedAtMs: optionalNumber(oldest),
    };
  }

  async attempts(endpoint: string, limit: number): Promise<AttemptRow[]> {
    return this.#statements.attempts.all(endpoint, limit).map((row) => toAttempt(endpoint, row));
  }

  /** The oldest first: the newest state of a cluster says more than the one before it. */
  #dropOverflow(endpoint: string): void {
    const { changes } = this.#statements.dropOverflow.run({ endpoint });
    this.#countDrops(endpoint, 'full', Number(changes));
  }

  #countDrops(endpoint: string, reason: DropReason, drops: number): void {
    if (drops > 0) this.#statements.countDrops.run(endpoint, reason, drops);
  }
}

function prepare(database: DatabaseSync) {
  const sql = (text: string): StatementSync => database.prepare(text);
  return {
    episodes: sql('SELECT * FROM notify_episodes ORDER BY cluster, trouble'),
    keepEpisode: sql('INSERT OR REPLACE INTO notify_episodes (cluster, trouble, episode) VALUES (?, ?, ?)'),
    endEpisode: sql('DELETE FROM notify_episodes WHERE cluster = ? AND trouble = ?'),
    push: sql(`
      INSERT OR IGNORE INTO notify_queue (endpoint, cluster, message, document, queued_at_ms, due_at_ms)
      VALUES (:endpoint, :cluster, :message, :document, :atMs, :atMs)`),
    dropOverflow: sql(`
      DELETE FROM notify_queue WHERE endpoint = :endpoint AND key <= (
        SELECT key FROM notify_queue WHERE endpoint = :endpoint ORDER BY key DESC LIMIT 1 OFFSET ${MOST_QUEUED})`),
    heads: sql(`
      SELECT * FROM notify_queue WHERE key IN (SELECT min(key) FROM notify_queue WHERE endpoint = ? GROUP BY cluster)
      ORDER BY due_at_ms, key LIMIT ?`),
    again: sql(`
      UPDATE notify_queue SET attempts = :attempts, due_at_ms = :dueAtMs,
        first_tried_at_ms = coalesce(first_tried_at_ms, :atMs) WHERE key = :key`),
    remove: sql('DELETE FROM notify_queue WHERE key = ?'),
    dropOld: sql(`
      DELETE FROM notify_queue WHERE endpoint = :endpoint AND queued_at_ms < :beforeMs AND attempts >= :least`),
    shift: sql(`
      UPDATE notify_queue SET queued_at_ms = queued_at_ms + :byMs, first_tried_at_ms = first_tried_at_ms + :byMs,
        due_at_ms = due_at_ms + :byMs WHERE endpoint = :endpoint AND attempts > 0`),
    anew: sql('UPDATE notify_queue SET attempts = 0, due_at_ms = 0, first_tried_at_ms = NULL WHERE endpoint = ?'),
    remember: sql(`
      INSERT INTO notify_attempts (endpoint, message, cluster, title, at_ms, attempt, is_delivered, result)
      VALUES (:endpoint, :message, :cluster, :title, :atMs, :attempt, :isDelivered, :result)`),
    forget: sql(`
      DELETE FROM notify_attempts WHERE endpoint = :endpoint AND key <= (
        SELECT key FROM notify_attempts WHERE endpoint = :endpoint ORDER BY key DESC LIMIT 1 OFFSET ${KEPT_ATTEMPTS})`),
    attempts: sql('SELECT * FROM notify_attempts WHERE endpoint = ? ORDER BY key DESC LIMIT ?'),
    known: sql('INSERT OR IGNORE INTO notify_endpoints (id) VALUES (?)'),
    delivered: sql('UPDATE notify_endpoints SET delivered = delivered + 1, delivered_at_ms = ? WHERE id = ?'),
    failed: sql('UPDATE notify_endpoints SET failed = failed + 1 WHERE id = ?'),
    end: sql('UPDATE notify_endpoints SET ended = ?, ended_at_ms = ? WHERE id = ?'),
    open: sql("UPDATE notify_endpoints SET ended = '', ended_at_ms = NULL WHERE id = ?"),
    pageEndpoints: sql('SELECT id, document FROM notify_page_endpoints ORDER BY rowid'),
    keepPageEndpoint: sql(`
      INSERT INTO notify_page_endpoints (id, document) VALUES (?, ?)
      ON CONFLICT (id) DO UPDATE SET document = excluded.document`),
    removeAll: [
      sql('DELETE FROM notify_page_endpoints WHERE id = ?'),
      sql('DELETE FROM notify_queue WHERE endpoint = ?'),
      sql('DELETE FROM notify_attempts WHERE endpoint = ?'),
      sql('DELETE FROM notify_endpoints WHERE id = ?'),
      sql('DELETE FROM notify_drops WHERE endpoint = ?'),
    ],
    endpoint: sql('SELECT * FROM notify_endpoints WHERE id = ?'),
    waiting: sql('SELECT count(*) AS queued, min(queued_at_ms) AS oldest FROM notify_queue WHERE endpoint = ?'),
    drops: sql('SELECT reason, drops FROM notify_drops WHERE endpoint = ?'),
    countDrops: sql(`
      INSERT INTO notify_drops (endpoint, reason, drops) VALUES (?, ?, ?)
      ON CONFLICT (endpoint, reason) DO UPDATE SET drops = drops + excluded.drops`),
  };
}

function parse(text: SQLOutputValue | undefined): unknown {
  return JSON.parse(String(text));
}

function toAttempt(endpoint: string, row: Row): AttemptRow {
  return {
    key: Number(row['key']),
    endpoint,
    message: String(row['message']),
    cluster: String(row['cluster']),
    title: String(row['title']),
    atMs: Number(row['at_ms']),
    attempt: Number(row['attempt']),
    isDelivered: Number(row['is_delivered']) === 1,
    result: String(row['result']),
  };
}
