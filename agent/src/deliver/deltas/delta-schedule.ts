import type { Clock } from '@castai/shared/async/clock.ts';
import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Outbox } from '../../batch/outbox.ts';
import { BatchCutter } from '../ingest/batch-cutter.ts';
import type { PlatformWishes } from './platform-wishes-call.ts';
import { type SnapshotReason, SnapshotWishes } from './snapshot-wishes.ts';

/** What the schedule needs. */
export interface DeltaScheduleOptions {
  readonly outbox: Pick<Outbox, 'cut' | 'pendingBytes' | 'pendingCount'>;
  /** The longest time between two deltas, in milliseconds; the platform may ask for a shorter one. */
  readonly intervalMs: number;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  /** Whether anything may go out now. */
  readonly isReady: () => boolean;
  /** Whether what waits is to go out at once, and no full snapshot begins any more. */
  readonly isDraining: () => boolean;
  /** Whether a full snapshot is being written, or waits for its answer. */
  readonly isSnapshotUnderWay: () => boolean;
  /** A delta is due; no entries: a heartbeat. */
  readonly onDue: (entries: readonly Entry[]) => void;
  readonly onSnapshotDue: (reason: SnapshotReason) => void;
}

/** Bytes of items in one delta: as large as the platform takes a batch of the other wire. */
const MAX_DELTA_BYTES = 8 * 1024 * 1024;
/** What a platform may ask for: more often would cost both sides more than it tells. */
const SHORTEST_INTERVAL_MS = 1_000;

/** Knows when the next delta and the next full snapshot are due, and who wishes for what. */
export class DeltaSchedule {
  readonly #options: DeltaScheduleOptions;
  readonly #cutter: BatchCutter;
  readonly #wishes: SnapshotWishes;
  /** The platform was asked for its wishes after the last full snapshot had begun. */
  #isWishFresh = false;
  #isLookDue = false;
  #cancelWish: () => void = () => {};

  constructor(options: DeltaScheduleOptions) {
    this.#options = options;
    this.#cutter = new BatchCutter(options);
    this.#pauseBetween(options.intervalMs);
    this.#wishes = new SnapshotWishes({ nowMs: () => options.clock.monotonicMs() });
  }

  /** The next full snapshot in words; empty: nobody wishes for one. */
  get description(): string {
    const nowMs = this.#options.clock.monotonicMs();
    const { dueAtMs, waiting } = this.#wishes;
    if (dueAtMs === undefined) return '';
    return `${waiting.join(', ')}, in ${Math.round(Math.max(dueAtMs - nowMs, 0) / 1000)} s`;
  }

  /** Whether the picture at the platform is known to be wrong, and a full snapshot that puts it right still to begin. */
  get hasHole(): boolean {
    return this.#wishes.isForUs;
  }

  /** Begins a snapshot or cuts a delta when one is due, or sees to it that this is looked at when one will be. */
  look(): void {
    const { isReady, isDraining, onDue } = this.#options;
    if (!isReady()) return;
    if (!isDraining() && this.#grantWish()) return;
    const entries = this.#cutter.next({
      isUrgent: isDraining(),
      maxBytes: MAX_DELTA_BYTES,
      onDue: () => this.look(),
    });
    if (entries !== undefined) onDue(entries);
  }

  /** Looks after the turn that is under way: what is handed in together belongs together. */
  lookSoon(): void {
    if (this.#isLookDue) return;
    this.#isLookDue = true;
    queueMicrotask(() => {
      this.#isLookDue = false;
      this.look();
    });
  }

  /** Something waits in the outbox. */
  noteWaiting(): void {
    if (this.#cutter.noteWaiting()) this.look();
  }

  /** There is a reason for a full snapshot. */
  wish(reason: SnapshotReason): void {
    this.#wishes.wish(reason);
    this.lookSoon();
  }

  /** The platform is asked for its wishes. */
  asked(): void {
    this.#isWishFresh = true;
  }

  /** Takes the platform's wishes, within bounds. */
  heed({ intervalSeconds, resync }: PlatformWishes): void {
    const { intervalMs, isSnapshotUnderWay } = this.#options;
    const askedMs = intervalSeconds === undefined ? intervalMs : intervalSeconds * 1000;
    this.#pauseBetween(Math.min(Math.max(askedMs, SHORTEST_INTERVAL_MS), intervalMs));
    // A snapshot that is on its way is what the platform wishes for.
    if (resync && this.#isWishFresh && !isSnapshotUnderWay()) this.#wishes.wish('ASKED');
    this.lookSoon();
  }

  /** A full snapshot begins: it is for all who wish for one. */
  snapshotBegins(reason: SnapshotReason): void {
    this.#wishes.wish(reason);
    this.#wishes.granted();
    this.#cancelWish();
    this.#isWishFresh = false;
  }

  /** For how long nothing need be sent. */
  get heartbeatMs(): number {
    return this.#cutter.heartbeatMs;
  }

  /** Deltas follow: the first heartbeat counts from now. */
  begin(): void {
    this.#cutter.begin();
  }

  /** Forgets what waits. */
  drop(): void {
    this.#cutter.drop();
  }

  /** Leaves no timer behind. */
  stop(): void {
    this.#cancelWish();
    this.#cutter.pause();
  }

  /** Whether a full snapshot begins; if one is wished for later, it is looked at again then. */
  #grantWish(): boolean {
    this.#cancelWish();
    const { clock, onSnapshotDue } = this.#options;
    const { dueAtMs, waiting } = this.#wishes;
    const [reason] = waiting;
    if (dueAtMs === undefined || reason === undefined) return false;
    const delayMs = dueAtMs - clock.monotonicMs();
    if (delayMs <= 0) onSnapshotDue(reason);
    else this.#cancelWish = clock.setTimer(delayMs, () => this.look());
    return delayMs <= 0;
  }

  #pauseBetween(minBatchIntervalMs: number): void {
    const { intervalMs } = this.#options;
    this.#cutter.heed({ maxBatchBytes: MAX_DELTA_BYTES, heartbeatMs: intervalMs, minBatchIntervalMs });
  }
}
