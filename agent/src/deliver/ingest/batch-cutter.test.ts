import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { describe, expect, it } from 'vitest';
import { BATCH_READY_BYTES } from '../../batch/send-due.ts';
import { BatchCutter } from './batch-cutter.ts';

const ENTRY: Entry = { type: 'snapshotBegin', feedId: 1 };

function start() {
  const clock = new ManualClock();
  const cuts: number[] = [];
  const outbox = {
    pendingBytes: 0,
    pendingCount: 0,
    /** What waits may not go out. */
    isHeld: false,
    cut: (maxBytes: number) => {
      cuts.push(maxBytes);
      const entries: Entry[] = outbox.isHeld ? [] : Array.from({ length: outbox.pendingCount }, () => ENTRY);
      if (!outbox.isHeld) Object.assign(outbox, { pendingBytes: 0, pendingCount: 0 });
      return { entries, bytes: 0 };
    },
  };
  const due: number[] = [];
  const cutter = new BatchCutter({ outbox, clock });
  cutter.begin();
  const next = (isUrgent = false): boolean =>
    cutter.next({ isUrgent, maxBytes: Infinity, onDue: () => due.push(clock.monotonicMs()) }) !== undefined;
  return { clock, cuts, outbox, due, cutter, next };
}

describe('the cutter', () => {
  it('says when the next batch is due, once, and forgets an earlier time', async () => {
    const { clock, due, outbox, cutter, next } = start();
    expect(next()).toBe(false);
    await clock.advance(1000);
    outbox.pendingCount = 1;
    expect(cutter.noteWaiting()).toBe(true);
    expect(next()).toBe(false);
    await clock.advance(20_000);
    expect(due).toEqual([1250]);
    expect(next()).toBe(true);
  });

  it('hears of what waits only what can bring the batch nearer: the first of it, and enough', () => {
    const { outbox, cutter } = start();
    expect([cutter.noteWaiting(), cutter.noteWaiting()]).toEqual([true, false]);
    outbox.pendingBytes = BATCH_READY_BYTES;
    expect(cutter.noteWaiting()).toBe(true);
  });

  it('sends no batches of nothing while what waits may not go out, and hears when it may', async () => {
    const { clock, cuts, due, outbox, cutter, next } = start();
    Object.assign(outbox, { pendingBytes: BATCH_READY_BYTES, pendingCount: 1, isHeld: true });
    cutter.noteWaiting();
    expect([next(), cuts.length]).toEqual([false, 1]);
    expect(cutter.noteWaiting()).toBe(true);
    outbox.isHeld = false;
    expect(next()).toBe(true);
    Object.assign(outbox, { pendingBytes: BATCH_READY_BYTES, pendingCount: 1, isHeld: true });
    expect(next()).toBe(false);
    await clock.advance(15_000);
    // The heartbeat comes all the same.
    expect(due).toEqual([15_000]);
    expect(next()).toBe(true);
  });

  it('cuts at once what is urgent, but no batch of nothing', () => {
    const { outbox, cutter, next } = start();
    expect(next(true)).toBe(false);
    outbox.pendingCount = 1;
    cutter.noteWaiting();
    expect(next(true)).toBe(true);
    cutter.drop();
  });

  it('cuts no more than the platform takes, and says what it asked for beyond bounds once, until that changes', () => {
    const { cuts, outbox, cutter, next } = start();
    const limits = { maxBatchBytes: 1 << 20, heartbeatMs: 15_000, minBatchIntervalMs: 0 };
    expect(cutter.heed(limits)).toBe('');
    const hasty = { ...limits, heartbeatMs: 1 };
    expect(cutter.heed(hasty)).not.toBe('');
    expect(cutter.heed(hasty)).toBe('');
    expect(cutter.heed(limits)).toBe('');
    expect(cutter.heed(hasty)).not.toBe('');
    outbox.pendingCount = 1;
    next(true);
    expect(cuts).toEqual([1 << 20]);
  });

  it('leaves no timer behind', () => {
    const { clock, cutter, next } = start();
    next();
    expect(clock.pendingTimers).toBe(1);
    cutter.pause();
    expect(clock.pendingTimers).toBe(0);
  });
});
