import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { describeError } from '../errors.ts';
import { KubeError } from '../kube/kube-error.ts';
import type { LeaseClaim } from '../kube/kube-lease.ts';
import type { LeaseRecord } from '../kube/lease-record.ts';
import { LeaseCalls } from './lease-calls.ts';
import { QUICK_PACE } from './lease-pace.ts';

const record = (holder: string, transitions = 3): LeaseRecord => ({
  uid: 'lease',
  resourceVersion: '7',
  holder,
  transitions,
});

/** Never answers, and lets go as soon as it is told to. */
const silent = (signal: AbortSignal): Promise<never> => {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  if (signal.aborted) reject(signal.reason as Error);
  return promise;
};

function start(
  read: (signal: AbortSignal) => Promise<LeaseRecord | undefined>,
  write: (claim: LeaseClaim, signal: AbortSignal) => Promise<LeaseRecord | undefined> = () =>
    Promise.resolve(undefined),
) {
  const clock = new ManualClock();
  const failures: string[] = [];
  const claims: LeaseClaim[] = [];
  const calls = new LeaseCalls({
    lease: {
      read,
      write: (_, claim, signal) => {
        claims.push(claim);
        return write(claim, signal);
      },
    },
    self: { holder: 'me', podPrefix: '' },
    pace: QUICK_PACE,
    clock,
    onFailed: (error) => failures.push(describeError(error)),
  });
  return { clock, calls, failures, claims, signal: new AbortController().signal };
}

const WRITE = { type: 'write', seen: record('other'), transitions: 4, isNewHolder: true } as const;

it('tells when a read was answered and when a write was sent, each by what makes the lease look older', async () => {
  const slow = async (clock: ManualClock): Promise<void> => clock.advance(1_000);
  const { clock, calls, claims, signal } = start(
    async () => {
      await slow(clock);
      return record('other');
    },
    async ({ holder, transitions }) => {
      await slow(clock);
      return record(holder, transitions);
    },
  );
  expect(await calls.read(signal)).toEqual({ type: 'found', record: record('other'), nowMs: 1_000 });
  expect(calls.seen).toEqual({ holder: 'other', transitions: 3 });
  expect(await calls.write(WRITE, signal)).toEqual({ type: 'written', record: record('me', 4), sentAtMs: 1_000 });
  expect(calls.seen).toEqual({ holder: 'me', transitions: 4 });
  expect(claims).toEqual([{ holder: 'me', transitions: 4, durationMs: 15_000, isNewHolder: true }]);
});

it('tells apart that there is no lease, that somebody was faster, and how long the API server wants to be left alone', async () => {
  const { calls, signal } = start(() => Promise.resolve(undefined));
  expect(await calls.read(signal)).toEqual({ type: 'found', record: undefined, nowMs: 0 });
  expect(calls.seen).toEqual({ holder: '', transitions: 0 });
  expect(await calls.write(WRITE, signal)).toEqual({ type: 'conflict' });
  const busy = start(() => Promise.reject(new KubeError('KUBE_THROTTLED', 'busy', { retryAfterMs: 9_000 })));
  expect(await busy.calls.read(busy.signal)).toEqual({ type: 'failed', retryAfterMs: 9_000, tookMs: 0 });
  expect(busy.failures).toEqual(['busy']);
});

it('waits four seconds for an answer, and leaves neither timer nor listener behind', async () => {
  const { clock, calls, failures, signal } = start(silent);
  const reading = calls.read(signal);
  await clock.advance(4_000);
  expect(await reading).toEqual({ type: 'failed', retryAfterMs: 0, tookMs: 4_000 });
  expect(failures).toEqual(['the API server gave no answer within 4 s']);
  expect([clock.pendingTimers, getEventListeners(signal, 'abort').length]).toEqual([0, 0]);
});

it('says nothing of a call that was ended from outside', async () => {
  const { clock, calls, failures } = start(silent);
  const stop = new AbortController();
  const reading = calls.read(stop.signal);
  stop.abort();
  expect(await reading).toEqual({ type: 'failed', retryAfterMs: 0, tookMs: 0 });
  expect(await calls.read(stop.signal)).toEqual({ type: 'failed', retryAfterMs: 0, tookMs: 0 });
  expect([failures, clock.pendingTimers]).toEqual([[], 0]);
});

it('gives back only what is ours, and tries three times when others write beside it', async () => {
  const f = async (holder: string, expected: LeaseClaim[]): Promise<void> => {
    const { calls, claims, signal } = start(() => Promise.resolve(record(holder)));
    await calls.release(signal);
    expect([holder, claims]).toEqual([holder, expected]);
  };
  const given = { holder: '', transitions: 3, durationMs: 1_000, isNewHolder: false };
  await f('other', []);
  await f('me', [given, given, given]);
});

it('does not give anything back when the process has no time left, nor waits longer than three seconds', async () => {
  const { calls, claims, clock, signal } = start(silent);
  await calls.release(AbortSignal.abort());
  const releasing = calls.release(signal);
  await clock.advance(3_000);
  await releasing;
  expect([claims, clock.pendingTimers]).toEqual([[], 0]);
});
