/**
 * Findings of the manifest lint, beside the objects that they are about: a row for each rule that an object breaks, and one without a rule
 * for each object that was judged, so that "clean" and "not judged" are two things. A trigger of the schema removes them with their object.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { FindingCounts, FindingQuery, FoundObject } from '../finding-count.ts';

/** The rule of the row that says that an object was judged. */
const JUDGED = '';
/** Ids are words; whatever else an agent calls one is no name for a metric's label or a line of the page. */
const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** Rules that one object may break: as many bits as a word has. */
const MOST_RULES = 64;

/** Feeds that the last open offered: what is stale or set aside is no state of the cluster. */
const LIVE = 'JOIN feeds ON feeds.key = findings.feed WHERE feeds.cluster = :cluster AND feeds.feed_id IS NOT NULL';

/** Reads and writes findings. Callers hold the transaction. */
export class FindingTable {
  readonly #forget: StatementSync;
  readonly #add: StatementSync;
  readonly #judged: StatementSync;
  readonly #broken: StatementSync;
  readonly #counts: StatementSync;
  readonly #objects: StatementSync;

  constructor(database: DatabaseSync) {
    this.#forget = database.prepare('DELETE FROM findings WHERE feed = ? AND uid = ?');
    this.#add = database.prepare('INSERT OR IGNORE INTO findings (feed, uid, rule, namespace) VALUES (?, ?, ?, ?)');
    this.#judged = database.prepare(`SELECT count(*) AS objects FROM findings ${LIVE} AND rule = '${JUDGED}'`);
    this.#broken = database.prepare(
      `SELECT count(*) AS objects FROM (SELECT DISTINCT feed, uid FROM findings ${LIVE} AND rule <> '${JUDGED}')`,
    );
    this.#counts = database.prepare(`
      SELECT rule, findings.namespace AS namespace, count(*) AS objects FROM findings ${LIVE} AND rule <> '${JUDGED}'
      GROUP BY rule, findings.namespace ORDER BY rule, findings.namespace`);
    this.#objects = database.prepare(`
      SELECT feeds.kind AS kind, objects.namespace AS namespace, objects.name AS name
      FROM findings JOIN objects ON objects.feed = findings.feed AND objects.uid = findings.uid ${LIVE}
        AND rule = :rule AND findings.namespace = :namespace
      ORDER BY kind, name LIMIT :limit`);
  }

  /** Stores what an upsert says of its object, in place of what an earlier one said. */
  put(feedKey: number, { uid, namespace, findings }: Pick<Upsert, 'uid' | 'namespace' | 'findings'>): void {
    this.#forget.run(feedKey, uid);
    if (findings === undefined) return;
    const rules = findings.filter((rule) => ID.test(rule)).slice(0, MOST_RULES);
    for (const rule of [JUDGED, ...rules]) this.#add.run(feedKey, uid, rule, namespace);
  }

  /** What was found in a cluster. */
  counts(cluster: string): FindingCounts {
    return {
      judged: Number(this.#judged.get({ cluster })?.['objects']),
      broken: Number(this.#broken.get({ cluster })?.['objects']),
      counts: this.#counts.all({ cluster }).map(({ rule, namespace, objects }) => ({
        rule: String(rule),
        namespace: String(namespace),
        objects: Number(objects),
      })),
    };
  }

  /** Objects of a namespace that break a rule, by kind and name. */
  objects(cluster: string, { rule, namespace, limit }: FindingQuery): FoundObject[] {
    return this.#objects.all({ cluster, rule, namespace, limit }).map((row) => ({
      kind: String(row['kind']),
      namespace: String(row['namespace']),
      name: String(row['name']),
    }));
  }
}
