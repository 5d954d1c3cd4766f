/** The platform's durable state: one file, one writer, every change in a transaction. */
import type { DatabaseSync } from 'node:sqlite';
import { ClusterStore } from './cluster-store.ts';
import { openDatabase, transaction } from './database.ts';
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
  readonly #database: DatabaseSync;

  /** Throws `RangeError` when the file is of another schema version, SQLite's error when it cannot be opened. */
  constructor(file: string) {
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

  /** Closes the file. */
  close(): void {
    this.#database.close();
  }
}
