import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { describe, expect, it } from 'vitest';
import { DeliveryRun } from './delivery-run.ts';

const unavailable: Verdict = { kind: 'UNAVAILABLE', detail: '503', status: 503 };
const unauthorized: Verdict = { kind: 'UNAUTHORIZED', detail: '401', status: 401, keyChanged: false };

type Heard = { readonly type: 'refused'; readonly verdict: Verdict } | { readonly type: 'taken' };

/** A run of a machine that the test plays. */
function start() {
  const clock = new ManualClock();
  const machine = { phase: 'registering', isQuiet: false };
  const log: string[] = [];
  const run = new DeliveryRun<Heard>({
    dispatch: ({ type }) => log.push(type),
    phase: () => machine.phase,
    isQuiet: () => machine.isQuiet,
    hurry: () => log.push('hurry'),
    answerIn: (input) => (input.type === 'refused' ? input.verdict : 'taken'),
    onAnswer: (verdict) => log.push(`answered ${verdict?.kind ?? 'OK'}`),
    observer: { onRefused: ({ kind }, next, delayMs) => log.push(`told ${kind} ${next} ${delayMs}`) },
    clock,
  });
  const stop = new AbortController();
  return { clock, machine, log, run, stop, ended: run.last(stop.signal) };
}

/** After the turns that an answer takes. */
const heard = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('the run of a delivery', () => {
  it('starts the machine, and tells of an answer when the machine has heard it', async () => {
    const { log, run, stop, ended } = start();

    run.ask(Promise.resolve({ type: 'refused', verdict: unavailable }));
    await heard();
    run.ask(Promise.resolve({ type: 'taken' }));
    await heard();

    expect(log).toEqual(['start', 'refused', 'answered UNAVAILABLE', 'taken', 'answered OK']);
    stop.abort();
    await ended;
  });

  it('tries again when the wait is over, and tells why and when it will', async () => {
    const { clock, machine, log, run, stop, ended } = start();
    run.ask(Promise.resolve({ type: 'refused', verdict: unavailable }));
    await heard();
    machine.phase = 'pausing';

    run.wait(500);

    expect(log.splice(0)).toEqual(['start', 'refused', 'answered UNAVAILABLE', 'told UNAVAILABLE pausing 500']);
    expect(run.nextAttemptAtMs).toBe(clock.monotonicMs() + 500);
    await clock.advance(500);
    expect(log).toEqual(['timer']);
    stop.abort();
    await ended;
  });

  it.each([
    { verdict: unauthorized, phase: 'holding', heardThen: ['timer'] },
    { verdict: unauthorized, phase: 'pausing', heardThen: ['timer'] },
    { verdict: unauthorized, phase: 'sending', heardThen: [] },
    { verdict: unavailable, phase: 'holding', heardThen: [] },
  ])('with another key after $verdict.kind while $phase hears $heardThen', async ({ verdict, phase, heardThen }) => {
    const { machine, log, run, stop, ended } = start();
    run.ask(Promise.resolve({ type: 'refused', verdict }));
    await heard();
    machine.phase = phase;
    log.splice(0);

    run.keyReplaced();

    expect(log).toEqual(heardThen);
    stop.abort();
    await ended;
  });

  it('tells the machine nothing after the stop, and leaves no timer behind', async () => {
    const { clock, log, run, stop, ended } = start();
    run.wait(500);
    const late = Promise.withResolvers<Heard>();
    run.ask(late.promise);

    stop.abort();
    await ended;
    late.reject(new Error('a request that was cut'));
    run.dispatch({ type: 'taken' });
    await heard();

    expect(log).toEqual(['start']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends with the error of work that fails while it goes on', async () => {
    const { run, ended } = start();

    run.watch(Promise.reject(new Error('a bug')));

    await expect(ended).rejects.toThrow('a bug');
  });

  it('is drained when it is quiet, and hurries until then', async () => {
    const { machine, log, run, stop, ended } = start();
    let isDrained = false;
    const drained = run.drained(new AbortController().signal).then(() => (isDrained = true));
    run.settled();
    await heard();
    expect([isDrained, run.isDraining, log]).toEqual([false, true, ['start', 'hurry']]);

    machine.isQuiet = true;
    run.settled();

    await drained;
    stop.abort();
    await ended;
  });

  it('waits for quiet no longer than the signal lets it', async () => {
    const { run, stop, ended } = start();
    const patience = new AbortController();
    const drained = run.drained(patience.signal);

    patience.abort();

    await expect(drained).resolves.toBeUndefined();
    stop.abort();
    await ended;
  });
});
