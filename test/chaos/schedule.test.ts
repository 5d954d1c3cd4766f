import { expect, test } from 'vitest';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { chaosSchedule } from './schedule.ts';

const ALL = { rewinds: true };

test('a seed gives the same schedule every time, and another seed another one', () => {
  const schedule = chaosSchedule(new SeededRandom(7), 20, ALL);
  expect(chaosSchedule(new SeededRandom(7), 20, ALL)).toEqual(schedule);
  expect(chaosSchedule(new SeededRandom(8), 20, ALL)).not.toEqual(schedule);
});

test('every kind of action comes up sooner or later', () => {
  const { kube, platform } = chaosSchedule(new SeededRandom(1), 500, ALL);
  expect(new Set([...kube, ...platform].map(({ action }) => action.type))).toEqual(
    new Set([
      'endWatches',
      'forbid',
      'forgetHistory',
      'forgetSession',
      'freezeAgent',
      'killPlatform',
      'kubeFault',
      'network',
      'pauseProcessing',
      'platformFault',
      'redefine',
      'replaceAgent',
      'restartApiServer',
      'resync',
      'rewind',
      'rival',
      'rotateToken',
    ]),
  );
});
