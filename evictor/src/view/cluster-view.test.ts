import { jsonItem } from '@castai/shared/kube/kube-item.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { expect, test } from 'vitest';
import { node, pod } from '../testing/objects.ts';
import { ClusterView } from './cluster-view.ts';
import { feedsFor } from './view-feeds.ts';
import { viewInterners } from './view-interners.ts';
import type { ViewTables } from './view-tables.ts';

const FEEDS = feedsFor(['removal']);
const interners = viewInterners();
const idOf = (name: string): number => FEEDS.findIndex((feed) => feed.name === name) + 1;

function keep(name: string, object: KubeObject) {
  return FEEDS[idOf(name) - 1]?.read(object, interners);
}

function snapshot(view: ClusterView, name: string, ...objects: KubeObject[]): void {
  view.begin(idOf(name));
  view.page(
    idOf(name),
    objects.flatMap((object) => keep(name, object) ?? []),
    () => {},
  );
  view.end(idOf(name));
  view.report(idOf(name), 'SYNCED');
}

const change = (view: ClusterView, name: string, object: KubeObject): void =>
  view.change(idOf(name), jsonItem(object), keep(name, object));
const podNames = (view: ClusterView): string[] => view.state().pods.map(({ name }) => name);

test('what a snapshot does not tell any more is gone, what a watch told meanwhile is not', () => {
  const view = new ClusterView(FEEDS);
  snapshot(view, 'pods', pod('a', 'n'), pod('b', 'n'));
  view.begin(idOf('pods'));
  change(view, 'pods', pod('c', 'n'));
  view.page(
    idOf('pods'),
    [keep('pods', pod('b', 'n'))].flatMap((one) => one ?? []),
    () => {},
  );
  view.end(idOf('pods'));
  expect(podNames(view)).toEqual(['b', 'c']);
});

test('a node that is registered anew under its name, with another image, is one node and the new one', () => {
  const view = new ClusterView(FEEDS);
  const image = 'kubernetes.azure.com/node-image-version';
  const old = node('a', { labels: { [image]: 'AKSUbuntu-2204gen2containerd-202604.01.0' } });
  const fresh = node('a', { labels: { [image]: 'AKSUbuntu-2204gen2containerd-202605.27.0' } });
  fresh.metadata.uid = 'node-a-2';
  snapshot(view, 'nodes', old);
  view.change(idOf('nodes'), jsonItem(old), undefined);
  change(view, 'nodes', fresh);
  expect(view.state().nodes.map(({ uid }) => uid)).toEqual(['node-a-2']);
  // The deletion was missed: the next list tells.
  snapshot(view, 'nodes', old);
  expect(view.state().nodes.map(({ uid }) => uid)).toEqual(['node-a']);
});

test('a snapshot that is given up removes nothing', () => {
  const view = new ClusterView(FEEDS);
  snapshot(view, 'pods', pod('a', 'n'));
  view.begin(idOf('pods'));
  view.abort(idOf('pods'));
  view.end(idOf('pods'));
  expect(podNames(view)).toEqual(['a']);
});

test('a collection is missing until its first snapshot is complete, and not while a later one is under way', () => {
  const view = new ClusterView(FEEDS);
  view.begin(idOf('pods'));
  expect(view.missing).toContain('pods');
  view.end(idOf('pods'));
  view.report(idOf('pods'), 'SYNCED');
  view.begin(idOf('pods'));
  expect(view.missing).not.toContain('pods');
});

test('one that is no longer followed is missing, and one with an object that cannot be read', () => {
  const view = new ClusterView(FEEDS);
  snapshot(view, 'pods', pod('a', 'n'));
  view.report(idOf('pods'), 'DEGRADED');
  expect(view.missing).toContain('pods');
  view.report(idOf('pods'), 'SYNCED');
  expect(view.missing).not.toContain('pods');
  const unreadable = { storeIn: (tables: ViewTables) => tables.pods.noteUnreadable('pod-b') };
  view.page(idOf('pods'), [unreadable], () => {});
  expect(view.missing).toContain('pods');
  change(view, 'pods', pod('b', 'n'));
  expect(view.missing).not.toContain('pods');
  const another = { storeIn: (tables: ViewTables) => tables.pods.noteUnreadable('pod-c') };
  view.page(idOf('pods'), [another], () => {});
  snapshot(view, 'pods', pod('a', 'n'));
  expect(view.missing).not.toContain('pods');
});

