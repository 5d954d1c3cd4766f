import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { Outcome } from '@castai/shared/wire/transport.ts';
import type { DeltaReceipt } from '@castai/shared/wire/deltas/deltas-transport.ts';
import { describe, expect, it } from 'vitest';
import { Outbox } from '../../batch/outbox.ts';
import { DeltaBook } from './delta-book.ts';
import { DeltaCalls } from './delta-calls.ts';
import { SnapshotRuns } from './snapshot-runs.ts';

const TAKEN: Outcome<DeltaReceipt> = { ok: true, value: { token: 'token-2' } };

/** Snapshots of a cluster without feeds, each of which is complete at once. */
function start({ isHeld = () => true }: { readonly isHeld?: () => boolean } = {}) {
  const clock = new ManualClock();
  const log: string[] = [];
  const answers: PromiseWithResolvers<Outcome<DeltaReceipt>>[] = [];
  const bugs: unknown[] = [];
  const feeds = { list: () => [], adopt: () => {}, abandon: () => {}, used: () => {}, onRoom: () => {} };
  const about = { kubernetesVersion: 'v1.36.3', agentVersion: '1.2.3' };
  const calls = new DeltaCalls({
    transport: {
      prepare: () => Promise.reject(new Error('a snapshot is streamed')),
      send: () => Promise.reject(new Error('a snapshot is streamed')),
      stream: ({ token }, signal) => {
        log.push(`stream after ${token}`);
        const answer = Promise.withResolvers<Outcome<DeltaReceipt>>();
        answers.push(answer);
        const giveUp = (): void => answer.reject(signal.reason as Error);
        if (signal.aborted) giveUp();
        else signal.addEventListener('abort', giveUp, { once: true });
        return {
          outcome: answer.promise,
          bytes: 7,
          write: () => Promise.resolve(),
          keepAlive: () => log.push('sign of life'),
          end: () => log.push('end'),
        };
      },
    },
    mandate: { isHeld, challenge: () => undefined },
    register: () => Promise.resolve('cluster-1'),
    about: () => about,
    observer: { onAttempt: ({ verdict, bytes, entries }) => log.push(`attempt ${verdict} ${bytes} ${entries}`) },
    clock,
  });
  const runs = new SnapshotRuns({
    calls,
    outbox: new Outbox({ limitBytes: 1 << 20, onDemoted: () => {}, onWaiting: () => {} }),
    book: new DeltaBook(
      (id) => ({ group: '', version: 'v1', kind: `Kind${id}`, isPolled: false }),
      () => undefined,
    ),
    feeds,
    clock,
    onTaken: () => {},
    onWritten: (rest) => log.push(`written, ${rest.length} follow`),
    onBug: (error) => bugs.push(error),
  });
  return { clock, log, answers, bugs, runs };
}

describe('the full snapshots of a delivery', () => {
  it('go out after the token that is known, and each gives what comes of it', async () => {
    const { clock, log, answers, bugs, runs } = start();
    expect([runs.isUnderWay, runs.description]).toEqual([false, 'none']);
    const outcome = runs.begin({ type: 'begin', token: 'token-1', reason: 'FIRST' });
    expect(runs.isUnderWay).toBe(true);
    await clock.advance(6_000);
    expect(log).toEqual(['stream after token-1', 'written, 0 follow', 'end']);
    answers[0]?.resolve(TAKEN);
    expect(await outcome).toEqual({ type: 'accepted', token: 'token-2' });
    expect(log.at(-1)).toBe('attempt OK 7 0');
    // Until whoever has asked for it says so, it waits for its answer.
    expect(runs.isUnderWay).toBe(true);
    runs.settle();
    expect([runs.isUnderWay, runs.description, bugs]).toEqual([false, 'FIRST, begun 6 s ago, 0 objects', []]);
  });

  it('give what was refused as well', async () => {
    const { answers, runs } = start();
    const outcome = runs.begin({ type: 'begin', token: '', reason: 'ASKED' });
    const verdict = { kind: 'UNAVAILABLE', detail: 'HTTP 503' } as const;
    answers[0]?.resolve({ ok: false, verdict });
    expect(await outcome).toEqual({ type: 'refused', verdict });
  });

  it('are not begun without the right to send', () => {
    const { clock, log, runs } = start({ isHeld: () => false });
    expect(runs.begin({ type: 'begin', token: 'token-1', reason: 'FIRST' })).toBeUndefined();
    expect([log, runs.isUnderWay, runs.description, clock.pendingTimers]).toEqual([[], false, 'none', 0]);
  });

  it('come to nothing when they are given up: no answer, no end, no timer', async () => {
    const { clock, log, bugs, runs } = start();
    const outcome = runs.begin({ type: 'begin', token: 'token-1', reason: 'NOT_TAKEN' });
    runs.drop();
    expect(await outcome).toBeUndefined();
    await clock.advance(60_000);
    expect([log, bugs, clock.pendingTimers]).toEqual([['stream after token-1'], [], 0]);
    expect([runs.isUnderWay, runs.takenAtMs]).toEqual([false, undefined]);
  });

  it('are one at a time, and the one after is not given up with the one before', async () => {
    const { clock, answers, runs } = start();
    const first = runs.begin({ type: 'begin', token: 'token-1', reason: 'FIRST' });
    runs.drop();
    const second = runs.begin({ type: 'begin', token: 'token-1', reason: 'NOT_TAKEN' });
    expect(await first).toBeUndefined();
    answers[1]?.resolve(TAKEN);
    expect(await second).toEqual({ type: 'accepted', token: 'token-2' });
    expect(runs.description).toBe('NOT_TAKEN, begun 0 s ago, 0 objects');
    runs.drop();
    expect(clock.pendingTimers).toBe(0);
  });
});
