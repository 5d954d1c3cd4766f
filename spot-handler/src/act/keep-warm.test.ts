import { expect, test } from 'vitest';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { keepWarm } from './keep-warm.ts';

test('a connection is used at once, and then more often than it would be closed for idleness, also after a failure', async () => {
  const clock = new ManualClock();
  const touches: number[] = [];
  const failures: unknown[] = [];
  let opened = 0;
  const over = new AbortController();
  const touch = async (): Promise<void> => {
    touches.push(clock.monotonicMs());
    if (touches.length === 2) throw new Error('nobody is there');
  };
  const onFailure = (error: unknown): void => void failures.push(error);
  const onOpen = (): void => void (opened += 1);
  const running = keepWarm({ touch, clock, random: () => 1, onFailure, onOpen }, over.signal);
  await clock.advance(150_000);
  expect(touches).toEqual([0, 50_000, 100_000, 150_000]);
  expect(failures).toEqual([new Error('nobody is there')]);
  expect(opened).toBe(3);
  over.abort(new Error('stopped'));
  await expect(running).rejects.toThrow('stopped');
  expect(clock.pendingTimers).toBe(0);
});
