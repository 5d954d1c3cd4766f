import type { Clock } from '@castai/shared/async/clock.ts';
import type { Limits } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Outbox } from '../../batch/outbox.ts';
import { BATCH_READY_BYTES, sendDueAt } from '../../batch/send-due.ts';
import { clampLimits, type LimitBounds } from './clamp-limits.ts';
import type { Portion } from './batch-in-hand.ts';

/** What a cutter needs. */
export interface BatchCutterOptions {
  readonly outbox: Pick<Outbox, 'cut' | 'pendingBytes' | 'pendingCount'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  /** What the platform may ask for; as `clampLimits` has it unless told. */
  readonly limitBounds?: LimitBounds;
  /** With so many bytes waiting a batch goes out at once; 256 KiB unless told. */
  readonly readyBytes?: number;
}

/** How the next batch is to be cut. */
export interface NextBatch {
  /** What waits is due at once. */
  readonly isUrgent: boolean;
  /** Bytes of entries, if that is less than the platform's limit. */
  readonly maxBytes: number;
  readonly onDue: () => void;
}

/** Until the platform says otherwise. */
const DEFAULT_LIMITS: Limits = { maxBatchBytes: 8 * 1024 * 1024, heartbeatMs: 15_000, minBatchIntervalMs: 0 };

/** Knows when the next batch is due, and cuts it out of the outbox. */
export class BatchCutter {
  readonly #options: BatchCutterOptions;
  #limits = DEFAULT_LIMITS;
  #clamped = '';
  #firstPendingAtMs: number | undefined;
  #lastSentAtMs = 0;
  #cancelTimer: () => void = () => {};

  constructor(options: BatchCutterOptions) {
    this.#options = options;
  }

  /** Something waits. Whether that may bring the next batch nearer: only the first one and a full batch can. */
  noteWaiting(): boolean {
    const isFirst = this.#firstPendingAtMs === undefined;
    this.#firstPendingAtMs ??= this.#options.clock.monotonicMs();
    return isFirst || this.#options.outbox.pendingBytes >= (this.#options.readyBytes ?? BATCH_READY_BYTES);
  }

  /** As the platform wishes, within bounds. */
  get heartbeatMs(): number {
    return this.#limits.heartbeatMs;
  }

  /** A session begins: its first heartbeat counts from now. */
  begin(): void {
    this.#lastSentAtMs = this.#options.clock.monotonicMs();
  }

  /**
   * Takes the platform's limits, within bounds. Gives in words what it asks for beyond them when that is news, because limits may come with
   * every answer; else an empty text.
   */
  heed(told: Limits): string {
    const { limits, clamped } = clampLimits(told, this.#limits, this.#options.limitBounds);
    this.#limits = limits;
    const before = this.#clamped;
    this.#clamped = clamped.join(', ');
    return this.#clamped === before ? '' : this.#clamped;
  }

  /** The next batch if it is due; no entries: a heartbeat. Otherwise undefined, and `onDue` is called when it will be. */
  next({ isUrgent, maxBytes, onDue }: NextBatch): Portion | undefined {
    const { clock, outbox } = this.#options;
    const nowMs = clock.monotonicMs();
    const dueAtMs = sendDueAt({
      nowMs,
      pendingBytes: outbox.pendingBytes,
      firstPendingAtMs: this.#firstPendingAtMs,
      lastSentAtMs: this.#lastSentAtMs,
      limits: this.#limits,
      readyBytes: this.#options.readyBytes,
    });
    this.#cancelTimer();
    if (dueAtMs > nowMs && !(isUrgent && outbox.pendingCount > 0)) {
      this.#cancelTimer = clock.setTimer(dueAtMs - nowMs, onDue);
      return undefined;
    }
    const { entries } = outbox.cut(Math.min(maxBytes, this.#limits.maxBatchBytes));
    const heartbeatAtMs = this.#lastSentAtMs + this.#limits.heartbeatMs;
    if (entries.length === 0 && heartbeatAtMs > nowMs) {
      // What waits may not go out yet, and is told once more when it may. Nothing was sent, over and over.
      this.#firstPendingAtMs = undefined;
      this.#cancelTimer = clock.setTimer(heartbeatAtMs - nowMs, onDue);
      return undefined;
    }
    this.#firstPendingAtMs = outbox.pendingCount > 0 ? nowMs : undefined;
    this.#lastSentAtMs = nowMs;
    return entries;
  }

  /** The session is over: forgets what waits. */
  drop(): void {
    this.#firstPendingAtMs = undefined;
    this.pause();
  }

  /** Leaves no timer behind. */
  pause(): void {
    this.#cancelTimer();
  }
}
