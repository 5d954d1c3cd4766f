/** Losses of a platform, brought about in its database on a connection of their own. */
import { DatabaseSync } from 'node:sqlite';

/** Forgets a cluster's session: batches of its epoch get `UNKNOWN_EPOCH` until the next open. */
export function forgetSession(file: string, cluster: string): void {
  change(file, 'UPDATE clusters SET session_epoch = 0 WHERE id = ?', [cluster]);
}

/** Forgets a cluster's continuity token: its next delta is refused, unless it is a full snapshot. */
export function forgetContinuityToken(file: string, cluster: string): void {
  change(file, "UPDATE clusters SET continuity_token = '' WHERE id = ?", [cluster]);
}

/** Forgets where a feed would resume, without telling anybody. */
export function forgetResumePoint(file: string, feedKey: number): void {
  change(file, 'UPDATE feeds SET resume_point = NULL WHERE key = ?', [feedKey]);
}

/**
 * Loses objects without a trace, as a table that is broken and repaired does: of each feed of a cluster one in `oneIn`, by their uids. Everything
 * that is known of feeds and sessions stays as it is.
 */
export function loseObjects(file: string, cluster: string, oneIn: number): void {
  const statement = `
    DELETE FROM objects WHERE rowid IN (
      SELECT objects.rowid FROM objects JOIN feeds ON feeds.key = objects.feed WHERE feeds.cluster = ?1
      AND abs(unicode(substr(objects.uid, -1)) * 31 + unicode(substr(objects.uid, -2, 1))) % ?2 = 0
    )`;
  change(file, statement, [cluster, oneIn]);
}

function change(file: string, statement: string, parameters: readonly (string | number)[]): void {
  const database = new DatabaseSync(file);
  try {
    database.prepare(statement).run(...parameters);
  } finally {
    database.close();
  }
}
