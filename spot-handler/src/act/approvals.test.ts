import { expect, test } from 'vitest';
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
  const approvals = new Approvals({
    writer: {
      acknowledge: (givenId, signal) => {
        done.push(`ask ${givenId}`);
        return acknowledge(givenId, signal);
      },
    },
    observer: { onAcknowledged: (id, isTaken) => done.push(`${id} ${isTaken ? 'taken' : 'not taken'}`) },
    onBroken: (error) => done.push(`broken ${String(error)}`),
  });
  const over = new AbortController();
  const run = approvals.run(over.signal).catch(() => undefined);
  const stop = async (): Promise<void> => {
    over.abort(new Error('the test is over'));
    await run;
    await new Promise(setImmediate);
  };
  return { approvals, done, stop };
}

const turn = (): Promise<unknown> => new Promise(setImmediate);

test('an event is approved as the provider spells its id, and told of by ours', async () => {
  const { approvals, done, stop } = start(async () => 'taken');
  approvals.approve(event);
  await turn();
  expect(done).toEqual(['ask EVENT-1', 'event-1 taken']);
  await stop();
});

test('an approval that is not taken is told, and one that breaks is a bug', async () => {
  let count = 0;
  const { approvals, done, stop } = start(async () => {
    count += 1;
    if (count === 1) return 'refused';
    throw new Error('odd');
  });
  approvals.approve(event);
  await turn();
  approvals.approve(event);
  await turn();
  expect(done).toEqual(['ask EVENT-1', 'event-1 not taken', 'ask EVENT-1', 'broken Error: odd']);
  await stop();
});

test('the stop ends an attempt under way without a word, and nothing is approved after it', async () => {
  const { approvals, done, stop } = start(
    (_, signal) =>
      new Promise((__, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
  );
  approvals.approve(event);
  await stop();
  approvals.approve(event);
  await turn();
  expect(done).toEqual(['ask EVENT-1']);
});

test('where nobody was asked there is nothing to tell', async () => {
  const { approvals, done, stop } = start(async () => 'untold');
  approvals.approve(event);
  await turn();
  expect(done).toEqual(['ask EVENT-1']);
  await stop();
});
