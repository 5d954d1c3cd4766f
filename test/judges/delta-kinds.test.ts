import { expect, test } from 'vitest';
import { feedOfKind } from '@castai/platform/deltas/feed-of-kind.ts';
import { DEFAULT_FEEDS } from './compare-pictures.ts';

/** Groups whose objects come without `apiVersion`; those of all others say it. */
const TYPED_GROUPS = [
  '',
  'apps',
  'autoscaling',
  'batch',
  'metrics.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'storage.k8s.io',
];

test('the platform finds the feed of every kind that the agent reads, whether its objects say their version or not', () => {
  const read = DEFAULT_FEEDS.flatMap(({ group, versions, resource, kind }) =>
    versions.map((version) => ({ group, version, resource, kind })),
  );
  const saying = read.map(({ group, version, kind }) =>
    feedOfKind(kind, group === '' ? version : `${group}/${version}`),
  );
  expect(saying).toEqual(read);
  const typed = DEFAULT_FEEDS.filter(({ group }) => TYPED_GROUPS.includes(group));
  expect(typed.map(({ kind }) => feedOfKind(kind, '')).map(({ group, resource }) => `${group}/${resource}`)).toEqual(
    typed.map(({ group, resource }) => `${group}/${resource}`),
  );
});
