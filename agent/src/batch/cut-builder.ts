import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';

/** The entries of one batch. */
export interface Cut {
  readonly entries: Entry[];
  /** Bytes of the entries before compression, see `entryBytes`. */
  readonly bytes: number;
}

/** A batch under construction, of up to about `maxBytes`. */
export class CutBuilder implements Cut {
  readonly entries: Entry[] = [];
  readonly maxBytes: number;
  bytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Bytes that are left. */
  get room(): number {
    return this.maxBytes - this.bytes;
  }

  /** The first entry always fits: a batch of nothing would never get it out. */
  get roomForOne(): number {
    return this.entries.length === 0 ? Infinity : this.room;
  }

  /** Adds an entry that takes so many bytes. */
  add(entry: Entry, bytes: number): void {
    this.entries.push(entry);
    this.bytes += bytes;
  }
}
