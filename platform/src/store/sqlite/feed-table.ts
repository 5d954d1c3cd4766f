/** Rows of feeds: what each is, where it resumes, and what it is at in the live session. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { FeedDescription, FeedStateName } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { optionalNumber } from './cluster-table.ts';
import type { DeltaFeed } from '../delta-change.ts';
import type { SessionFeeds } from '../changes.ts';
import type { FeedProgress, FeedRow } from '../feed-row.ts';
import type { ResyncWish } from '../platform-store.ts';

/** Reads and writes feed rows. Callers hold the transaction. */
export class FeedTable {
  readonly #ofCluster: StatementSync;
  readonly #insert: StatementSync;
  readonly #offer: StatementSync;
  readonly #retire: StatementSync;
  readonly #save: StatementSync;
  readonly #resync: StatementSync;
  readonly #remove: StatementSync;
  readonly #addOfDelta: StatementSync;
  readonly #observe: StatementSync;

  constructor(database: DatabaseSync) {
    this.#ofCluster = database.prepare('SELECT * FROM feeds WHERE cluster = ? ORDER BY key');
    this.#insert = database.prepare(`
      INSERT INTO feeds (cluster, api_group, version, resource, kind, namespace, field_selector, scrub_version, feed_id,
        cluster_uid)
      VALUES (:cluster, :group, :version, :resource, :kind, :namespace, :fieldSelector, :scrubVersion, :id,
        :clusterUid)`);
    // A snapshot never outlives its session, and a directive is moot: without a resume point the feed is snapshotted anyway.
    this.#offer = database.prepare(`
      UPDATE feeds SET version = :version, kind = :kind, field_selector = :fieldSelector, scrub_version = :scrubVersion,
        feed_id = :id, resume_point = :resumePoint, stale_since_ms = NULL, snapshot_upserts = NULL,
        vintage = vintage + (NOT :isOfVintage), held_position = CASE WHEN :isOfVintage THEN held_position END,
        resync_id = NULL, resync_reason = NULL, cluster_uid = (SELECT cluster_uid FROM clusters WHERE id = feeds.cluster)
      WHERE key = :key`);
    this.#retire = database.prepare(`
      UPDATE feeds SET feed_id = NULL, snapshot_upserts = NULL, resync_id = NULL, resync_reason = NULL,
        stale_since_ms = coalesce(stale_since_ms, :atMs), vintage = vintage + 1, held_position = NULL
      WHERE key = :key`);
    this.#save = database.prepare(`
      UPDATE feeds SET resume_point = :resumePoint, state = :state, reason = :reason, mark = :mark,
        snapshot_upserts = :snapshotUpserts, resync_id = :resyncId, resync_reason = :resyncReason,
        vintage = :vintage, held_position = :heldPosition,
        applied_at_ms = CASE WHEN observed_at_ms IS NOT :observedAtMs THEN :atMs ELSE applied_at_ms END,
        observed_at_ms = :observedAtMs
      WHERE key = :key`);
    this.#resync = database.prepare(`
      UPDATE feeds SET resync_id = :id, resync_reason = :reason, resume_point = NULL, vintage = vintage + :isWhole,
        held_position = CASE WHEN :isWhole THEN NULL ELSE held_position END
      WHERE key = :key AND feed_id IS NOT NULL`);
    this.#remove = database.prepare('DELETE FROM feeds WHERE key = ?');
    // No scrub version has the number 0: a session of our own wire that takes the feed over begins with a snapshot.
    this.#addOfDelta = database.prepare(`
      INSERT INTO feeds (cluster, api_group, version, resource, kind, namespace, field_selector, scrub_version, feed_id,
        cluster_uid, state)
      SELECT id, :group, :version, :resource, :kind, '', '', 0, 0, cluster_uid, 'SYNCED' FROM clusters WHERE id = :cluster
      RETURNING key`);
    this.#observe = database.prepare(`
      UPDATE feeds SET observed_at_ms = max(coalesce(observed_at_ms, 0), :observedAtMs), applied_at_ms = :atMs
      WHERE key = :key`);
  }

  /** Every feed of a cluster, oldest first. */
  ofCluster(cluster: string): FeedRow[] {
    return this.#ofCluster.all(cluster).map(toFeedRow);
  }

  /** Adds a feed that an open offers for the first time. */
  add({ cluster, clusterUid }: { cluster: string; clusterUid: string }, feed: FeedDescription): void {
    this.#insert.run({ cluster, clusterUid, ...feed });
  }

  /** Adds a feed that a delta brought the first object of; its key. */
  addOfDelta(cluster: string, { group, version, resource, kind }: DeltaFeed): number {
    return Number(this.#addOfDelta.get({ cluster, group, version, resource, kind })?.['key']);
  }

  /** Notes that a delta changed objects of a feed. */
  observe(key: number, observedAtMs: number, atMs: number): void {
    this.#observe.run({ key, observedAtMs, atMs });
  }

  /** Takes a known feed into the new session. */
  offer({ key, feed, resumePoint, isOfVintage }: SessionFeeds['known'][number]): void {
    const { id, version, kind, fieldSelector, scrubVersion } = feed;
    const shape = { version, kind, fieldSelector, scrubVersion, isOfVintage: Number(isOfVintage) };
    this.#offer.run({ key, id, ...shape, resumePoint: resumePoint ?? null });
  }

  /** Marks a feed that the open did not offer as stale. */
  retire(key: number, atMs: number): void {
    this.#retire.run({ key, atMs });
  }

  /** Stores what a batch made of a feed. */
  save(feed: FeedProgress, atMs: number): void {
    this.#save.run({
      key: feed.key,
      resumePoint: feed.resumePoint ?? null,
      state: feed.state ?? null,
      reason: feed.reason,
      mark: feed.mark,
      vintage: feed.vintage,
      heldPosition: feed.heldPosition ?? null,
      snapshotUpserts: feed.snapshotUpserts ?? null,
      resyncId: feed.resync?.id ?? null,
      resyncReason: feed.resync?.reason ?? null,
      observedAtMs: feed.observedAtMs ?? null,
      atMs,
    });
  }

  /** Asks for a snapshot of an offered feed; its resume point goes, so that a new session starts with one too. */
  requestResync(key: number, { id, reason, isWhole = false }: ResyncWish): void {
    this.#resync.run({ id, reason, key, isWhole: Number(isWhole) });
  }

  /** Removes a feed that has no objects any more. */
  remove(key: number): void {
    this.#remove.run(key);
  }
}

const FEED_STATES: readonly FeedStateName[] = ['SYNCED', 'FORBIDDEN', 'ABSENT', 'DEGRADED'];

function toFeedRow(row: Record<string, SQLOutputValue>): FeedRow {
  const resyncId = row['resync_id'];
  return {
    key: Number(row['key']),
    group: String(row['api_group']),
    version: String(row['version']),
    resource: String(row['resource']),
    kind: String(row['kind']),
    namespace: String(row['namespace']),
    fieldSelector: String(row['field_selector']),
    scrubVersion: Number(row['scrub_version']),
    clusterUid: String(row['cluster_uid']),
    feedId: optionalNumber(row['feed_id']),
    staleSinceMs: optionalNumber(row['stale_since_ms']),
    resumePoint: optionalString(row['resume_point']),
    state: FEED_STATES.find((state) => state === row['state']),
    reason: String(row['reason']),
    mark: Number(row['mark']),
    vintage: Number(row['vintage']),
    heldPosition: optionalString(row['held_position']),
    snapshotUpserts: optionalNumber(row['snapshot_upserts']),
    resync: typeof resyncId === 'string' ? { id: resyncId, reason: String(row['resync_reason']) } : undefined,
    observedAtMs: optionalNumber(row['observed_at_ms']),
    appliedAtMs: optionalNumber(row['applied_at_ms']),
  };
}

function optionalString(value: SQLOutputValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
