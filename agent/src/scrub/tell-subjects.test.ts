import { expect, test } from 'vitest';
import { tellSubjects } from './tell-subjects.ts';

test('service accounts keep their names, people and groups are counted', () => {
  expect(
    tellSubjects([
      { kind: 'User', name: 'jane.doe@example.com', apiGroup: 'rbac.authorization.k8s.io' },
      { kind: 'ServiceAccount', name: 'deployer', namespace: 'ci', apiGroup: '' },
      { kind: 'Group', name: '7e9f0a66-0c1b-4f0e-9d53-2f4c7f0d1a11' },
      { kind: 'User', name: 'system:serviceaccount:ci:deployer' },
    ]),
  ).toEqual([
    { kind: 'ServiceAccount', name: 'deployer', namespace: 'ci' },
    { kind: 'Group', count: 1 },
    { kind: 'User', count: 2 },
  ]);
});

test('equal sets of people give equal subjects, in whatever order they stand', () => {
  const [user, group] = [
    { kind: 'User', name: 'a' },
    { kind: 'Group', name: 'b' },
  ];
  expect(tellSubjects([user, group])).toEqual(tellSubjects([group, user]));
});

test('what is no subject tells nothing, and a made-up kind or name is only counted', () => {
  expect(tellSubjects('jane')).toBeUndefined();
  expect(tellSubjects({ kind: 'User' })).toBeUndefined();
  expect(tellSubjects(['jane', null, 5])).toEqual([]);
  expect(
    tellSubjects([
      { kind: 'jane.doe@example.com', name: 'x' },
      { kind: 'ServiceAccount', name: 'jane.doe@example.com', namespace: 'ci' },
      { kind: 'ServiceAccount', name: 'a'.repeat(254) },
      { kind: 'ServiceAccount', name: 'a', namespace: 'Jane Doe' },
      {},
    ]),
  ).toEqual([
    { kind: 'ServiceAccount', name: 'a' },
    { kind: 'other', count: 4 },
  ]);
});
