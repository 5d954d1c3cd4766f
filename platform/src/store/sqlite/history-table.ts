/**
 * What was applied, entry by entry, for offline checks of the invariants (no resurrection, versions per uid only rise, one epoch
 * at a time). Off by default: it doubles the writes. Written in the transaction of the batch, so it never disagrees with it.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { BatchChange, Removal } from '../changes.ts';

/** The transaction that history is written in. */
export interface HistoryPlace {
  readonly cluster: string;
  readonly epoch: number;
  readonly seq: number;
  readonly atMs: number;
}

/** Writes history. Callers hold the transaction. */
export class HistoryTable {
  readonly #insert: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT INTO history (cluster, epoch, seq, at_ms, record) VALUES (?, ?, ?, ?, ?)');
  }

  /** Notes one thing that happened. */
  add({ cluster, epoch, seq, atMs }: HistoryPlace, record: object): void {
    this.#insert.run(cluster, epoch, seq, atMs, JSON.stringify(record));
  }

  /** Notes every entry of a batch, the refused ones with their code, offers that marked nothing with `wanted`, and the objects that went without being named. */
  addBatch({ cluster, batch, atMs, rejections, wanted }: BatchChange, removals: readonly Removal[]): void {
    const place = { cluster, epoch: batch.epoch, seq: batch.seq, atMs };
    const rejected = new Map(rejections.map(({ entryIndex, code }) => [entryIndex, code]));
    const isWanted = new Set(wanted);
    batch.entries.forEach((entry, index) =>
      this.add(place, { ...entryRecord(entry, rejected.get(index)), ...(isWanted.has(index) ? { wanted: true } : {}) }),
    );
    for (const removal of removals) this.add(place, { type: 'swept', ...removal });
  }
}

/** Bodies are left out, their size is noted. */
function entryRecord(entry: Entry, rejection: string | undefined): object {
  const noted = entry.type === 'upsert' ? { ...entry, body: undefined, bodyBytes: entry.body.length } : entry;
  return rejection === undefined ? noted : { ...noted, rejection };
}
