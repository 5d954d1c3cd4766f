import { expect, test } from 'vitest';
import { planEvictions } from './plan-evictions.ts';

interface PodFields {
  readonly grace?: number;
  readonly priority?: number;
  readonly owner?: string;
  readonly mirror?: boolean;
  readonly phase?: string;
  readonly isEnding?: boolean;
}

const pod = (name: string, fields: PodFields = {}): unknown => ({
  metadata: {
    name,
    namespace: 'default',
    uid: `uid-${name}`,
    ...(fields.isEnding === true ? { deletionTimestamp: '2026-04-11T12:00:00Z' } : {}),
    ...(fields.mirror === true ? { annotations: { 'kubernetes.io/config.mirror': 'x' } } : {}),
    ...(fields.owner === undefined ? {} : { ownerReferences: [{ kind: fields.owner, controller: true }] }),
  },
  spec: {
    ...(fields.grace === undefined ? {} : { terminationGracePeriodSeconds: fields.grace }),
    priority: fields.priority ?? 0,
  },
  status: { phase: fields.phase ?? 'Running' },
});

test('the longest grace goes first and the system goes last', () => {
  const plan = planEvictions([
    pod('dns', { grace: 300, priority: 2_000_000_000 }),
    pod('quick', { grace: 1 }),
    pod('usual'),
    pod('slow', { grace: 120 }),
  ]);
  expect(plan.evictions.map(({ name, graceSeconds }) => [name, graceSeconds])).toEqual([
    ['slow', 120],
    ['usual', 30],
    ['quick', 1],
    ['dns', 300],
  ]);
});

test('pods that cannot go, would come back or go already are left alone', () => {
  const plan = planEvictions([
    pod('daemon', { owner: 'DaemonSet' }),
    pod('static', { mirror: true }),
    pod('ending', { isEnding: true }),
    pod('done', { phase: 'Succeeded' }),
    pod('failed', { phase: 'Failed' }),
    'no pod',
    pod('job', { owner: 'Job' }),
  ]);
  expect(plan).toEqual({
    evictions: [{ namespace: 'default', name: 'job', uid: 'uid-job', graceSeconds: 30 }],
    endingCount: 1,
  });
});
