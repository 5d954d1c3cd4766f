import { isPlausibleTime, type PoolRecord, type PoolState, type Refusal } from '../pool/pool-record.ts';

/** What this process has delivered itself and what was refused it, by its own clock and whatever others have written down since. */
export interface OwnDeliveries {
  /** The last one that was acknowledged. */
  readonly acked: PoolRecord | undefined;
  /** It was made because what was kept of the pool could not be believed. */
  readonly wasInDoubt: boolean;
  /** The last one that was refused under every key. */
  readonly refused: Refusal | undefined;
}

/** A process that has just begun. */
export const NOTHING_DELIVERED: OwnDeliveries = { acked: undefined, wasInDoubt: false, refused: undefined };

/**
 * What to make of a record that others may write as well. Where the clocks of two machines differ by more than a little, each of them finds
 * the other's record in the future or long over: if each answered that with a delivery, they would take turns for ever. So a process answers
 * a record that it cannot believe once, and then goes by what it has delivered itself.
 */
export function believed(pool: PoolState, own: OwnDeliveries, nowMs: number): PoolState {
  const isAnswered = pool.isDoubted === true && own.wasInDoubt && isPlausibleTime(own.acked?.ackedAtMs, nowMs);
  return isAnswered ? { ...pool, acked: own.acked } : pool;
}

/** When the pool's data was last delivered as far as this process knows: somebody else's time, or our own where that is later. */
export function lastAckedMs({ ackedAtMs }: PoolRecord, own: OwnDeliveries, nowMs: number): number {
  const ownMs = own.acked?.ackedAtMs;
  return isPlausibleTime(ownMs, nowMs) ? Math.max(ackedAtMs, ownMs) : ackedAtMs;
}

/** When this very delivery was last refused, to whichever pod; undefined: never, as far as can be known. */
export function lastRefusedMs(sendKey: string, { refused }: PoolState, own: OwnDeliveries): number | undefined {
  const times = [refused, own.refused].flatMap((one) => (one?.sendKey === sendKey ? [one.atMs] : []));
  return times.length === 0 ? undefined : Math.max(...times);
}
