import { expect, test } from 'vitest';
import { formatProgress, isTroubled, type Progress, troubleOf } from './progress.ts';

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

test('a start that is not finished is called one, and nothing that is wrong', () => {
  const why = 'feeds: 30 feeds are not complete';
  const trouble = troubleOf({ state: 'degraded', cause: 'starting', why }, 'not ready');
  expect(trouble).toBe(`starting: ${why}`);
  expect(isTroubled({ trouble })).toBe(false);
  expect(troubleOf(undefined, 'cluster: not read yet')).toBe('starting: cluster: not read yet');
  expect(isTroubled({ trouble: '' })).toBe(false);
});

test('what is wrong is told with how bad it is', () => {
  const trouble = troubleOf({ state: 'blocked', cause: 'platform', why: 'connect ECONNREFUSED' }, '');
  expect(trouble).toBe('blocked: connect ECONNREFUSED');
  expect(isTroubled({ trouble })).toBe(true);
});
