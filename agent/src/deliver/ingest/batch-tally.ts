import type { OpenResponse } from '@castai/shared/wire/ingest/ingest-messages.ts';

/** Batches of which the platform has confirmed what it had not before. */
export interface Confirmed {
  readonly received: number;
  readonly processed: number;
}

/**
 * Counts what the platform has confirmed of the session that it opened last, over the end of it: a batch whose answer was lost, and
 * one that was processed only when the next session was opened, are told by that open. Without it the platform's counters, which are
 * about the same batches, would run away from ours. Kept over the terms of a replica, for the lease may come back.
 */
export class BatchTally {
  #epoch = 0;
  #received = 0;
  #processed = 0;

  /** A batch of the session was acknowledged, and so many were processed with it. */
  confirmed(processed: number): Confirmed {
    this.#received += 1;
    this.#processed += processed;
    return { received: 1, processed };
  }

  /** A session begins: what the one before got further than was confirmed. Nothing, if another agent's was in between. */
  opened({ epoch, ended }: Pick<OpenResponse, 'epoch' | 'ended'>): Confirmed {
    const isOurs = ended !== undefined && ended.epoch === this.#epoch;
    const received = isOurs ? Math.max(0, ended.receivedSeq - this.#received) : 0;
    const processed = isOurs ? Math.max(0, ended.processedSeq - this.#processed) : 0;
    this.#epoch = epoch;
    this.#received = 0;
    this.#processed = 0;
    return { received, processed };
  }
}
