/** Batches that are received and wait for processing, in order. Durable, as what is acknowledged must be. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Batch } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { decodeBatch, encodeBatch } from '@castai/shared/wire/ingest/ingest-wire.ts';

/** Reads and writes waiting batches. Callers hold the transaction. */
export class InboxTable {
  readonly #insert: StatementSync;
  readonly #first: StatementSync;
  readonly #remove: StatementSync;
  readonly #clear: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT INTO inbox (cluster, seq, batch) VALUES (?, ?, ?)');
    this.#first = database.prepare('SELECT batch FROM inbox WHERE cluster = ? ORDER BY seq LIMIT 1');
    this.#remove = database.prepare('DELETE FROM inbox WHERE cluster = ? AND seq = ?');
    this.#clear = database.prepare('DELETE FROM inbox WHERE cluster = ?');
  }

  /** Keeps a batch for later. */
  push(cluster: string, batch: Batch): void {
    this.#insert.run(cluster, batch.seq, encodeBatch(batch));
  }

  /** The oldest batch; `undefined`: nothing waits. */
  first(cluster: string): Batch | undefined {
    const bytes = this.#first.get(cluster)?.['batch'];
    return bytes instanceof Uint8Array ? decodeBatch(bytes) : undefined;
  }

  /** Takes a batch out; false: it does not wait. */
  remove(cluster: string, seq: number): boolean {
    return this.#remove.run(cluster, seq).changes === 1;
  }

  /** Takes all of them out. */
  clear(cluster: string): void {
    this.#clear.run(cluster);
  }
}
