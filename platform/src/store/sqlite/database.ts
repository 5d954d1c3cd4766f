/**
 * The reference platform's one SQLite file.
 *
 * Durability: WAL with `synchronous = NORMAL`. A committed transaction is in the kernel's page cache before the answer goes
 * out, so it survives SIGKILL of the process at any moment; a power loss may take the last commits back, never a part of one.
 * `FULL` would add an fsync per batch for a fault that a test program on one machine cannot meet.
 */
import { DatabaseSync } from 'node:sqlite';

const SCHEMA_VERSION = 10;

/** The vintage of an object that no offer may name: one of which nobody knows what its version stands for. No feed has it. */
export const NO_VINTAGE = -1;

const SCHEMA = `
CREATE TABLE clusters (
  id TEXT PRIMARY KEY,
  identity TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  provider TEXT NOT NULL,
  registered_at_ms INTEGER NOT NULL,
  cluster_uid TEXT NOT NULL DEFAULT '',
  epoch INTEGER NOT NULL DEFAULT 0,          -- highest ever issued; never falls
  session_epoch INTEGER NOT NULL DEFAULT 0,  -- the epoch that the columns below belong to; 0: none of our own wire
  continuity_token TEXT NOT NULL DEFAULT '', -- what the next delta has to bring; empty: no deltas since the last open
  opened_at_ms INTEGER,
  instance_id TEXT NOT NULL DEFAULT '',
  agent_version TEXT NOT NULL DEFAULT '',
  kubernetes_version TEXT NOT NULL DEFAULT '',
  lease_uid TEXT,
  lease_transitions INTEGER,
  received_seq INTEGER NOT NULL DEFAULT 0,
  processed_seq INTEGER NOT NULL DEFAULT 0,
  last_entry_count INTEGER NOT NULL DEFAULT 0,
  last_rejections TEXT NOT NULL DEFAULT '[]',
  late_rejections TEXT NOT NULL DEFAULT '[]',
  last_wanted TEXT NOT NULL DEFAULT '[]',
  last_digest TEXT NOT NULL DEFAULT '',
  last_batch_at_ms INTEGER,
  received_total INTEGER NOT NULL DEFAULT 0,
  processed_total INTEGER NOT NULL DEFAULT 0,
  entries_total INTEGER NOT NULL DEFAULT 0,
  wire_bytes_total INTEGER NOT NULL DEFAULT 0,
  health TEXT NOT NULL DEFAULT '',           -- what the agent last said of itself, as JSON; empty: nothing
  stop_reason TEXT NOT NULL DEFAULT ''       -- empty: it did not say that it ends
) STRICT;

CREATE TABLE feeds (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  cluster TEXT NOT NULL REFERENCES clusters(id),
  api_group TEXT NOT NULL,
  version TEXT NOT NULL,
  resource TEXT NOT NULL,
  kind TEXT NOT NULL,
  namespace TEXT NOT NULL,
  field_selector TEXT NOT NULL,
  scrub_version INTEGER NOT NULL,
  cluster_uid TEXT NOT NULL,                 -- feeds of another one than the cluster's are set aside
  feed_id INTEGER,                           -- number in the live session; NULL: not offered
  stale_since_ms INTEGER,
  resume_point TEXT,
  state TEXT,
  reason TEXT NOT NULL DEFAULT '',
  mark INTEGER NOT NULL DEFAULT 0,
  vintage INTEGER NOT NULL DEFAULT 0,        -- what a version stands for: offers are taken of objects with this number
  held_position TEXT,                        -- the newest that was claimed in this vintage
  snapshot_upserts INTEGER,                  -- NULL: no snapshot is open
  resync_id TEXT,
  resync_reason TEXT,
  observed_at_ms INTEGER,
  applied_at_ms INTEGER
) STRICT;
CREATE INDEX feeds_by_cluster ON feeds (cluster);

-- The small columns stand before the body, so that a sweep reads one page per object and not its overflow.
CREATE TABLE objects (
  feed INTEGER NOT NULL REFERENCES feeds(key),
  uid TEXT NOT NULL,
  mark INTEGER NOT NULL,
  vintage INTEGER NOT NULL DEFAULT ${NO_VINTAGE},
  observed_at_ms INTEGER NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  resource_version TEXT NOT NULL,
  body BLOB NOT NULL,
  UNIQUE (feed, uid)
) STRICT;
-- Deltas know objects by their names.
CREATE INDEX objects_by_name ON objects (feed, namespace, name);

-- What the agent's manifest lint found in an object; rule '': it was judged.
CREATE TABLE findings (
  feed INTEGER NOT NULL,
  uid TEXT NOT NULL,
  rule TEXT NOT NULL,
  namespace TEXT NOT NULL,
  PRIMARY KEY (feed, uid, rule)
) STRICT, WITHOUT ROWID;
CREATE INDEX findings_by_rule ON findings (feed, rule, namespace);
-- Objects go by many ways: alone, by a sweep, with their feed.
CREATE TRIGGER findings_go AFTER DELETE ON objects BEGIN
  DELETE FROM findings WHERE feed = OLD.feed AND uid = OLD.uid;
END;

-- Batches that are received and not yet processed: filled only while processing is paused.
CREATE TABLE inbox (
  cluster TEXT NOT NULL REFERENCES clusters(id),
  seq INTEGER NOT NULL,
  batch BLOB NOT NULL,
  PRIMARY KEY (cluster, seq)
) STRICT;

CREATE TABLE reports (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  cluster TEXT NOT NULL,
  kind TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX reports_by_cluster ON reports (cluster, kind, id);

CREATE TABLE history (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  cluster TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT;

-- What somebody wants done; handed out until it is acknowledged or too old.
CREATE TABLE actions (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  cluster TEXT NOT NULL,
  node TEXT NOT NULL,
  name TEXT NOT NULL,
  document TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  deliveries INTEGER NOT NULL DEFAULT 0,
  acked_at_ms INTEGER,
  error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX actions_by_cluster ON actions (cluster, key);

-- Trouble that somebody was told of and that is not over.
CREATE TABLE notify_episodes (
  cluster TEXT NOT NULL,
  trouble TEXT NOT NULL,
  episode TEXT NOT NULL,
  PRIMARY KEY (cluster, trouble)
) STRICT;

-- Keys rise for ever: what was told later is never sent before what was told earlier of a cluster.
CREATE TABLE notify_queue (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  endpoint TEXT NOT NULL,
  cluster TEXT NOT NULL,
  message TEXT NOT NULL,
  document TEXT NOT NULL,
  queued_at_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  first_tried_at_ms INTEGER,
  due_at_ms INTEGER NOT NULL,
  UNIQUE (endpoint, message)
) STRICT;
CREATE INDEX notify_queue_by_cluster ON notify_queue (endpoint, cluster, key);

CREATE TABLE notify_attempts (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  endpoint TEXT NOT NULL,
  message TEXT NOT NULL,
  cluster TEXT NOT NULL,
  title TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  is_delivered INTEGER NOT NULL,
  result TEXT NOT NULL
) STRICT;
CREATE INDEX notify_attempts_by_endpoint ON notify_attempts (endpoint, key);

CREATE TABLE notify_endpoints (
  id TEXT PRIMARY KEY,
  ended TEXT NOT NULL DEFAULT '',            -- why it takes nothing any more; empty: it does
  ended_at_ms INTEGER,
  delivered INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  delivered_at_ms INTEGER
) STRICT;

-- Made on the page; in the order in which they were made.
CREATE TABLE notify_page_endpoints (
  id TEXT NOT NULL UNIQUE,
  document TEXT NOT NULL
) STRICT;

CREATE TABLE notify_drops (
  endpoint TEXT NOT NULL,
  reason TEXT NOT NULL,
  drops INTEGER NOT NULL,
  PRIMARY KEY (endpoint, reason)
) STRICT;
`;

