import { expect, test } from 'vitest';
import { clusterProblems } from './cluster-problems.ts';
import type { FeedView } from './feed-view.ts';

const feed = (resource: string, state: string, reason = '', group = ''): FeedView => ({
  key: resource,
  resource,
  group,
  scope: '',
  state,
  reason,
  objects: 0,
  arriving: 0,
  resumePoint: '',
  observedAtMs: undefined,
  appliedAtMs: undefined,
});

test('one cause over many kinds is one problem, the gravest first', () => {
  const refused = 'connect ECONNREFUSED 10.0.0.1:443';
  const problems = clusterProblems([
    feed('nodes', 'DEGRADED', refused),
    feed('pods', 'FORBIDDEN', 'may not list pods'),
    feed('jobs', 'DEGRADED', refused, 'batch'),
    feed('events', 'SYNCED'),
    feed('nodepools', 'ABSENT'),
    feed('toString', 'constructor'),
  ]);
  expect(problems.map(({ tone, title, why, feeds }) => ({ tone, title, why, feeds }))).toEqual([
    { tone: 'bad', title: 'pods may not be read', why: 'may not list pods', feeds: ['pods'] },
    {
      tone: 'warn',
      title: '2 kinds cannot be read now, and stay as they were',
      why: refused,
      feeds: ['nodes', 'jobs.batch'],
    },
  ]);
});
