import { expect, test } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { Notice } from '../poll/notice.ts';
import { Approvals } from './approvals.ts';
import type { SpotWriter } from './spot-writer.ts';

const event: Notice = {
  id: 'event-1',
  givenId: 'EVENT-1',
  source: 'scheduled-events',
  kind: 'terminate',
  type: 'Terminate',
  status: 'Scheduled',
  isStarted: false,
  description: '',
};

/** Approvals, and what came of them in order. */
function start(acknowledge: SpotWriter['acknowledge']) {
  const done: string[] = [];
  const clock = new ManualClock();
  const approvals = new Approvals({
    writer: {
      acknowledge: (givenId, signal) => {
        done.push(`ask ${givenId}`);
        return acknowledge(givenId, signal);
      },
    },
    observer: {
      onApproved: (id) => done.push(`${id} approved`),
      onApprovalFailed: (id, attempt, delayMs) => done.push(`${id} refused ${attempt}, again in ${delayMs}`),
    },
    clock,
    random: () => 0.5,
    onTaken: (id) => done.push(`${id} taken`),
    onBroken: (error) => done.push(`broken ${String(error)}`),
  });
  const over = new AbortController();
  const run = approvals.run(over.signal).catch(() => undefined);
  const stop = async (): Promise<void> => {
    over.abort(new Error('the test is over'));
    await run;
    await clock.advance(0);
    expect([approvals.pendingCount, clock.pendingTimers]).toEqual([0, 0]);
  };
  return { approvals, clock, done, stop };
}

const hang: SpotWriter['acknowledge'] = (_, signal) =>
  new Promise((__, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

test('an event is approved as the provider spells its id, once, and told of by ours', async () => {
  const { approvals, clock, done, stop } = start(async () => 'taken');
  approvals.approve(event);
  approvals.approve(event);
  await clock.advance(60_000);
  expect(done).toEqual(['ask EVENT-1', 'event-1 approved', 'event-1 taken']);
  await stop();
});

test('an approval is tried until it is taken, in pauses that grow', async () => {
  const answers = ['refused', 'refused', 'taken'] as const;
  let count = 0;
  const { approvals, clock, done, stop } = start(async () => answers[count++] ?? 'refused');
  approvals.approve(event);
  await clock.advance(1499);
  expect([done, approvals.pendingCount]).toEqual([['ask EVENT-1', 'event-1 refused 1, again in 1500'], 1]);
  await clock.advance(1 + 2000);
  expect(done.slice(2)).toEqual([
    'ask EVENT-1',
    'event-1 refused 2, again in 2000',
    'ask EVENT-1',
    'event-1 approved',
    'event-1 taken',
  ]);
  await stop();
});

test('what waits is tried at once when it is flushed', async () => {
  let isTaken = false;
  const { approvals, clock, done, stop } = start(async () => (isTaken ? 'taken' : 'refused'));
  approvals.approve(event);
  await clock.advance(0);
  isTaken = true;
  approvals.flush();
  await clock.advance(0);
  expect(done.at(-1)).toBe('event-1 taken');
  await stop();
});

test('an approval that is taken back is not tried again', async () => {
  const { approvals, clock, done, stop } = start(async () => 'refused');
  approvals.approve(event);
  await clock.advance(0);
  approvals.retract('event-1');
  await clock.advance(60_000);
  expect([done.length, clock.pendingTimers]).toEqual([2, 0]);
  await stop();
});

test('an answer that is late counts, while others are asked for beside it', async () => {
  let count = 0;
  const { approvals, clock, done, stop } = start(async (id, signal) => {
    count += 1;
    if (count > 1) return hang(id, signal);
    await clock.sleep(8000, signal);
    return 'taken';
  });
  approvals.approve(event);
  await clock.advance(8000);
  expect(done).toEqual(['ask EVENT-1', 'ask EVENT-1', 'ask EVENT-1', 'event-1 approved', 'event-1 taken']);
  await stop();
});

test('attempts that nobody answers are given up for new ones', async () => {
  const { approvals, clock, done, stop } = start(hang);
  approvals.approve(event);
  await clock.advance(20_000);
  expect(done.at(-1)).toBe('event-1 refused 1, again in 1500');
  await clock.advance(1500);
  expect(done.at(-1)).toBe('ask EVENT-1');
  await stop();
});

test('an attempt that breaks is a bug', async () => {
  const { approvals, clock, done, stop } = start(async () => {
    throw new Error('odd');
  });
  approvals.approve(event);
  await clock.advance(0);
  expect(done).toEqual(['ask EVENT-1', 'broken Error: odd']);
  await stop();
});

test('the stop ends an attempt under way without a word, and nothing is approved after it', async () => {
  const { approvals, clock, done, stop } = start(hang);
  approvals.approve(event);
  await stop();
  approvals.approve(event);
  await clock.advance(0);
  expect(done).toEqual(['ask EVENT-1']);
});

test('where nobody was asked there is nothing to tell', async () => {
  const { approvals, clock, done, stop } = start(async () => 'untold');
  approvals.approve(event);
  await clock.advance(0);
  expect(done).toEqual(['ask EVENT-1']);
  await stop();
});
