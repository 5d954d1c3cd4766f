/**
 * That a large and busy cluster behind a slow platform gets its snapshots and keeps up as far as the platform does: the agent's own watcher,
 * outbox and session on a clock that only the test moves.
 */
import { OutboxSink } from '@castai/agent/batch/outbox-sink.ts';
import { Outbox } from '@castai/agent/batch/outbox.ts';
import { BatchTally } from '@castai/agent/deliver/ingest/batch-tally.ts';
import { Session } from '@castai/agent/deliver/ingest/session.ts';
import { Backoff } from '@castai/shared/async/backoff.ts';
import { SoleHolder } from '@castai/shared/lead/sole-holder.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { SnapshotQueue } from '@castai/shared/watch/snapshot-queue.ts';
import { Watcher } from '@castai/shared/watch/watcher.ts';
import type { Batch, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { entryBytes } from '@castai/shared/wire/ingest/entry-wire.ts';
import { describe, expect, it } from 'vitest';
import { BusyKind } from './busy-kind.ts';

const MIB = 1024 * 1024;
const LIMIT_BYTES = 32 * MIB;
const BODY = new Uint8Array(2960);

interface Load {
  readonly objects: number;
  readonly changesPerSecond: number;
  readonly ackAfterMs: number;
  /** Where the platform has the feed already; empty: nowhere. */
  readonly resumePoint?: string;
}

function start({ objects, changesPerSecond, ackAfterMs, resumePoint = '' }: Load) {
  const clock = new ManualClock();
  const kind = new BusyKind({ objects, changesPerSecond, clock });
  const stop = new AbortController();
  const seen = { restarts: [] as string[], bugs: [] as unknown[], snapshots: 0, upserts: 0, batches: 0, mostBytes: 0 };
  /** Until when the platform answers nothing. */
  let awayUntilMs = 0;
  const outbox = new Outbox({
    limitBytes: LIMIT_BYTES,
    onDemoted: () => watcher.dispatch({ type: 'demoted' }),
    onWaiting: () => {
      seen.mostBytes = Math.max(seen.mostBytes, outbox.pendingBytes);
      session.noteWaiting();
    },
  });
  const queue = new SnapshotQueue({ places: 2, hasRoom: () => outbox.hasRoom });
  const random = (): number => 0.5;
  const keep = ({ metadata }: { metadata: { name: string; uid?: string; resourceVersion?: string } }): Upsert => ({
    type: 'upsert',
    feedId: 1,
    uid: metadata.uid ?? '',
    namespace: '',
    name: metadata.name,
    resourceVersion: metadata.resourceVersion ?? '',
    observedAtMs: 0,
    encoding: 'JSON',
    body: BODY,
  });
  const watcher: Watcher<Upsert> = new Watcher(
    {
      id: 1,
      name: 'pods',
      path: '/api/v1/pods',
      fieldSelector: '',
      traits: { mode: 'watch', hasBookmarks: true },
      priority: 0,
      keep,
      bytesOf: entryBytes,
    },
    {
      source: kind,
      sink: new OutboxSink(outbox, clock),
      queue,
      observer: {
        onEvents: () => {},
        onRestart: (_, reason) => seen.restarts.push(reason),
        onFailure: () => {},
        onUnreadable: () => {},
        onBroken: (_, error) => seen.bugs.push(error),
      },
      settings: { pageSize: 250, pollMs: 60_000 },
      clock,
      random,
      createBackoff: () =>
        new Backoff({ initialMs: 800, maxMs: 30_000, factor: 2, resetAfterMs: 120_000 }, { clock, random }),
      onNotFound: () => {},
      onForbidden: () => {},
      onRewound: () => {},
    },
  );
  const sent = new Map<number, Batch>();
  const limits = { maxBatchBytes: 8 * MIB, heartbeatMs: 15_000, minBatchIntervalMs: 0 };
  const session: Session = new Session({
    transport: {
      open: () => Promise.resolve({ ok: true, value: { epoch: 1, resume: [], limits, directives: [] } }),
      prepare: (batch) => {
        sent.set(batch.seq, batch);
        const { epoch, seq, entries } = batch;
        return Promise.resolve({ epoch, seq, entryCount: entries.length, encoding: 'zstd', bytes: BODY, rawBytes: 0 });
      },
      unpack: ({ seq }) => Promise.resolve(sent.get(seq)?.entries ?? []),
      send: async (_, { epoch, seq, entryCount }, signal) => {
        await clock.sleep(ackAfterMs + Math.max(0, awayUntilMs - clock.monotonicMs()), signal);
        seen.batches += 1;
        for (const { type } of sent.get(seq)?.entries ?? []) {
          if (type === 'upsert') seen.upserts += 1;
          if (type === 'snapshotEnd') seen.snapshots += 1;
        }
        sent.delete(seq);
        const ack = { epoch, receivedSeq: seq, processedSeq: seq, entryCount, directives: [], rejections: [] };
        return { ok: true, value: ack };
      },
    },
    outbox,
    mandate: new SoleHolder(),
    register: () => Promise.resolve('cluster'),
    feeds: {
      describe: () => ({
        instanceId: '',
        clusterUid: '',
        agentVersion: '',
        kubernetesVersion: '',
        feeds: [],
        encodings: [],
      }),
      adopt: () => watcher.dispatch({ type: 'start', resumePoint }),
      abandon: () => watcher.dispatch({ type: 'stop' }),
      resync: () => {},
      setAside: () => {},
      onRoom: () => queue.poke(),
    },
    observer: {
      onOpened: () => {},
      onOpenRefused: () => {},
      onAttempt: () => {},
      onRefused: () => {},
      onConfirmed: () => {},
      onDropped: () => {},
      onLimitsClamped: () => {},
      onOffersAnswered: () => {},
      onRejected: () => {},
    },
    tally: new BatchTally(),
    clock,
    random,
  });
  const running = session.run(stop.signal);
  return {
    clock,
    kind,
    seen,
    outbox,
    goAway: (ms: number) => {
      awayUntilMs = clock.monotonicMs() + ms;
    },
    end: async () => {
      stop.abort(new Error('the test has ended'));
      watcher.dispatch({ type: 'stop' });
      await running;
      expect(seen.bugs).toEqual([]);
      expect(seen.mostBytes).toBeLessThanOrEqual(LIMIT_BYTES);
    },
  };
}

describe('under load', () => {
  it('completes a snapshot although more changes than the platform can take, and drops and lists nothing again', async () => {
    const { clock, kind, seen, end } = start({ objects: 150_000, changesPerSecond: 2000, ackAfterMs: 1500 });
    for (let minute = 0; minute < 6; minute += 1) await clock.advance(60_000);
    expect(seen).toMatchObject({ snapshots: 1, restarts: [] });
    expect(kind.lists).toBe(1);
    await end();
  });

  it('needs no list after an outage, as long as history goes', async () => {
    for (const outageMs of [4000, 40_000]) {
      const load = { objects: 150_000, changesPerSecond: 2000, ackAfterMs: 200, resumePoint: '1000' };
      const { clock, kind, seen, goAway, outbox, end } = start(load);
      await clock.advance(10_000);
      goAway(outageMs);
      await clock.advance(outageMs + 30_000);
      expect(seen.restarts).toEqual([]);
      expect(kind.lists).toBe(0);
      expect(kind.lag).toBeLessThan(1000);
      expect(outbox.pendingBytes).toBeLessThan(4 * MIB);
      await end();
    }
  });

  it.each([
    { minutes: 10, lists: 0, why: [] },
    // By then the API server has forgotten where the watch was.
    { minutes: 60, lists: 1, why: ['KUBE_EXPIRED'] },
  ])(
    'holds no more than its bound while the platform takes nothing for $minutes minutes, and is even soon after (C61, C75)',
    async ({ minutes, lists, why }) => {
      const load = { objects: 20_000, changesPerSecond: 100, ackAfterMs: 200, resumePoint: '1000' };
      const { clock, kind, seen, goAway, outbox, end } = start(load);
      await clock.advance(10_000);
      goAway(minutes * 60_000);
      await clock.advance(minutes * 60_000);
      expect(outbox.pendingBytes).toBeGreaterThan(MIB);
      await clock.advance(120_000);
      expect([seen.restarts.filter((reason) => reason !== 'DEMOTED'), kind.lists]).toEqual([why, lists]);
      expect(kind.lag).toBeLessThan(1000);
      expect(outbox.pendingBytes).toBeLessThan(MIB);
      await end();
    },
  );

  it('does the same at the same moments when the wall clock jumps an hour to and fro (C50)', async () => {
    const run = async (jumps: readonly number[]): Promise<unknown> => {
      const { clock, kind, seen, goAway, end } = start({ objects: 5000, changesPerSecond: 500, ackAfterMs: 700 });
      for (const jump of jumps) {
        clock.jumpWall(jump);
        await clock.advance(4000);
        if (jump < 0) goAway(3000);
      }
      await end();
      return { ...seen, lists: kind.lists, lag: kind.lag };
    };
    const HOUR = 3_600_000;
    const jumped = await run([0, HOUR, -HOUR, -HOUR, 2 * HOUR, -HOUR]);
    expect(jumped).toMatchObject({ snapshots: 1, restarts: [] });
    expect(jumped).toEqual(await run([0, 0, -0.5, -0.5, 0, -0.5]));
  });

  it('sends a snapshot in batches of the window, however long a round trip takes', async () => {
    const { clock, seen, end } = start({ objects: 50_000, changesPerSecond: 0, ackAfterMs: 1000 });
    await clock.advance(80_000);
    expect(seen).toMatchObject({ snapshots: 1, upserts: 50_000, restarts: [] });
    await end();
  });
});
