import { expect, test } from 'vitest';
import { formatProgress, type Progress } from './progress.ts';

const PROGRESS: Progress = {
  clusterId: 'c',
  feeds: 33,
  syncedFeeds: 33,
  isReady: true,
  trouble: '',
  objects: 1_726,
  batches: 13,
  bytesOnWire: 251_658,
  received: 13,
  processed: 12,
  pending: 1,
};

test.each([
  [20, '33/33 feeds synced'],
  [59, '33/33 feeds synced · 1,726 objects · 13 batches'],
  [79, '33/33 feeds synced · 1,726 objects · 13 batches · 0.24 MiB sent · 1 waiting'],
  [199, '33/33 feeds synced · 1,726 objects · 13 batches · 0.24 MiB sent · 1 waiting · 13 received · 12 processed'],
])('in %i characters stands what is most important', (width, line) => {
  expect(formatProgress(PROGRESS, width)).toBe(line);
});

test('while something keeps the agent from its work that stands first, whatever else fits', () => {
  const trouble = 'degraded: API server not reached: connect ECONNREFUSED 127.0.0.1:1';
  const waiting = { ...PROGRESS, trouble, isReady: false, feeds: 0, syncedFeeds: 0, objects: 0 };
  expect(formatProgress(waiting, 80)).toBe(trouble);
  expect(formatProgress(waiting, 95)).toBe(`${trouble} · 0/0 feeds synced`);
});