/** What makes a file of a schema version one of the next. What comes back with a snapshot may be left to that; the rest has to be kept. */
const MIGRATIONS: Readonly<Record<number, string>> = {
  9: `
    ALTER TABLE clusters ADD COLUMN last_wanted TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE feeds ADD COLUMN vintage INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE feeds ADD COLUMN held_position TEXT;
    ALTER TABLE objects ADD COLUMN vintage INTEGER NOT NULL DEFAULT ${NO_VINTAGE};`,
};

/** Opens (or creates) the file, and brings one of an older version up to date. Throws `RangeError` when it is of a version that this program does not know. */
export function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  // 8 KiB pages hold most scrubbed pods whole; the WAL is folded back every 16 MiB.
  database.exec('PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  database.exec('PRAGMA wal_autocheckpoint = 2000; PRAGMA cache_size = -32768; PRAGMA foreign_keys = ON;');
  const version = migrated(database);
  if (version !== 0 && version !== SCHEMA_VERSION) {
    database.close();
    throw new RangeError(
      `${file} has schema version ${version}, this program knows ${SCHEMA_VERSION}: use another file`,
    );
  }
  // Written in any case. A file that may only be read opens as well: every batch would be refused, by a platform that says it is ready.
  const schema = version === 0 ? SCHEMA : '';
  transaction(database, () => database.exec(`${schema} PRAGMA user_version = ${SCHEMA_VERSION}`));
  return database;
}

/** The schema version of a file after all migrations that there are for it; 0: it is new. */
function migrated(database: DatabaseSync): number {
  let version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  for (let step = MIGRATIONS[version]; step !== undefined; step = MIGRATIONS[version]) {
    version += 1;
    transaction(database, () => database.exec(`${step} PRAGMA user_version = ${version}`));
  }
  return version;
}

/** Runs `work` in one write transaction: all of it is kept, or, when it throws, nothing. */
export function transaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
