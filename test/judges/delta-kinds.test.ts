import { expect, test } from 'vitest';
import { feedOfKind } from '@castai/platform/deltas/feed-of-kind.ts';
import { DEFAULT_FEEDS } from './compare-pictures.ts';

test('the platform finds the feed of every kind that the agent reads, whether an object says its version or not', () => {
  for (const { group, versions, resource, kind } of DEFAULT_FEEDS) {
    for (const version of versions) {
      const apiVersion = group === '' ? version : `${group}/${version}`;
      expect(feedOfKind(kind, apiVersion)).toEqual({ group, version, resource, kind });
    }
    expect(feedOfKind(kind, '')).toMatchObject({ group, resource });
  }
});
