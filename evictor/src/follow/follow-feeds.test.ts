import { expect, test } from 'vitest';
import type { ListRequest } from '@castai/shared/kube/kube-stream.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { ClusterView } from '../view/cluster-view.ts';
import { feedsFor, REPORTS } from '../view/view-feeds.ts';
import { FollowFeeds } from './follow-feeds.ts';

test('each list is asked for by the name of its kind: one of others would empty the view', async () => {
  const asked: (readonly [path: string, kind: string | undefined])[] = [];
  const feeds = feedsFor(REPORTS);
  const view = new ClusterView(feeds);
  const stop = new AbortController();
  const follow = new FollowFeeds({
    source: {
      listPage: ({ path, kind }: ListRequest) => {
        asked.push([path, kind]);
        return Promise.withResolvers<never>().promise;
      },
      watch: () => {
        throw new Error('nobody watches before there is a list');
      },
    },
    view,
    feeds,
    observer: { onEvents() {}, onRestart() {}, onFailure() {}, onUnreadable() {}, onBroken() {} },
    pageSize: 500,
    readEncoding: 'json',
    clock: new ManualClock(),
    random: () => 0.5,
  });
  // What a missing right, a page and the view call a collection is what kubectl and a role call it.
  const names = follow.status.map(({ feed }) => feed);
  expect([names, names]).toEqual([view.missing, feeds.map(({ collection }) => collection)]);
  expect(names).toEqual(expect.arrayContaining(['nodes', 'replicasets.apps', 'csinodes.storage.k8s.io']));
  const followed = follow.run(stop.signal);
  stop.abort();
  await followed;
  expect(asked.slice(0, 2)).toEqual([
    ['/api/v1/nodes', 'Node'],
    ['/api/v1/pods', 'Pod'],
  ]);
  expect(asked).toEqual(feeds.map(({ path, kind }) => [path, kind]));
});
