import { expect, test } from 'vitest';
import { planEvictions } from './plan-evictions.ts';
import type { PodView } from './pod-view.ts';

const pod = (name: string, fields: Partial<PodView> = {}): PodView => ({
  namespace: 'default',
  name,
  uid: `uid-${name}`,
  graceSeconds: 30,
  isSystem: false,
  isEnding: false,
  isOver: false,
  isStatic: false,
  isDaemon: false,
  isTolerant: false,
  lineage: name,
  ...fields,
});

test('the longest grace goes first and the system goes last', () => {
  const { standing } = planEvictions([
    pod('dns', { graceSeconds: 300, isSystem: true }),
    pod('quick', { graceSeconds: 1 }),
    pod('usual'),
    pod('slow', { graceSeconds: 120 }),
  ]);
  expect(standing.map(({ name }) => name)).toEqual(['slow', 'usual', 'quick', 'dns']);
});

test('a plan is the same in whatever order the pods are listed', () => {
  const names = ['b', 'c', 'a'];
  for (const listed of [names, names.toReversed()]) {
    expect(planEvictions(listed.map((name) => pod(name))).standing.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  }
});

test('pods that cannot go, would come back or go already are left alone', () => {
  const plan = planEvictions([
    pod('daemon', { isDaemon: true }),
    pod('static', { isStatic: true }),
    pod('ending', { isEnding: true }),
    pod('over', { isOver: true }),
    pod('over and ending', { isOver: true, isEnding: true }),
    pod('ending daemon', { isDaemon: true, isEnding: true }),
    pod('job'),
  ]);
  expect({ standing: plan.standing, ending: plan.ending }).toEqual({
    standing: [{ namespace: 'default', name: 'job', uid: 'uid-job' }],
    ending: [{ namespace: 'default', name: 'ending', uid: 'uid-ending' }],
  });
});

test('a pod whose lineage has left is a successor and left alone, one that was there before is not', () => {
  const before = {
    settled: new Set(['uid-tolerant']),
    left: new Set(['rs', 'tolerant']),
    known: new Map(['uid-old', 'uid-tolerant'].map((uid) => [uid, { lineage: 'rs', isTolerant: false }])),
  };
  const plan = planEvictions(
    [
      pod('old', { lineage: 'rs' }),
      pod('successor', { lineage: 'rs' }),
      pod('ending successor', { lineage: 'rs', isEnding: true }),
      pod('tolerant', { isTolerant: true }),
      pod('tolerant and ending', { isTolerant: true, isEnding: true }),
      pod('other'),
    ],
    before,
  );
  expect([plan.standing, plan.ending].map((pods) => pods.map(({ name }) => name))).toEqual([['old', 'other'], []]);
  // What is forgotten of pods that are gone keeps a long drain small.
  expect([...plan.known.keys()]).toEqual(['uid-old', 'uid-tolerant', 'uid-tolerant and ending', 'uid-other']);
});
