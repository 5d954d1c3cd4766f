/** The objects of every cluster: bodies as they came, keyed by feed and uid. */
import { isUtf8 } from 'node:buffer';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';

const OPEN_BRACE = 0x7b;

/** Reads and writes objects. Callers hold the transaction. */
export class ObjectStore {
  readonly #put: StatementSync;
  readonly #keep: StatementSync;
  readonly #remove: StatementSync;
  readonly #sweep: StatementSync;
  readonly #clear: StatementSync;
  readonly #count: StatementSync;
  readonly #body: StatementSync;
  readonly #uidsAfter: StatementSync;
  readonly #isJson: StatementSync;

  constructor(database: DatabaseSync) {
    this.#put = database.prepare(`
      INSERT INTO objects (feed, uid, mark, observed_at_ms, namespace, name, resource_version, body)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (feed, uid) DO UPDATE SET mark = excluded.mark, observed_at_ms = excluded.observed_at_ms,
        namespace = excluded.namespace, name = excluded.name, resource_version = excluded.resource_version, body = excluded.body`);
    this.#keep = database.prepare('UPDATE objects SET mark = ? WHERE feed = ? AND uid = ?');
    this.#remove = database.prepare('DELETE FROM objects WHERE feed = ? AND uid = ?');
    this.#sweep = database.prepare('DELETE FROM objects WHERE feed = ? AND mark <> ? RETURNING uid');
    this.#clear = database.prepare('DELETE FROM objects WHERE feed = ? RETURNING uid');
    this.#count = database.prepare('SELECT count(*) AS objects FROM objects WHERE feed = ?');
    this.#body = database.prepare('SELECT body FROM objects WHERE feed = ? AND uid = ?');
    this.#uidsAfter = database.prepare('SELECT uid FROM objects WHERE feed = ? AND uid > ? ORDER BY uid LIMIT ?');
    // Five times faster than decoding and JSON.parse, and leaves no garbage: nobody needs the parsed object here.
    this.#isJson = database.prepare('SELECT json_valid(CAST(? AS TEXT)) AS valid');
  }

  /** Stores the full state of one object. */
  put(feedKey: number, mark: number, upsert: Upsert): void {
    const { uid, observedAtMs, namespace, name, resourceVersion, body } = upsert;
    this.#put.run(feedKey, uid, mark, observedAtMs, namespace, name, resourceVersion, body);
  }

  /** Marks an object without changing it. */
  keep(feedKey: number, mark: number, uid: string): void {
    this.#keep.run(mark, feedKey, uid);
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

  /** An object as parsed JSON, or `undefined`. */
  body(feedKey: number, uid: string): unknown {
    const body = this.#body.get(feedKey, uid)?.['body'];
    return body instanceof Uint8Array
      ? JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString())
      : undefined;
  }

  /** Up to `limit` uids of a feed behind `after`, in order: how a reader walks a feed in small steps. */
  uidsAfter(feedKey: number, after: string, limit: number): string[] {
    return this.#uidsAfter.all(feedKey, after, limit).map((row) => String(row['uid']));
  }

  /** Whether bytes are one JSON object in UTF-8, beginning with its brace. */
  isJsonObject(body: Uint8Array): boolean {
    // SQLite's text ends at a NUL, which JSON cannot hold, and takes any bytes for UTF-8.
    if (body[0] !== OPEN_BRACE || body.includes(0) || !isUtf8(body)) return false;
    return this.#isJson.get(body)?.['valid'] === 1;
  }
}
