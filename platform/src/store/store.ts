/** The platform's durable state: one file, one writer, every change in a transaction. */
import { existsSync, rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { ClusterStore } from './cluster-store.ts';
import { openDatabase, RESTORED_TABLES, transaction } from './database.ts';
import { FeedStore } from './feed-store.ts';
import { HistoryStore } from './history-store.ts';
import { Inbox } from './inbox.ts';
import { ObjectStore } from './object-store.ts';
import { ReportStore } from './report-store.ts';

/** Opens the file and gives the tables. */
export class Store {
  readonly clusters: ClusterStore;
  readonly feeds: FeedStore;
  readonly objects: ObjectStore;
  readonly reports: ReportStore;
  readonly history: HistoryStore;
  readonly inbox: Inbox;
  readonly #file: string;
  readonly #database: DatabaseSync;

  /** Throws `RangeError` when the file is of another schema version, SQLite's error when it cannot be opened. */
  constructor(file: string) {
    this.#file = file;
    this.#database = openDatabase(file);
    this.clusters = new ClusterStore(this.#database);
    this.feeds = new FeedStore(this.#database);
    this.objects = new ObjectStore(this.#database);
    this.reports = new ReportStore(this.#database);
    this.history = new HistoryStore(this.#database);
    this.inbox = new Inbox(this.#database);
  }

  /** Runs `work` in one transaction. */
  transaction<Result>(work: () => Result): Result {
    return transaction(this.#database, work);
  }

  /**
   * Rows of a query over one consistent state, on a connection of its own, so that batches go on meanwhile.
   * The connection closes when the iteration ends, however it ends.
   */
  *read(
    query: (database: DatabaseSync) => { statement: StatementSync; parameters: string[] },
  ): Generator<Record<string, unknown>> {
    const database = new DatabaseSync(this.#file, { readOnly: true });
    try {
      const { statement, parameters } = query(database);
      yield* statement.iterate(...parameters);
    } finally {
      database.close();
    }
  }

  /** Keeps a copy of everything, for `restore`. A second checkpoint replaces the first. */
  checkpoint(): void {
    rmSync(this.#checkpointFile, { force: true });
    this.#database.prepare('VACUUM INTO ?').run(this.#checkpointFile);
  }

  /**
   * Goes back to the checkpoint, as a platform does that lost its newest data and restored a backup. Epochs do not go back:
   * a session that opened after the checkpoint is unknown afterwards, an older one continues with a gap.
   * Throws `RangeError` when there is no checkpoint.
   */
  restore(): void {
    if (!existsSync(this.#checkpointFile)) throw new RangeError('there is no checkpoint to restore');
    const epochs = new Map(this.clusters.all().map(({ id, epoch }) => [id, epoch]));
    this.#database.prepare('ATTACH ? AS backup').run(this.#checkpointFile);
    try {
      this.transaction(() => {
        for (const table of RESTORED_TABLES.toReversed()) this.#database.exec(`DELETE FROM main.${table}`);
        for (const table of RESTORED_TABLES) {
          this.#database.exec(`INSERT INTO main.${table} SELECT * FROM backup.${table}`);
        }
        const keepEpoch = this.#database.prepare('UPDATE clusters SET epoch = max(epoch, ?) WHERE id = ?');
        for (const [id, epoch] of epochs) keepEpoch.run(epoch, id);
      });
    } finally {
      this.#database.exec('DETACH backup');
    }
  }

  /** Closes the file; a checkpoint that was taken is deleted. */
  close(): void {
    this.#database.close();
    rmSync(this.#checkpointFile, { force: true });
  }

  get #checkpointFile(): string {
    return `${this.#file}.checkpoint`;
  }
}
