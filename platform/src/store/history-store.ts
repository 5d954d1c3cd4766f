/**
 * What was applied, entry by entry, for offline checks of the invariants (no resurrection, versions per uid only rise, one epoch
 * at a time). Off by default: it doubles the writes. Written in the transaction of the batch, so it never disagrees with it.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';

/** The transaction that history is written in. */
export interface AppliedBatch {
  readonly cluster: string;
  readonly epoch: number;
  readonly seq: number;
  readonly atMs: number;
}

/** Writes history. Callers hold the transaction. */
export class HistoryStore {
  enabled = false;
  readonly #insert: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT INTO history (cluster, epoch, seq, at_ms, record) VALUES (?, ?, ?, ?, ?)');
  }

  /** Notes an entry that was taken, or refused with `rejection`. Bodies are left out, their size is noted. */
  entry(batch: AppliedBatch, entry: Entry, rejection: string | undefined): void {
    if (!this.enabled) return;
    const noted = entry.type === 'upsert' ? { ...entry, body: undefined, bodyBytes: entry.body.length } : entry;
    this.#write(batch, rejection === undefined ? noted : { ...noted, rejection });
  }

  /** Notes objects that a sweep or an absent resource removed. */
  removed(batch: AppliedBatch, feedKey: number, uids: readonly string[]): void {
    if (this.enabled) this.#write(batch, { type: 'swept', feedKey, uids });
  }

  /** Notes a new session. */
  opened(batch: AppliedBatch, instanceId: string): void {
    if (this.enabled) this.#write(batch, { type: 'open', instanceId });
  }

  #write({ cluster, epoch, seq, atMs }: AppliedBatch, record: object): void {
    this.#insert.run(cluster, epoch, seq, atMs, JSON.stringify(record));
  }
}
