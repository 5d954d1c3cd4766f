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
import type { Batch, Entry, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
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
  /** Bytes that the platform takes in a second, beside that. Left out: any number. */
  readonly bytesPerSecond?: number;
  /** How long a continue token is good. Left out: for ever. */
  readonly tokenMs?: number;
  /** Where the platform has the feed already; empty: nowhere. */
  readonly resumePoint?: string;
}

function start({ objects, changesPerSecond, ackAfterMs, bytesPerSecond = Infinity, tokenMs, resumePoint = '' }: Load) {
  const clock = new ManualClock();
  const kind = new BusyKind({ objects, changesPerSecond, clock, ...(tokenMs === undefined ? {} : { tokenMs }) });
  const stop = new AbortController();
  const seen = { restarts: [] as string[], bugs: [] as unknown[], snapshots: 0, upserts: 0, batches: 0, mostBytes: 0 };
  /** What the platform has: the version of each object by uid, whether it was told that the feed is up to date, and what it found wrong. */
  const held = {
    versions: new Map<string, number>(),
    marked: new Set<string>(),
    offered: 0,
    state: '',
    wrong: [] as string[],
  };
  /** Until when the platform answers nothing. */
  let awayUntilMs = 0;
  const outbox = new Outbox({
    limitBytes: LIMIT_BYTES,
    onDemoted: () => watcher.dispatch({ type: 'demoted' }),
    onMayOffer: (feedId) => outbox.confirmOffers(feedId),
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
  /** What the platform does with an entry; false: it wants what it is offered. */
  const take = (entry: Entry): boolean => {
    if (entry.type === 'feedState') held.state = `${entry.state} ${entry.reason}`.trim();
    if (entry.type === 'snapshotBegin') held.marked.clear();
    if (entry.type === 'snapshotEnd' && held.marked.size < objects)
      held.wrong.push(`${String(objects - held.marked.size)} objects are swept that exist`);
    if (entry.type === 'offer') {
      held.offered += 1;
      const isHeld = held.versions.get(entry.uid) === Number(entry.resourceVersion);
      if (isHeld) held.marked.add(entry.uid);
      return isHeld;
    }
    if (entry.type !== 'upsert') return true;
    const version = Number(entry.resourceVersion);
    if (version < (held.versions.get(entry.uid) ?? 0)) held.wrong.push(`an older state of ${entry.uid}`);
    held.versions.set(entry.uid, version);
    held.marked.add(entry.uid);
    return true;
  };
  const limits = { maxBatchBytes: 8 * MIB, heartbeatMs: 15_000, minBatchIntervalMs: 0 };
  const session: Session = new Session({
    transport: {
      open: () =>
        Promise.resolve({
          ok: true,
          value: { epoch: 1, resume: [], limits, directives: [], offers: { held: [] } },
        }),
      prepare: (batch) => {
        sent.set(batch.seq, batch);
        const { epoch, seq, entries } = batch;
        return Promise.resolve({ epoch, seq, entryCount: entries.length, encoding: 'zstd', bytes: BODY, rawBytes: 0 });
      },
      unpack: ({ seq }) => Promise.resolve(sent.get(seq)?.entries ?? []),
      send: async (_, { epoch, seq, entryCount }, signal) => {
        const entries = sent.get(seq)?.entries ?? [];
        const bytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
        const takesMs = ackAfterMs + (1000 * bytes) / bytesPerSecond;
        await clock.sleep(takesMs + Math.max(0, awayUntilMs - clock.monotonicMs()), signal);
        seen.batches += 1;
        for (const { type } of entries) {
          if (type === 'upsert') seen.upserts += 1;
          if (type === 'snapshotEnd') seen.snapshots += 1;
        }
        sent.delete(seq);
        const wanted = entries.flatMap((entry, index) => (take(entry) ? [] : [index]));
        const ack = { epoch, receivedSeq: seq, processedSeq: seq, entryCount, directives: [], rejections: [], wanted };
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
    held,
    outbox,
    watcher,
    goAway: (ms: number) => {
      awayUntilMs = clock.monotonicMs() + ms;
    },
    end: async () => {
      stop.abort(new Error('the test has ended'));
      watcher.dispatch({ type: 'stop' });
      await running;
      expect(seen.bugs).toEqual([]);
      expect(held.wrong).toEqual([]);
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

  it.each([
    { tokens: 'last', tokenMs: Infinity },
    { tokens: 'expire, too', tokenMs: 300_000 },
  ])(
    'ends a list that takes longer than the API server remembers changes, and is even once there are fewer (C8): tokens $tokens',
    async ({ tokenMs }) => {
      // 2.3 MB of changes a second for a platform that takes 2: the watch is read ever later, and 102,400 changes are two minutes.
      const load = { objects: 150_000, changesPerSecond: 770, ackAfterMs: 200, bytesPerSecond: 2_000_000, tokenMs };
      const { clock, kind, seen, held, watcher, outbox, end } = start(load);
      await clock.advance(20 * 60_000);
      expect(held.versions.size).toBe(load.objects);
      expect(seen.restarts).toContain('KUBE_EXPIRED');
      expect(kind.expiredTokens > 0).toBe(tokenMs < Infinity);
      // Each list is as long as the platform makes it, and each one ends: none is thrown away.
      expect(seen.snapshots).toBeGreaterThanOrEqual(2);
      expect(kind.lists - seen.snapshots).toBeLessThanOrEqual(1);
      expect(watcher.status).toMatchObject({ lastRestart: 'KUBE_EXPIRED' });
      expect(held.state).toContain('DEGRADED KUBE_EXPIRED');
      kind.pace(50);
      const { lists } = kind;
      await clock.advance(12 * 60_000);
      expect([watcher.status.phase, held.state]).toEqual(['live', 'SYNCED']);
      expect(kind.lists - lists).toBeLessThanOrEqual(2);
      kind.pace(0);
      await clock.advance(60_000);
      expect(outbox.pendingBytes).toBe(0);
      expect(kind.versions().every((version, index) => held.versions.get(`u${String(index)}`) === version)).toBe(true);
      await end();
    },
  );

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
