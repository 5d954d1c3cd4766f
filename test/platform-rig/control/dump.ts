/** Objects and history as NDJSON, streamed over one consistent state of the database. */
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';

/** Which objects to dump; an empty string means all. `feed` is a resource with its group in front, `pods` or `apps/deployments`. */
export interface DumpFilter {
  readonly cluster: string;
  readonly feed: string;
}

const CHUNK_CHARACTERS = 64 * 1024;

const OBJECTS = `
SELECT f.cluster, f.api_group, f.version, f.resource, f.namespace AS feed_namespace, f.field_selector, f.stale_since_ms,
  o.uid, o.namespace, o.name, o.resource_version, o.observed_at_ms, o.body
FROM feeds f JOIN objects o ON o.feed = f.key
WHERE (?1 = '' OR f.cluster = ?1) AND (?2 = '' OR ?2 = CASE f.api_group WHEN '' THEN '' ELSE f.api_group || '/' END || f.resource)
ORDER BY f.key, o.uid`;

/** Objects as lines of JSON, in chunks. The body stands last, as it came. */
export function dumpObjects(file: string, filter: DumpFilter): Generator<string> {
  return dump({ file, query: OBJECTS, parameters: [filter.cluster, filter.feed] }, objectLine);
}

/** What was applied, as lines of JSON, oldest first. */
export function dumpHistory(file: string, cluster: string): Generator<string> {
  const query = "SELECT * FROM history WHERE (?1 = '' OR cluster = ?1) ORDER BY id";
  return dump({ file, query, parameters: [cluster] }, ({ id, cluster: name, epoch, seq, at_ms: atMs, record }) => {
    const head = JSON.stringify({ id, cluster: name, epoch, seq, atMs });
    return `${head.slice(0, -1)},"record":${String(record)}}\n`;
  });
}

type Row = Record<string, SQLOutputValue>;

interface Reading {
  readonly file: string;
  readonly query: string;
  readonly parameters: readonly string[];
}

/**
 * Lines over one consistent state, on a connection of its own, so that batches go on meanwhile. It closes when the iteration
 * ends, however it ends.
 */
function* dump({ file, query, parameters }: Reading, line: (row: Row) => string): Generator<string> {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    let chunk = '';
    for (const row of database.prepare(query).iterate(...parameters)) {
      chunk += line(row);
      if (chunk.length < CHUNK_CHARACTERS) continue;
      yield chunk;
      chunk = '';
    }
    if (chunk !== '') yield chunk;
  } finally {
    database.close();
  }
}

function objectLine(row: Row): string {
  const body = row['body'];
  const head = JSON.stringify({
    cluster: row['cluster'],
    group: row['api_group'],
    version: row['version'],
    resource: row['resource'],
    feedNamespace: row['feed_namespace'],
    fieldSelector: row['field_selector'],
    stale: row['stale_since_ms'] !== null,
    uid: row['uid'],
    namespace: row['namespace'],
    name: row['name'],
    resourceVersion: row['resource_version'],
    observedAtMs: row['observed_at_ms'],
  });
  const text = body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.length).toString() : 'null';
  return `${head.slice(0, -1)},"body":${text}}\n`;
}
