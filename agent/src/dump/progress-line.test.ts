import { expect, it } from 'vitest';
import { progressLine } from './progress-line.ts';

const HALF = { done: 30, feeds: 61, feed: 'pods', objects: 12_345, bytes: 36_175_872, share: 0.5 };

it('shows a bar, what was read and what is being read', () => {
  expect(progressLine(HALF, 100)).toBe('[########........] 30/61 feeds, 12345 objects, 34.5 MiB  pods');
});

it('is never as wide as the terminal', () => {
  const feed = 'extendeddaemonsetreplicasets.datadoghq.com';
  for (const columns of [0, 1, 10, 60, 61, 80]) {
    expect(progressLine({ ...HALF, feed }, columns).length).toBeLessThanOrEqual(Math.max(0, columns - 1));
  }
});

it('fills the bar with the last feed, and takes an estimate that was too low', () => {
  expect(progressLine({ ...HALF, done: 60, share: 5 }, 20)).toBe('[################] ');
  expect(progressLine({ ...HALF, done: 0, feeds: 0, share: 0 }, 20)).toBe('[................] ');
});
