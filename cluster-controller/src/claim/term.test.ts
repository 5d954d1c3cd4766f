import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LeaderEpoch } from './action-record.ts';
import { workTerm } from './term.ts';

let clock: ManualClock;
let told: string[];
let term: AbortController;
let draining: AbortController;
let runs: {
  readonly epoch: LeaderEpoch;
  readonly end: (result: 'fenced' | Error) => void;
  readonly open: () => void;
}[];
beforeEach(() => {
  [clock, told, term, draining, runs] = [new ManualClock(77), [], new AbortController(), new AbortController(), []];
});

/** A term whose desk and poller do what the test says. */
function start(evidence?: { readonly uid: string; readonly transitions: number }): Promise<void> {
  const untilAborted = (signal: AbortSignal): Promise<never> =>
    new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
    );
  return workTerm(
    {
      leadership: {
        evidence,
        giveBack: () => {
          told.push('given back');
          if (evidence !== undefined) term.abort(new Error('given back'));
          return evidence !== undefined;
        },
      },
      desk: {
        take: () => undefined,
        run: async (epoch, signal, onOpen) => {
          const { promise, resolve, reject } = Promise.withResolvers<'fenced'>();
          runs.push({ epoch, open: onOpen, end: (result) => (result === 'fenced' ? resolve(result) : reject(result)) });
          return Promise.race([promise, untilAborted(signal)]);
        },
      },
      poller: {
        run: async (signal) => {
          told.push('polls');
          signal.addEventListener('abort', () => void told.push('polls no more'), { once: true });
          return untilAborted(signal);
        },
      },
      clock,
      random: () => 1,
      onTakeOverFailed: (error) => void told.push(String(error)),
      onBroken: (error) => void told.push(`broken: ${String(error)}`),
    },
    term.signal,
    draining.signal,
  );
}

describe('a term', () => {
  it('works in the epoch of its lease, and ends with it, or with the process', async () => {
    const ended = start({ uid: 'l', transitions: 4 });
    expect(runs.map(({ epoch }) => epoch)).toEqual([{ lease: 'l', transitions: 4 }]);
    runs[0]?.open();
    term.abort(new Error('lost'));
    await ended;
    expect(told).toEqual(['polls', 'polls no more']);

    [told, runs, term] = [[], [], new AbortController()];
    const second = start();
    expect(runs[0]?.epoch).toEqual({ lease: 'none', transitions: 77 });
    draining.abort(new Error('drains'));
    await second;
    expect([told, clock.pendingTimers]).toEqual([[], 0]);
  });

  it('gives the lease back when another leader writes', async () => {
    const ended = start({ uid: 'l', transitions: 4 });
    runs[0]?.open();
    runs[0]?.end('fenced');
    await ended;
    expect(told).toEqual(['polls', 'polls no more', 'given back']);
  });

  it('without an election stands by when a process that began later writes', async () => {
    const ended = start();
    runs[0]?.open();
    runs[0]?.end('fenced');
    await clock.advance(600_000);
    expect([told, runs.length]).toEqual([['polls', 'polls no more', 'given back'], 1]);
    draining.abort(new Error('drains'));
    await ended;
  });

  it('without an election takes over when its clock is past that of the process before, which was ahead', async () => {
    const ended = start();
    runs[0]?.end('fenced');
    await clock.advance(999);
    expect([runs.length, told]).toEqual([1, [expect.stringContaining('later by its clock')]]);
    await clock.advance(1);
    expect(runs.map(({ epoch }) => epoch)).toEqual([77, 1077].map((transitions) => ({ lease: 'none', transitions })));
    runs[1]?.open();
    expect(told.slice(1)).toEqual(['polls']);
    draining.abort(new Error('drains'));
    await ended;
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes over again after a pause when the records could not be', async () => {
    const ended = start({ uid: 'l', transitions: 4 });
    runs[0]?.end(new Error('no'));
    await clock.advance(999);
    expect([runs.length, told]).toEqual([1, ['Error: no']]);
    await clock.advance(1);
    expect(runs).toHaveLength(2);
    term.abort(new Error('lost'));
    await ended;
    expect(clock.pendingTimers).toBe(0);
  });

  it('that is over before it begins does nothing', async () => {
    term.abort(new Error('lost'));
    const ended = start();
    runs[0]?.end('fenced');
    await ended;
    expect(told.filter((line) => line !== 'given back')).toEqual([]);
  });
});
