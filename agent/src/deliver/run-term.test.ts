import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { afterEach, describe, expect, it } from 'vitest';
import type { DeliveryStatus } from './delivery.ts';
import { runTerm } from './run-term.ts';
import type { TenureMemory } from './tenure.ts';
import { HASTE_MS, PATIENCE_MS } from './tenure-state.ts';

const WELL: DeliveryStatus = {
  phase: 'ready',
  clusterId: 'c-1',
  epoch: 1,
  lastAckAtMs: 0,
  heartbeatMs: 15_000,
  nextAttemptAtMs: undefined,
  lastVerdict: undefined,
};

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A term under way: what is around it is written down in `log` as it is asked. */
async function startTerm(given: { hasElection?: boolean; hasStandby?: boolean | Error; memory?: TenureMemory } = {}) {
  const clock = new ManualClock();
  const log: string[] = [];
  const [term, draining, aborted] = [new AbortController(), new AbortController(), new AbortController()];
  const drained = Promise.withResolvers<void>();
  const situation = { status: WELL, isReading: true, heardAtMs: 0 as number | undefined };
  const done = runTerm({
    delivery: {
      get status() {
        return situation.status;
      },
      run: async (signal) => {
        log.push('run');
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        log.push('stopped');
      },
      drained: async () => {
        log.push('drain');
        await drained.promise;
      },
    },
    supervisor: {
      abandon: () => void log.push('abandon'),
      get isReading() {
        return situation.isReading;
      },
      get heardAtMs() {
        return situation.heardAtMs;
      },
    },
    leadership: {
      giveBack: () => {
        const { hasElection = true } = given;
        log.push('give back');
        if (hasElection) term.abort();
        return hasElection;
      },
    },
    hasStandby: async () => {
      const { hasStandby = false } = given;
      if (hasStandby instanceof Error) throw hasStandby;
      return Promise.resolve(hasStandby);
    },
    memory: given.memory ?? { isPatient: false },
    observer: { onUseless: (why) => void log.push(why) },
    clock,
    term: term.signal,
    draining: draining.signal,
    aborted: aborted.signal,
  });
  ends.push(() => term.abort());
  await clock.advance(0);
  return { clock, log, term, draining, drained, situation, done };
}

describe('a term', () => {
  it('sends until another replica may, and then no feed runs', async () => {
    const { log, term, done, clock } = await startTerm();
    term.abort();
    await done;
    expect(log).toEqual(['run', 'stopped', 'abandon']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('stops what is read first when the process drains, and sends until nothing waits', async () => {
    const { log, draining, drained, done, clock } = await startTerm();
    draining.abort();
    await clock.advance(0);
    expect(log).toEqual(['run', 'abandon', 'drain']);
    drained.resolve();
    await done;
    expect(log).toEqual(['run', 'abandon', 'drain', 'stopped', 'abandon']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is given back when the platform confirms nothing for ten minutes', async () => {
    const { clock, log, done } = await startTerm();
    await clock.advance(PATIENCE_MS - 1);
    expect(log).toEqual(['run']);
    await clock.advance(1);
    await done;
    expect(log).toEqual(['run', 'give back', 'NO_PLATFORM', 'stopped', 'abandon']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is given back after two minutes when another replica stands by, at the look after that is known', async () => {
    const memory = { isPatient: false };
    const { clock, log, done } = await startTerm({ hasStandby: true, memory });
    await clock.advance(HASTE_MS);
    expect(log).toEqual(['run']);
    await clock.advance(15_000);
    await done;
    expect(log).toEqual(['run', 'give back', 'NO_PLATFORM', 'stopped', 'abandon']);
    expect(memory).toEqual({ isPatient: true });
  });

  it('is patient where it is not known who stands by, and after it was given back until it has been of use', async () => {
    const f = async (given: Parameters<typeof startTerm>[0]): Promise<void> => {
      const { clock, log } = await startTerm(given);
      await clock.advance(PATIENCE_MS - 1);
      expect(log).toEqual(['run']);
      await clock.advance(1);
      expect(log.slice(1, 3)).toEqual(['give back', 'NO_PLATFORM']);
    };
    await f({ hasStandby: new Error('forbidden') });
    await f({ hasStandby: true, memory: { isPatient: true } });
  });

  it('remembers that it was of use, for the terms that come', async () => {
    const memory = { isPatient: true };
    const { clock, situation } = await startTerm({ memory });
    situation.status = { ...WELL, lastAckAtMs: 10 };
    situation.heardAtMs = 10;
    await clock.advance(15_000);
    expect(memory).toEqual({ isPatient: false });
  });

  it('is given back when the API server tells nothing of what is read, and not when nothing is', async () => {
    const f = async (status: Partial<DeliveryStatus>, isReading: boolean, expected: string[]): Promise<void> => {
      const { clock, log, situation } = await startTerm();
      Object.assign(situation, { status: { ...WELL, lastAckAtMs: PATIENCE_MS, ...status }, isReading });
      await clock.advance(PATIENCE_MS);
      expect(log.slice(1, 3)).toEqual(expected);
    };
    await f({}, true, ['give back', 'NO_WATCH']);
    await f({}, false, []);
    // Without a session nothing is read, and that is the platform's doing.
    await f({ phase: 'pausing' }, true, []);
  });

  it('is not given back where another agent sends, nor while both sides answer', async () => {
    const { clock, log, situation } = await startTerm();
    situation.status = { ...WELL, phase: 'fenced' };
    await clock.advance(3 * PATIENCE_MS);
    situation.status = { ...WELL, lastAckAtMs: 4 * PATIENCE_MS };
    situation.heardAtMs = 4 * PATIENCE_MS;
    await clock.advance(PATIENCE_MS);
    expect(log).toEqual(['run']);
  });

  it('is not given back while it drains, for its end is near', async () => {
    const { clock, log, draining } = await startTerm();
    draining.abort();
    await clock.advance(2 * PATIENCE_MS);
    expect(log).toEqual(['run', 'abandon', 'drain']);
  });

  it('goes on without an election, and says nothing of it', async () => {
    const { clock, log } = await startTerm({ hasElection: false });
    await clock.advance(3 * PATIENCE_MS);
    expect(log).toEqual(['run', 'give back']);
  });
});
