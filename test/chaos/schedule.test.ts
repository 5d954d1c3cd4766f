import { expect, test } from 'vitest';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { chaosSchedule } from './schedule.ts';

const ALL = { rewinds: true, rivals: true, floods: true, wire: 'ingest' } as const;

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
      'flood',
      'forbid',
      'forgetHistory',
      'forgetSession',
      'freezeAgent',
      'killPlatform',
      'kubeFault',
      'loseObjects',
      'network',
      'pauseProcessing',
      'platformFault',
      'redefine',
      'replaceAgent',
      'restartApiServer',
      'restoreBackup',
      'resync',
      'rewind',
      'rival',
      'rotateToken',
      'upgrade',
    ]),
  );
});

test('on the second wire nothing comes up that it has no place for, and everything else', () => {
  const { platform } = chaosSchedule(new SeededRandom(1), 1000, {
    rewinds: false,
    rivals: false,
    floods: false,
    wire: 'agent-deltas',
  });
  const actions = platform.map(({ action }) => action);
  const faults = actions.flatMap((action) => (action.type === 'platformFault' ? [action.fault] : []));
  expect(new Set(faults.map(({ on }) => on))).toEqual(new Set(['delta']));
  expect([...new Set(faults.map(({ action }) => action.type))].toSorted()).toEqual(
    'closeIdle cutAt delay drop limit loseAnswer notAck redirect slowRead status'.split(' '),
  );
  expect([...new Set(actions.map(({ type }) => type))].toSorted()).toEqual(
    'forgetSession killPlatform loseObjects network platformFault restoreBackup resync'.split(' '),
  );
});
