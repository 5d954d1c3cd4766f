/** Batches that are received and wait for processing, in order. Durable, as what is acknowledged must be. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Batch } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { decodeBatch, encodeBatch } from '@castai/shared/wire/ingest/ingest-wire.ts';

/** Reads and writes waiting batches. Callers hold the transaction. */
export class Inbox {
  readonly #insert: StatementSync;
  readonly #next: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT INTO inbox (cluster, seq, batch) VALUES (?, ?, ?)');
    this.#next = database.prepare('SELECT batch FROM inbox WHERE cluster = ? ORDER BY seq LIMIT 1');
    this.#remove = database.prepare('DELETE FROM inbox WHERE cluster = ? AND seq = ?');
  }

  /** Keeps a batch for later. */
  push(cluster: string, batch: Batch): void {
    this.#insert.run(cluster, batch.seq, encodeBatch(batch));
  }

  /** Takes the oldest batch out; `undefined`: nothing waits. */
  take(cluster: string): Batch | undefined {
    const bytes = this.#next.get(cluster)?.['batch'];
    if (!(bytes instanceof Uint8Array)) return undefined;
    const batch = decodeBatch(bytes);
    this.#remove.run(cluster, batch.seq);
    return batch;
  }
}
