import { expect, test } from 'vitest';
import type { FeedDescription } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { FeedRow } from '../store/feed-row.ts';
import { offeredFeeds } from './offered-feeds.ts';

const PODS: FeedDescription = {
  id: 1,
  group: '',
  version: 'v1',
  resource: 'pods',
  kind: 'Pod',
  namespace: '',
  fieldSelector: '',
  scrubVersion: 1,
};

function row(key: number, clusterUid: string, staleSinceMs?: number): FeedRow {
  const { id: feedId, ...shape } = PODS;
  const progress = { state: 'SYNCED', reason: '', mark: 1, snapshotUpserts: undefined, resync: undefined } as const;
  const times = { observedAtMs: undefined, appliedAtMs: undefined, staleSinceMs };
  const offers = { vintage: 0, heldPosition: undefined };
  return { ...shape, ...progress, ...offers, ...times, key, clusterUid, resumePoint: '50', feedId };
}

const never = (): boolean => false;

test('feeds of another kube-system are set aside with all that they hold, and never taken for our own', () => {
  expect(offeredFeeds([row(1, 'u1')], { clusterUid: 'u2', feeds: [PODS], isSameServer: true }, never)).toEqual({
    feeds: { known: [], added: [PODS], missing: [1], removed: [] },
    setAside: 1,
  });
});

test('the former cluster finds its own again, with the resume point', () => {
  expect(
    offeredFeeds([row(1, 'u1', 9), row(2, 'u2')], { clusterUid: 'u1', feeds: [PODS], isSameServer: true }, never),
  ).toEqual({
    feeds: {
      known: [{ key: 1, feed: PODS, resumePoint: '50', isOfVintage: true }],
      added: [],
      missing: [2],
      removed: [],
    },
    setAside: 1,
  });
});

test('what was set aside long enough goes, whose ever it was', () => {
  const stored = [row(1, 'u1', 9), row(2, 'u2', 9), row(3, 'u2')];
  const isOver = ({ staleSinceMs }: FeedRow): boolean => staleSinceMs !== undefined;
  expect(offeredFeeds(stored, { clusterUid: 'u2', feeds: [PODS], isSameServer: true }, isOver)).toEqual({
    feeds: {
      known: [{ key: 3, feed: PODS, resumePoint: '50', isOfVintage: true }],
      added: [],
      missing: [],
      removed: [1, 2],
    },
    setAside: 0,
  });
});
