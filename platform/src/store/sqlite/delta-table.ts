/**
 * Deltas of the existing agents' wire: items that are set aside until their document has ended well, and how they become objects.
 *
 * What is set aside lies in a temporary table, in a file of its own that ends with the process: a document that is cut costs the
 * database nothing, and one that is larger than memory needs none.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DeltaFeed, DeltaItem } from '../delta-change.ts';
import { NO_VINTAGE } from './database.ts';

/** The later of two items of one object is the one that counts. */
const SCHEMA = `
CREATE TEMP TABLE staged (
  staging TEXT NOT NULL,
  api_group TEXT NOT NULL,
  version TEXT NOT NULL,
  resource TEXT NOT NULL,
  kind TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  is_delete INTEGER NOT NULL,
  uid TEXT NOT NULL,
  resource_version TEXT NOT NULL,
  observed_at_ms INTEGER NOT NULL,
  body BLOB NOT NULL,
  UNIQUE (staging, api_group, version, resource, namespace, name) ON CONFLICT REPLACE
) STRICT`;

const OF_FEED = 'staging = :staging AND api_group = :group AND version = :version AND resource = :resource';

/** A kind of objects of one document, and the row of its feed. */
export interface StagedFeed {
  readonly staging: string;
  readonly key: number;
  readonly feed: DeltaFeed;
}

/** One item, as history notes it. */
export interface StagedRecord {
  readonly resource: string;
  readonly isDelete: boolean;
  readonly uid: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly bodyBytes: number;
}

/** Sets items aside and makes objects of them. Callers hold the transaction. */
export class DeltaTable {
  readonly #stage: StatementSync;
  readonly #drop: StatementSync;
  readonly #kinds: StatementSync;
  readonly #remove: StatementSync;
  readonly #put: StatementSync;
  readonly #observed: StatementSync;
  readonly #records: StatementSync;

  constructor(database: DatabaseSync) {
    database.exec(SCHEMA);
    this.#stage = database.prepare('INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#drop = database.prepare('DELETE FROM staged WHERE staging = ?');
    this.#kinds = database.prepare(`
      SELECT api_group, version, resource, max(kind) AS kind FROM staged WHERE staging = ?
      GROUP BY api_group, version, resource ORDER BY min(rowid)`);
    // By name: the object of that name may be another one than before, and the one before is gone then.
    this.#remove = database.prepare(`
      DELETE FROM objects WHERE feed = :key AND (namespace, name) IN (SELECT namespace, name FROM staged WHERE ${OF_FEED})
      RETURNING uid`);
    this.#put = database.prepare(`
      INSERT INTO objects (feed, uid, mark, vintage, observed_at_ms, namespace, name, resource_version, body)
      SELECT :key, uid, 0, ${NO_VINTAGE}, observed_at_ms, namespace, name, resource_version, body FROM staged
      WHERE ${OF_FEED} AND is_delete = 0 ORDER BY rowid
      ON CONFLICT (feed, uid) DO UPDATE SET vintage = excluded.vintage, observed_at_ms = excluded.observed_at_ms, namespace = excluded.namespace,
        name = excluded.name, resource_version = excluded.resource_version, body = excluded.body
      RETURNING uid`);
    this.#observed = database.prepare(`SELECT max(observed_at_ms) AS newest FROM staged WHERE ${OF_FEED}`);
    this.#records = database.prepare(`
      SELECT resource, is_delete, uid, name, resource_version, length(body) AS bytes FROM staged
      WHERE staging = ? ORDER BY rowid`);
  }

  /** Sets items aside. */
  stage(staging: string, items: readonly DeltaItem[]): void {
    for (const { feed, isDelete, namespace, name, uid, resourceVersion, observedAtMs, body } of items) {
      const { group, version, resource, kind } = feed;
      const object = [Number(isDelete), uid, resourceVersion, observedAtMs, body] as const;
      this.#stage.run(staging, group, version, resource, kind, namespace, name, ...object);
    }
  }

  /** Forgets what was set aside under a name. */
  drop(staging: string): void {
    this.#drop.run(staging);
  }

  /** The kinds of what was set aside, in the order in which they came first. */
  kinds(staging: string): DeltaFeed[] {
    return this.#kinds.all(staging).map((row) => ({
      group: String(row['api_group']),
      version: String(row['version']),
      resource: String(row['resource']),
      kind: String(row['kind']),
    }));
  }

  /** Carries out what was set aside of one kind; the uids of the objects that came, changed or went. */
  apply(of: StagedFeed): string[] {
    const parameters = parametersOf(of);
    const touched = [...this.#remove.all(parameters), ...this.#put.all(parameters)];
    return [...new Set(touched.map((row) => String(row['uid'])))];
  }

  /** When the newest of them was observed. */
  newestObservation(of: StagedFeed): number {
    const { key: _key, ...parameters } = parametersOf(of);
    return Number(this.#observed.get(parameters)?.['newest'] ?? 0);
  }

  /** Everything that was set aside, without its bodies. */
  *records(staging: string): Generator<StagedRecord> {
    for (const row of this.#records.iterate(staging)) {
      yield {
        resource: String(row['resource']),
        isDelete: row['is_delete'] === 1,
        uid: String(row['uid']),
        name: String(row['name']),
        resourceVersion: String(row['resource_version']),
        bodyBytes: Number(row['bytes']),
      };
    }
  }
}

function parametersOf({ staging, key, feed }: StagedFeed) {
  return { staging, key, group: feed.group, version: feed.version, resource: feed.resource };
}
