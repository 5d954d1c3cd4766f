import { expect, test } from 'vitest';
import { systemClock } from '@castai/shared/async/clock.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { rehearse } from './rehearse.ts';

test('a rehearsal ends by itself and leaves nothing behind', async () => {
  const servers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
  const before = servers();
  await rehearse({ clock: systemClock, random: () => 0 }, new AbortController().signal);
  await expect.poll(servers).toBe(before);
});

test('a rehearsal plays both effects through, without a pause that a clock would have to end', async () => {
  const clock = new ManualClock();
  await rehearse({ clock, random: () => 0 }, new AbortController().signal);
  expect(clock.pendingTimers).toBe(0);
});

test('a rehearsal that is told to stop stops', async () => {
  await expect(rehearse({ clock: systemClock, random: () => 0 }, AbortSignal.abort())).resolves.toBeUndefined();
});
