/** The objects of every cluster: bodies as they came, keyed by feed and uid. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Effect } from '../changes.ts';
import type { ObjectBody } from '../platform-store.ts';

/** Reads and writes objects. Callers hold the transaction. */
export class ObjectTable {
  readonly #put: StatementSync;
  readonly #namesakes: StatementSync;
  readonly #keep: StatementSync;
  readonly #keepNamed: StatementSync;
  readonly #remove: StatementSync;
  readonly #sweep: StatementSync;
  readonly #clear: StatementSync;
  readonly #count: StatementSync;
  readonly #get: StatementSync;
  readonly #after: StatementSync;
  readonly #version: StatementSync;

  constructor(database: DatabaseSync) {
    this.#put = database.prepare(`
      INSERT INTO objects (feed, uid, mark, vintage, observed_at_ms, namespace, name, resource_version, body)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (feed, uid) DO UPDATE SET mark = excluded.mark, vintage = excluded.vintage, observed_at_ms = excluded.observed_at_ms,
        namespace = excluded.namespace, name = excluded.name, resource_version = excluded.resource_version, body = excluded.body`);
    this.#namesakes = database.prepare(
      "DELETE FROM objects WHERE feed = ? AND namespace = ? AND name = ? AND uid <> ? AND resource_version = '' RETURNING uid",
    );
    this.#keep = database.prepare('UPDATE objects SET mark = ? WHERE feed = ? AND uid = ?');
    this.#keepNamed = database.prepare(
      "UPDATE objects SET mark = ?, resource_version = '' WHERE feed = ? AND namespace = ? AND name = ?",
    );
    this.#remove = database.prepare('DELETE FROM objects WHERE feed = ? AND uid = ?');
    this.#sweep = database.prepare('DELETE FROM objects WHERE feed = ? AND mark <> ? RETURNING uid');
    this.#clear = database.prepare('DELETE FROM objects WHERE feed = ? RETURNING uid');
    this.#count = database.prepare('SELECT count(*) AS objects FROM objects WHERE feed = ?');
    this.#get = database.prepare('SELECT uid, body FROM objects WHERE feed = ? AND uid = ?');
    this.#after = database.prepare('SELECT uid, body FROM objects WHERE feed = ? AND uid > ? ORDER BY uid LIMIT ?');
    this.#version = database.prepare('SELECT resource_version FROM objects WHERE feed = ? AND uid = ? AND vintage = ?');
  }

  /**
   * Stores the full state of one object. One that was kept by its name, while this one could not be read, is gone: no two of a kind bear one
   * name, and nobody else tells. The uids of such.
   */
  put({ feedKey, mark, vintage, upsert }: Extract<Effect, { type: 'put' }>): string[] {
    const { uid, observedAtMs, namespace, name, resourceVersion, body } = upsert;
    this.#put.run(feedKey, uid, mark, vintage, observedAtMs, namespace, name, resourceVersion, body);
    return this.#namesakes.all(feedKey, namespace, name, uid).map((row) => String(row['uid']));
  }

  /** Marks an object without changing it. */
  keep(feedKey: number, mark: number, uid: string): void {
    this.#keep.run(mark, feedKey, uid);
  }

  /** Marks the object of a name without changing its state. Of which version that is nobody knows then, nor whether it is of this object. */
  keepNamed(feedKey: number, mark: number, { namespace, name }: { namespace: string; name: string }): void {
    this.#keepNamed.run(mark, feedKey, namespace, name);
  }

  /** Removes one object; an unknown one is no error. */
  remove(feedKey: number, uid: string): void {
    this.#remove.run(feedKey, uid);
  }

  /** Removes the objects of a feed that do not bear `mark`; their uids. */
  sweep(feedKey: number, mark: number): string[] {
    return this.#sweep.all(feedKey, mark).map((row) => String(row['uid']));
  }

  /** Removes every object of a feed; their uids. */
  clear(feedKey: number): string[] {
    return this.#clear.all(feedKey).map((row) => String(row['uid']));
  }

  /** How many objects a feed has. */
  count(feedKey: number): number {
    return Number(this.#count.get(feedKey)?.['objects']);
  }

  /** One object, or `undefined`. */
  get(feedKey: number, uid: string): ObjectBody | undefined {
    const row = this.#get.get(feedKey, uid);
    return row && toObjectBody(row);
  }

  /** The version of an object of a vintage; undefined: there is none such. */
  version(feedKey: number, vintage: number, uid: string): string | undefined {
    const row = this.#version.get(feedKey, uid, vintage);
    return row && String(row['resource_version']);
  }

  /** Up to `limit` objects of a feed behind a uid, in order. */
  after(feedKey: number, uid: string, limit: number): ObjectBody[] {
    return this.#after.all(feedKey, uid, limit).map(toObjectBody);
  }
}

function toObjectBody({ uid, body }: Record<string, SQLOutputValue>): ObjectBody {
  if (body instanceof Uint8Array) return { uid: String(uid), body };
  throw new Error('the column body holds bytes');
}
