import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { Outcome, Verdict } from '@castai/shared/wire/transport.ts';
import { afterEach, describe, expect, it } from 'vitest';
import type { Delivery, DeliveryStatus } from './delivery.ts';
import { type OnAnswer, WireChoice, type WireMemory } from './wire-choice.ts';
import type { Wire } from './wire-state.ts';

const DAY_MS = 24 * 3_600_000;
const notFound: Verdict = { kind: 'INTERFERENCE', ackMismatch: false, status: 404, detail: 'HTTP 404' };

/** A delivery that does what the test says. */
class PlayedDelivery implements Delivery {
  readonly calls: string[] = [];
  readonly wire: Wire;
  readonly knownId: string | undefined;
  readonly onAnswer: OnAnswer;

  constructor(wire: Wire, knownId: string | undefined, onAnswer: OnAnswer) {
    this.wire = wire;
    this.knownId = knownId;
    this.onAnswer = onAnswer;
  }

  get status(): DeliveryStatus {
    return {
      phase: 'ready',
      clusterId: 'c-1',
      lastAckAtMs: undefined,
      heartbeatMs: 15_000,
      nextAttemptAtMs: undefined,
      lastVerdict: undefined,
      wireRows: { wire: this.wire },
    };
  }

  async run(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    this.calls.push('ended');
  }

  noteWaiting(): void {
    this.calls.push('noteWaiting');
  }

  offerChanged(): void {
    this.calls.push('offerChanged');
  }

  keyReplaced(): void {
    this.calls.push('keyReplaced');
  }

  drained(): Promise<void> {
    this.calls.push('drained');
    return Promise.resolve();
  }
}

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function start(memory: WireMemory = { wire: undefined }) {
  const clock = new ManualClock();
  const made: PlayedDelivery[] = [];
  const log: string[] = [];
  const answer: { now: Outcome<unknown> } = { now: { ok: false, verdict: notFound } };
  const choice = new WireChoice({
    make: (wire, knownId, onAnswer) => {
      const delivery = new PlayedDelivery(wire, knownId, onAnswer);
      made.push(delivery);
      return delivery;
    },
    ask: (clusterId) => {
      log.push(`ask ${clusterId}`);
      return Promise.resolve(answer.now);
    },
    abandon: () => log.push('abandon'),
    knownId: 'c-0',
    memory,
    observer: { onWire: (wire) => log.push(wire) },
    clock,
  });
  const stop = new AbortController();
  const done = choice.run(stop.signal);
  cleanUps.push(async () => {
    stop.abort();
    await done;
    expect(clock.pendingTimers).toBe(0);
  });
  await clock.advance(0);
  const last = (): PlayedDelivery => made.at(-1) as PlayedDelivery;
  return { choice, clock, made, log, memory, answer, last };
}

describe('delivery over the wire that the platform speaks', () => {
  it('asks for ours, and goes on with the other where nobody speaks it', async () => {
    const { made, log, memory, last, clock, choice } = await start();
    expect([last().wire, last().knownId]).toEqual(['ingest', 'c-0']);
    last().onAnswer(notFound);
    await clock.advance(0);
    expect(made.map(({ wire, knownId }) => `${wire} ${knownId}`)).toEqual(['ingest c-0', 'agent-deltas c-1']);
    expect([log, memory.wire]).toEqual([['ingest', 'abandon', 'agent-deltas'], 'agent-deltas']);
    // What the one before still hears is no news.
    made[0]?.onAnswer(undefined);
    last().onAnswer(undefined);
    expect(choice.status.wireRows).toEqual({
      wire: 'agent-deltas',
      'wire chosen': 'agent-deltas: the platform takes it',
    });
    expect(memory.wire).toBe('agent-deltas');
  });

  it('remembers from term to term, and asks again once a day', async () => {
    const { log, answer, last, clock, made } = await start({ wire: 'agent-deltas' });
    expect(last().wire).toBe('agent-deltas');
    last().onAnswer(undefined);
    await clock.advance(DAY_MS);
    await clock.advance(DAY_MS - 1);
    expect(log).toEqual(['agent-deltas', 'ask c-1']);
    answer.now = { ok: true, value: {} };
    await clock.advance(1);
    expect(made.map(({ wire }) => wire)).toEqual(['agent-deltas', 'ingest']);
    expect(made[0]?.calls).toEqual(['ended']);
  });

  it('hands everything to the wire in use', async () => {
    const { choice, last, clock } = await start();
    last().onAnswer(notFound);
    await clock.advance(0);
    choice.noteWaiting();
    choice.offerChanged();
    choice.keyReplaced();
    await choice.drained(new AbortController().signal);
    expect(last().calls).toEqual(['noteWaiting', 'offerChanged', 'keyReplaced', 'drained']);
    expect(choice.status).toMatchObject({ phase: 'ready', clusterId: 'c-1' });
  });
});