test('only what matters counts as a change', () => {
  const view = new ClusterView(FEEDS);
  snapshot(view, 'nodes', node('n'));
  snapshot(view, 'pods', pod('a', 'n'));
  const before = view.changes;
  const beating = node('n');
  beating['status'] = {
    ...(beating['status'] as object),
    conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: 'now' }],
  };
  change(view, 'nodes', beating);
  const started = pod('a', 'n');
  started['status'] = { ...(started['status'] as object), podIP: '10.0.0.1' };
  change(view, 'pods', started);
  expect(view.changes).toBe(before);
  change(view, 'pods', pod('a', 'm'));
  expect(view.changes).toBe(before + 1);
  view.change(idOf('pods'), jsonItem(pod('a', 'm')), undefined);
  expect([view.changes, podNames(view)]).toEqual([before + 2, []]);
});

test('a state that was read does not change any more', () => {
  const view = new ClusterView(FEEDS);
  snapshot(view, 'pods', pod('a', 'n'));
  const { pods } = view.state();
  change(view, 'pods', pod('b', 'n'));
  expect(pods.map(({ name }) => name)).toEqual(['a']);
});

test('pods of a template share all that it says', () => {
  const view = new ClusterView(FEEDS);
  snapshot(view, 'pods', pod('a', 'n'), pod('b', 'n'));
  const [a, b] = view.state().pods;
  expect([a?.demand === b?.demand, a?.labels === b?.labels, a?.owner === b?.owner, a?.claims === b?.claims]).toEqual([
    true,
    true,
    true,
    true,
  ]);
});

test('nodes share what most of them have alike, and their drivers as well', () => {
  const view = new ClusterView(FEEDS);
  const like = { spec: { drivers: [{ name: 'disk', nodeID: 'x', allocatable: { count: 8 } }] } };
  const driver = (name: string): KubeObject => ({ kind: 'CSINode', metadata: { name, uid: `csi-${name}` }, ...like });
  snapshot(view, 'nodes', node('a'), node('b'), node('c', { allocatable: { cpu: '8' } }));
  snapshot(view, 'attachLimits', driver('a'), driver('b'));

  const { nodes, attachLimits } = view.state();
  const [a, b, c] = nodes;
  expect(
    [b?.taints, b?.allocatable, b?.marks, b?.system].every(
      (part, at) => part === [a?.taints, a?.allocatable, a?.marks, a?.system][at],
    ),
  ).toBe(true);
  expect(c?.allocatable).toEqual({ ...a?.allocatable, cpu: 8000 });
  expect(attachLimits.map(({ nodeName, drivers }) => [nodeName, drivers])).toEqual([
    ['a', { disk: 8 }],
    ['b', { disk: 8 }],
  ]);
  expect(attachLimits[1]?.drivers).toBe(attachLimits[0]?.drivers);
});

test('old ReplicaSets are not kept, and one that is scaled to nothing is let go', () => {
  const view = new ClusterView(FEEDS);
  const set = (replicas: number): KubeObject => ({ metadata: { name: 'web', uid: 'rs' }, spec: { replicas } });
  change(view, 'replicaSets', set(2));
  expect(view.state().workloads).toEqual([{ uid: 'rs', replicas: 2 }]);
  change(view, 'replicaSets', set(0));
  expect(view.state().workloads).toEqual([]);
});

test('drift and age read nodes alone, budgets read no node', () => {
  const names = (...reports: Parameters<typeof feedsFor>[0]): string[] => feedsFor(reports).map(({ name }) => name);
  expect(names('drift', 'age')).toEqual(['nodes']);
  expect(names('budgets')).toEqual(['pods', 'budgets']);
});
