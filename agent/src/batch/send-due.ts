import type { Limits } from '@castai/shared/wire/ingest/ingest-messages.ts';

/** How long the first entry of a batch waits for company, in milliseconds (PROTOCOL.md of the ingest wire). */
const BATCH_DELAY_MS = 250;

/** With this many bytes waiting and nothing in flight, a batch goes out at once. */
export const BATCH_READY_BYTES = 256 * 1024;

/** What decides when the next batch goes out. Instants are milliseconds of one monotonic clock. */
export interface SendSituation {
  readonly nowMs: number;
  readonly pendingBytes: number;
  /** When the oldest waiting entry arrived; undefined when nothing waits. */
  readonly firstPendingAtMs: number | undefined;
  /** When the last batch of this session went out, or the session opened. */
  readonly lastSentAtMs: number;
  readonly limits: Limits;
  /** With so many bytes waiting it goes out at once; 256 KiB unless told. */
  readonly readyBytes?: number | undefined;
}

/**
 * The instant at which the next batch is due, given that none is in flight: 250 ms after its first entry, at once when it has
 * 256 KiB, at the latest when a heartbeat is due, and never faster than the platform's minimum interval.
 */
export function sendDueAt(situation: SendSituation): number {
  const { nowMs, pendingBytes, firstPendingAtMs, lastSentAtMs, limits } = situation;
  const heartbeatAt = lastSentAtMs + limits.heartbeatMs;
  let wanted = heartbeatAt;
  if (pendingBytes >= (situation.readyBytes ?? BATCH_READY_BYTES)) wanted = nowMs;
  else if (firstPendingAtMs !== undefined) wanted = Math.min(heartbeatAt, firstPendingAtMs + BATCH_DELAY_MS);
  return Math.max(wanted, lastSentAtMs + limits.minBatchIntervalMs);
}
