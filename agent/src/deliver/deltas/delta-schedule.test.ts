import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { Entry, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { describe, expect, it } from 'vitest';
import { Outbox } from '../../batch/outbox.ts';
import { DeltaSchedule } from './delta-schedule.ts';

const pod = (name: string): Upsert => ({
  type: 'upsert',
  feedId: 1,
  uid: `uid-${name}`,
  namespace: 'shop',
  name,
  resourceVersion: '1',
  observedAtMs: 0,
  encoding: 'JSON',
  body: Buffer.from('{}'),
});
const named = (entries: readonly Entry[]): string =>
  entries.flatMap((entry) => (entry.type === 'upsert' ? [entry.name] : [])).join();

/** A schedule whose deltas are taken at once, and whose snapshots too. */
function start() {
  const clock = new ManualClock();
  const log: string[] = [];
  const is = { ready: true, draining: false, snapshotUnderWay: false };
  const seconds = (): string => String(clock.monotonicMs() / 1000);
  const outbox: Outbox = new Outbox({
    limitBytes: 1 << 20,
    onDemoted: () => {},
    onWaiting: () => schedule.noteWaiting(),
  });
  const schedule: DeltaSchedule = new DeltaSchedule({
    outbox,
    intervalMs: 15_000,
    clock,
    isReady: () => is.ready,
    isDraining: () => is.draining,
    isSnapshotUnderWay: () => is.snapshotUnderWay,
    onDue: (entries) => {
      log.push(`${seconds()} s: delta ${named(entries)}`);
      schedule.lookSoon();
    },
    onSnapshotDue: (reason) => {
      log.push(`${seconds()} s: snapshot ${reason}`);
      schedule.snapshotBegins(reason);
      schedule.lookSoon();
    },
  });
  outbox.startFeed(1, '1', true);
  schedule.begin();
  return { clock, log, is, outbox, schedule };
}

describe('when something goes out on the second wire', () => {
  it('is every 15 s, whether or not something waits, and as often as the platform permits', async () => {
    const { clock, log, outbox, schedule } = start();
    schedule.lookSoon();
    await clock.advance(15_000);
    outbox.change(pod('a'));
    await clock.advance(15_000);
    schedule.heed({ intervalSeconds: 2, resync: false });
    outbox.change(pod('b'));
    await clock.advance(2_000);
    expect(log).toEqual(['15 s: delta ', '30 s: delta a', '32 s: delta b']);
  });

  it('is not more often than every second, nor more seldom than every 15 s, whatever the platform asks for', async () => {
    const { clock, log, outbox, schedule } = start();
    schedule.heed({ intervalSeconds: 0, resync: false });
    outbox.change(pod('a'));
    await clock.advance(1_000);
    schedule.heed({ intervalSeconds: 3600, resync: false });
    outbox.change(pod('b'));
    await clock.advance(15_000);
    expect(log).toEqual(['1 s: delta a', '16 s: delta b']);
  });

  it('is at once, and no snapshot any more, for an agent that ends', async () => {
    const { clock, log, is, outbox, schedule } = start();
    is.draining = true;
    schedule.wish('HISTORY_LOST');
    outbox.change(pod('a'));
    await clock.advance(0);
    expect(log).toEqual(['0 s: delta a']);
  });

  it('is never while something else is under way', async () => {
    const { clock, log, is, outbox, schedule } = start();
    is.ready = false;
    schedule.wish('HISTORY_LOST');
    outbox.change(pod('a'));
    await clock.advance(60_000);
    expect([log, clock.pendingTimers]).toEqual([[], 0]);
    is.ready = true;
    schedule.look();
    expect(log).toEqual(['60 s: snapshot HISTORY_LOST']);
  });

  it('is a snapshot for a reason at once, and for the same reason ten minutes later', async () => {
    const { clock, log, schedule } = start();
    schedule.wish('HISTORY_LOST');
    await clock.advance(1_000);
    schedule.wish('HISTORY_LOST');
    expect(schedule.description).toBe('HISTORY_LOST, in 599 s');
    await clock.advance(600_000);
    expect(log.filter((line) => line.includes('snapshot'))).toEqual([
      '0 s: snapshot HISTORY_LOST',
      '600 s: snapshot HISTORY_LOST',
    ]);
    expect(schedule.description).toBe('');
  });

  it('is no snapshot for a wish from before the last one, or while one is on its way', async () => {
    const { clock, log, is, schedule } = start();
    const wanted = { resync: true };
    schedule.heed(wanted);
    await clock.advance(0);
    schedule.asked();
    is.snapshotUnderWay = true;
    schedule.heed(wanted);
    await clock.advance(0);
    expect(log).toEqual([]);
    is.snapshotUnderWay = false;
    schedule.heed(wanted);
    await clock.advance(0);
    schedule.heed(wanted);
    await clock.advance(120_000);
    expect(log.filter((line) => line.includes('snapshot'))).toEqual(['0 s: snapshot ASKED']);
  });

  it('leaves no timer behind', async () => {
    const { clock, schedule } = start();
    schedule.snapshotBegins('FIRST');
    schedule.wish('FIRST');
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(2);
    schedule.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
