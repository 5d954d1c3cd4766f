import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { expect, it } from 'vitest';
import { MOST_ACTIONS, parseAnswer } from '../poll/parse-answer.ts';
import { ActionDesk } from './action-desk.ts';
import type { ActionRecord } from './action-record.ts';
import { FORGOTTEN_AFTER } from './action-state.ts';

const epoch = { lease: 'l', transitions: 1 };
const nothing = (): void => undefined;
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
    observer: {
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
      onFull: (count) => void (left = count),
      onFenced: nothing,
    },
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
