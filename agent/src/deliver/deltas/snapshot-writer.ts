import type { Clock } from '@castai/shared/async/clock.ts';
import { DELTA_TAIL, encodeItems } from '@castai/shared/wire/deltas/deltas-wire.ts';
import type { DeltaStream } from '@castai/shared/wire/deltas/deltas-transport.ts';
import type { Outbox } from '../../batch/outbox.ts';
import type { Transfer } from '../delivery.ts';
import type { DeltaBook, Taken } from './delta-book.ts';
import type { DeltaFeeds } from './delta-feeds.ts';
import type { SentItem } from './delta-item.ts';
import { SetAside } from './set-aside.ts';
import { opennessOf } from './snapshot-scope.ts';

/** What a writer needs. */
export interface SnapshotWriterOptions {
  readonly outbox: Pick<Outbox, 'cut'>;
  readonly book: DeltaBook;
  readonly feeds: DeltaFeeds;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs' | 'setTimer'>;
  readonly stream: DeltaStream;
  /** Asked right before the end is written: what has no end is no snapshot. */
  readonly mayEnd: () => boolean;
  readonly onTaken: (taken: Taken) => void;
  /** `rest`: what has to follow, because a document has but one item an object. */
  readonly onWritten: (rest: readonly SentItem[]) => void;
  readonly onBug: (error: unknown) => void;
}

/** What is taken out of the outbox at once: little enough that nothing is collected, enough to be worth a turn. */
const PIECE_BYTES = 256 * 1024;
/** News that waits for the next document. What is more is told in this one after all: memory is bounded, and most receivers keep the order. */
const ASIDE_BYTES = 4 * 1024 * 1024;
/** How often it is looked whether the snapshot may end, and a sign of life is given. Load balancers close what is silent for a minute. */
const LOOK_MS = 5_000;
/** How long feeds are waited for that may never come, when all others are there. */
const STUCK_MS = 120_000;

/** Writes one full snapshot, from the first object to the last, as fast as feeds bring them and the platform takes them. */
export class SnapshotWriter {
  readonly #options: SnapshotWriterOptions;
  readonly #ended = new Set<number>();
  readonly #aside = new SetAside();
  #items = 0;
  #isPumping = false;
  #isAsked = false;
  #isOver = false;
  #stuckSinceMs: number | undefined;
  #cancelLook: () => void = () => {};
  #takenBytes = 0;
  #takenAtMs: number | undefined;
  readonly #startedAtMs: number;
  #waitedMs = 0;
  #waitsSinceMs: number | undefined;

  constructor(options: SnapshotWriterOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.monotonicMs();
  }

  /** Objects so far. */
  get items(): number {
    return this.#items;
  }

  /** When it was last seen that bytes had left, in monotonic milliseconds. */
  get takenAtMs(): number | undefined {
    return this.#takenAtMs;
  }

  /** How it goes out. */
  get transfer(): Transfer {
    const waitsMs = this.#waitsSinceMs === undefined ? 0 : this.#options.clock.monotonicMs() - this.#waitsSinceMs;
    return {
      startedAtMs: this.#startedAtMs,
      bytes: this.#options.stream.bytes,
      waitedMs: this.#waitedMs + waitsMs,
    };
  }

  /** Writes the beginning. */
  begin(head: Uint8Array): void {
    this.#look();
    this.#run(async () => {
      await this.#write(head);
      await this.#pump();
    });
  }

  /** Something waits. */
  pump(): void {
    this.#isAsked = true;
    if (!this.#isPumping) this.#run(() => this.#pump());
  }

  /** Writes no more. */
  stop(): void {
    this.#isOver = true;
    this.#cancelLook();
  }

  #run(work: () => Promise<void>): void {
    this.#isPumping = true;
    work()
      .catch(this.#options.onBug)
      .finally(() => {
        this.#isPumping = false;
      });
  }

  async #pump(): Promise<void> {
    // After the turn that is under way: what is handed in together belongs together.
    await Promise.resolve();
    do {
      this.#isAsked = false;
      while (await this.#piece()) if (this.#isOver) return;
      await this.#endIfComplete();
    } while (this.#isAsked && !this.#isOver);
  }

  async #piece(): Promise<boolean> {
    const { outbox, book, clock, feeds, onTaken } = this.#options;
    if (this.#isOver) return false;
    const { entries } = outbox.cut(PIECE_BYTES);
    if (entries.length === 0) return false;
    const taken = book.take(entries, clock.now());
    for (const feedId of taken.ended) this.#ended.add(feedId);
    onTaken(taken);
    const items = this.#aside.sift(taken.items, taken.repeated);
    if (this.#aside.bytes > ASIDE_BYTES) items.push(...this.#aside.drain());
    if (items.length > 0) {
      const bytes = encodeItems(items, this.#items === 0);
      this.#items += items.length;
      await this.#write(bytes);
    }
    feeds.used(entries);
    feeds.onRoom();
    return true;
  }

  /** What is longer than a turn is the platform's time: compressing is a tenth of what reading takes. */
  async #write(bytes: Uint8Array): Promise<void> {
    const { clock, stream } = this.#options;
    const startedAtMs = clock.monotonicMs();
    this.#waitsSinceMs = startedAtMs;
    await stream.write(bytes);
    this.#waitsSinceMs = undefined;
    this.#waitedMs += clock.monotonicMs() - startedAtMs;
  }

  async #endIfComplete(): Promise<void> {
    const { feeds, stream, mayEnd, onWritten, clock } = this.#options;
    if (this.#isOver) return;
    const openness = opennessOf(feeds.list(), (feedId) => this.#ended.has(feedId));
    this.#stuckSinceMs = openness === 'stuck' ? (this.#stuckSinceMs ?? clock.monotonicMs()) : undefined;
    const isStuckLong = this.#stuckSinceMs !== undefined && clock.monotonicMs() - this.#stuckSinceMs >= STUCK_MS;
    if ((openness !== 'complete' && !isStuckLong) || !mayEnd()) return;
    this.stop();
    onWritten(this.#aside.drain());
    await stream.write(DELTA_TAIL);
    stream.end();
  }

  #look(): void {
    const { clock, stream } = this.#options;
    this.#cancelLook = clock.setTimer(LOOK_MS, () => {
      this.#look();
      if (stream.bytes > this.#takenBytes) this.#takenAtMs = clock.monotonicMs();
      this.#takenBytes = stream.bytes;
      stream.keepAlive();
      this.pump();
    });
  }
}
