/** A copy of a platform's database to go back to: what a platform does that lost its newest data and restored a backup. */
import { existsSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** Tables that go back, in an order that foreign keys allow. Reports and history stay: they are what tests read. */
const RESTORED_TABLES: readonly string[] = ['clusters', 'feeds', 'objects', 'findings', 'inbox'];

/** Copies one database and brings the copy back, on connections of its own. */
export class Checkpoint {
  readonly #file: string;

  /** `file`: the platform's database. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Keeps a copy of everything. A second one replaces the first. */
  take(): void {
    this.remove();
    this.#connect((database) => database.prepare('VACUUM INTO ?').run(this.#copy));
  }

  /**
   * Goes back to the copy. Epochs do not go back: a session that opened after the copy was taken is unknown afterwards, an older
   * one continues with a gap. Gives the id of the last line of history before, 0 if there is none. Throws `RangeError` when there is no copy. Nobody may be in the middle of a change.
   */
  restore(): number {
    if (!existsSync(this.#copy)) throw new RangeError('there is no checkpoint to restore');
    return this.#connect((database) => {
      database.prepare('ATTACH ? AS backup').run(this.#copy);
      database.exec('BEGIN IMMEDIATE; CREATE TEMP TABLE epochs AS SELECT id, epoch FROM main.clusters');
      for (const table of RESTORED_TABLES.toReversed()) database.exec(`DELETE FROM main.${table}`);
      for (const table of RESTORED_TABLES) database.exec(`INSERT INTO main.${table} SELECT * FROM backup.${table}`);
      database.exec(`
        UPDATE clusters SET epoch = epochs.epoch FROM epochs WHERE epochs.id = clusters.id;
        COMMIT`);
      // Nobody writes meanwhile.
      return Number(database.prepare('SELECT coalesce(max(id), 0) AS id FROM history').get()?.['id']);
    });
  }

  /** Deletes the copy. */
  remove(): void {
    rmSync(this.#copy, { force: true });
  }

  /** What was not committed when `work` throws is rolled back by the connection's end. */
  #connect<Result>(work: (database: DatabaseSync) => Result): Result {
    const database = new DatabaseSync(this.#file);
    try {
      database.exec('PRAGMA foreign_keys = ON');
      return work(database);
    } finally {
      database.close();
    }
  }

  get #copy(): string {
    return `${this.#file}.checkpoint`;
  }
}
