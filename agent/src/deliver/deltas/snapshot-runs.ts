import type { Clock } from '@castai/shared/async/clock.ts';
import type { Outbox } from '../../batch/outbox.ts';
import type { Transfer } from '../delivery.ts';
import type { DeltaBook, Taken } from './delta-book.ts';
import type { DeltaCalls } from './delta-calls.ts';
import type { DeltaFeeds } from './delta-feeds.ts';
import type { DeltasCommand, DeltasInput } from './deltas-signals.ts';
import type { SnapshotReason } from './snapshot-wishes.ts';
import { SnapshotWriter, type SnapshotWriterOptions } from './snapshot-writer.ts';

/** What full snapshots are made with. */
export interface SnapshotRunsOptions {
  readonly calls: DeltaCalls;
  readonly outbox: Outbox;
  readonly book: DeltaBook;
  readonly feeds: DeltaFeeds;
  readonly clock: Clock;
  readonly onTaken: (taken: Taken) => void;
  readonly onWritten: SnapshotWriterOptions['onWritten'];
  readonly onBug: (error: unknown) => void;
}

/** The full snapshots of one delivery, one at a time. */
export class SnapshotRuns {
  readonly #options: SnapshotRunsOptions;
  #control = new AbortController();
  #writer: SnapshotWriter | undefined;
  #last: { readonly reason: SnapshotReason; readonly atMs: number; readonly writer: SnapshotWriter } | undefined;

  constructor(options: SnapshotRunsOptions) {
    this.#options = options;
  }

  /** Whether one is being written, or waits for its answer. */
  get isUnderWay(): boolean {
    return this.#writer !== undefined;
  }

  /** When the platform was last seen to take bytes of the one under way. */
  get takenAtMs(): number | undefined {
    return this.#writer?.takenAtMs;
  }

  /** How the one under way goes out. */
  get transfer(): Transfer | undefined {
    return this.#writer?.transfer;
  }

  /** The last one in words. */
  get description(): string {
    if (this.#last === undefined) return 'none';
    const { reason, atMs, writer } = this.#last;
    const seconds = Math.round((this.#options.clock.monotonicMs() - atMs) / 1000);
    return `${reason}, begun ${seconds} s ago, ${writer.items} objects`;
  }

  /** Begins one, and gives what comes of it; undefined: nothing was begun, for want of the right to send. The feeds have to be begun next. */
  begin({ token, reason }: Extract<DeltasCommand, { type: 'begin' }>): Promise<DeltasInput | undefined> | undefined {
    const { calls, clock, onTaken, onWritten, onBug, ...rest } = this.#options;
    this.#control = new AbortController();
    const stream = calls.stream(token, this.#control.signal);
    if (stream === undefined) return undefined;
    const mayEnd = (): boolean => calls.mayGoOn;
    const writer = new SnapshotWriter({ ...rest, clock, stream, mayEnd, onTaken, onWritten, onBug });
    this.#writer = writer;
    this.#last = { reason, atMs: clock.monotonicMs(), writer };
    writer.begin(calls.head(true));
    return calls.outcomeOf({ stream, items: () => writer.items }, this.#control.signal);
  }

  /** Something waits in the outbox. */
  pump(): void {
    this.#writer?.pump();
  }

  /** The platform has taken it. */
  settle(): void {
    this.#writer = undefined;
  }

  /** The one under way is given up. */
  drop(): void {
    this.#writer?.stop();
    this.#writer = undefined;
    this.#control.abort(new Error('the snapshot is given up'));
  }
}
