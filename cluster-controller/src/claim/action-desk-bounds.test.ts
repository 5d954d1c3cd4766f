import { setImmediate as turn } from 'node:timers/promises';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { expect, it } from 'vitest';
import { MOST_ACTIONS, parseAnswer } from '../poll/parse-answer.ts';
import { ActionDesk, type DeskObserver } from './action-desk.ts';
import type { ActionRecord } from './action-record.ts';
import { FORGOTTEN_AFTER } from './action-state.ts';

const epoch = { lease: 'l', transitions: 1 };
const nothing = (): void => undefined;
const observer: DeskObserver = {
  onBegun: nothing,
  onFinished: nothing,
  onStoreFailed: nothing,
  onStored: nothing,
  onResolveFailed: nothing,
  onForgotten: nothing,
  onTakenOver: nothing,
  onAdmitted: nothing,
  onSwitchFailed: nothing,
  onSwitchRead: nothing,
  onFull: nothing,
  onFenced: nothing,
};
const told = (id: string): ActionRecord => ({
  id,
  kind: 'createEvent',
  epoch,
  claimedAtMs: 0,
  target: { is: 'none' },
  step: 'do',
  progress: {},
  outcome: { is: 'done', detail: '' },
});

it('a desk that is full forgets what is asked for no more, and then takes what waits, however much that is', async () => {
  const clock = new ManualClock();
  let left = 0;
  const desk = new ActionDesk({
    store: {
      takeOver: async () =>
        Array.from({ length: 10_000 }, (_, index) => ({ is: 'record', record: told(`old-${index}`) }) as const),
      save: async () => 'saved',
      erase: async () => 'saved',
    },
    worker: {
      resolve: async () => ({ is: 'none' }),
      work: async () => ({ is: 'concluded', outcome: { is: 'done', detail: '' }, progress: {} }),
    },
    acks: { pendingCount: 0, want: nothing, withdraw: nothing, stop: nothing },
    killSwitch: { isPaused: async () => true },
    caps: { all: 1000, ofKind: {} },
    bounds: { kinds: new Set(['createEvent']), resources: [] },
    program: 'test',
    observer: { ...observer, onFull: (count) => void (left = count) },
    onBroken: (error) => expect.fail(String(error)),
    clock,
    random: () => 0,
  });
  const end = new AbortController();
  const ended = desk.run(epoch, end.signal, nothing).catch(nothing);
  await clock.advance(0);
  // One that is known is beyond what is looked at: it is asked for all the same.
  const items = Array.from({ length: MOST_ACTIONS + 1 }, (_, index) => ({
    id: index < MOST_ACTIONS ? `new-${index}` : 'old-7',
    actionCreateEvent: { reason: 'R', objectReference: { kind: 'Node', name: 'n' } },
  }));
  const poll = async (): Promise<void> => {
    left = 0;
    desk.take(parseAnswer(items));
    await clock.advance(30_000);
  };
  await poll();
  expect([left, desk.counts]).toEqual([MOST_ACTIONS, new Map([['acked', 10_000]])]);
  for (let polls = 0; polls < FORGOTTEN_AFTER + 1; polls += 1) await poll();
  expect([left, desk.counts.get('acked'), desk.counts.get('received')]).toEqual([0, 1, MOST_ACTIONS]);
  end.abort(new Error('over'));
  await ended;
});

it('of ten thousand that are known the turns are looked at now and then, and not after each change of one', async () => {
  const clock = new ManualClock();
  let looks = 0;
  let settled = 0;
  // Writes and work take turns of the event loop, not all as many, so that in each turn something changes.
  const later = async <T>(value: T): Promise<T> => {
    settled += 1;
    for (let turns = 1 + (settled % 8); turns > 0; turns -= 1) await turn();
    return value;
  };
  const desk = new ActionDesk({
    store: { takeOver: async () => [], save: () => later('saved'), erase: async () => 'saved' },
    worker: {
      resolve: async () => ({ is: 'none' }),
      work: () => later({ is: 'concluded', outcome: { is: 'done', detail: '' }, progress: {} }),
    },
    acks: { pendingCount: 0, want: nothing, withdraw: nothing, stop: nothing },
    killSwitch: { isPaused: async () => false },
    caps: { all: 1000, ofKind: {} },
    bounds: { kinds: new Set(['createEvent']), resources: [] },
    program: 'test',
    observer: { ...observer, onAdmitted: () => void (looks += 1) },
    onBroken: (error) => expect.fail(String(error)),
    clock,
    random: () => 0,
  });
  const end = new AbortController();
  const ended = desk.run(epoch, end.signal, nothing).catch(nothing);
  await clock.advance(0);
  for (let first = 0; first < 10_000; first += MOST_ACTIONS) {
    const items = Array.from({ length: MOST_ACTIONS }, (_, index) => ({
      id: `new-${first + index}`,
      actionCreateEvent: { reason: 'R', objectReference: { kind: 'Node', name: 'n' } },
    }));
    desk.take(parseAnswer(items));
  }
  const startedAtMs = clock.monotonicMs();
  for (let rounds = 0; rounds < 200 && desk.counts.get('acking') !== 10_000; rounds += 1) {
    for (let turns = 0; turns < 30; turns += 1) await turn();
    await clock.advance(50);
  }
  expect(desk.counts).toEqual(new Map([['acking', 10_000]]));
  expect(looks).toBeLessThanOrEqual((clock.monotonicMs() - startedAtMs) / 50 + 2);
  expect(looks).toBeLessThan(100);
  end.abort(new Error('over'));
  await ended;
});
