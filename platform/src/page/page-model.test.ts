import { expect, test } from 'vitest';
import { PODS } from '@castai/test/platform-rig/hand-agent.ts';
import type { ClusterRow } from '../store/cluster-row.ts';
import type { FeedRow } from '../store/feed-row.ts';
import { Activity } from './activity.ts';
import { ClusterOverview } from './cluster-overview.ts';
import { pageModel, type PageModel, type PageSources } from './page-model.ts';

const cluster: ClusterRow = {
  id: 'c1',
  name: 'one',
  provider: 'aks',
  registeredAtMs: 1,
  clusterUid: 'u',
  epoch: 3,
  continuityToken: '',
  sessionEpoch: 3,
  openedAtMs: 1_000,
  instanceId: 'agent-a',
  agentVersion: '0.1.0',
  kubernetesVersion: '1.36.2',
  lease: undefined,
  receivedSeq: 9,
  processedSeq: 9,
  lastEntryCount: 0,
  lastRejections: [],
  lastWanted: [],
  lateRejections: [],
  lastDigest: '',
  lastBatchAtMs: 99_000,
  receivedTotal: 12,
  processedTotal: 12,
  entriesTotal: 40,
  wireBytesTotal: 4_000,
  health: undefined,
  stopReason: '',
};
const feed: FeedRow & { objects: number } = {
  ...PODS,
  key: 10,
  feedId: 1,
  clusterUid: 'u',
  resumePoint: '50',
  state: 'SYNCED',
  reason: '',
  mark: 1,
  vintage: 0,
  heldPosition: undefined,
  snapshotUpserts: undefined,
  resync: undefined,
  observedAtMs: 98_000,
  appliedAtMs: 98_250,
  staleSinceMs: undefined,
  objects: 7,
};

function model(more: Partial<PageSources> = {}): PageModel {
  return pageModel({
    clusters: [cluster],
    chosen: 'c1',
    feeds: [feed],
    overview: new ClusterOverview(),
    uncounted: 0,
    activity: new Activity(),
    logs: [],
    interruptions: [],
    faults: [],
    heartbeatMs: 15_000,
    nowMs: 100_000,
    ...more,
  });
}

test('the summary tells status, counters, objects of all feeds, and the lag of the newest change', () => {
  const older = { ...feed, key: 11, objects: 2, observedAtMs: 10, appliedAtMs: 20_000 };
  expect(model({ feeds: [older, feed] }).summary).toMatchObject({
    name: 'one',
    status: 'connected',
    epoch: 3,
    objects: 9,
    receivedTotal: 12,
    lagMs: 250,
  });
});

test('the summary tells which wire is spoken: on one of them what is received counts as processed', () => {
  expect(model().summary?.wire).toBe('ingest');
  expect(model({ clusters: [{ ...cluster, continuityToken: 't-1' }] }).summary?.wire).toBe('agent-deltas');
});

test('a cluster that nobody registered has no summary', () => {
  expect(model({ chosen: 'c2', feeds: [] }).summary).toBeNull();
  expect(model({ chosen: '', clusters: [], feeds: [] })).toMatchObject({ summary: null, clusters: [] });
});

test('a feed shows its snapshot, that it is stale, that it is new, and else what the agent said', () => {
  const f = (change: Partial<FeedRow>): string | undefined =>
    model({ feeds: [{ ...feed, ...change }] }).feeds[0]?.state;
  expect(f({})).toBe('SYNCED');
  expect(f({ state: 'FORBIDDEN' })).toBe('FORBIDDEN');
  expect(f({ snapshotUpserts: 0 })).toBe('SNAPSHOT');
  expect(f({ state: undefined })).toBe('NEW');
  expect(f({ feedId: undefined, staleSinceMs: 1 })).toBe('STALE');
});

test('feeds that need a look come first, then by name', () => {
  const feeds = (['SYNCED', 'ABSENT', 'FORBIDDEN', 'DEGRADED'] as const).map((state, index) => ({
    ...feed,
    key: index,
    state,
  }));
  const more = { ...feed, key: 9, resource: 'nodes' };
  expect(model({ feeds: [...feeds, more] }).feeds.map(({ state, resource }) => `${state} ${resource}`)).toEqual([
    'DEGRADED pods',
    'FORBIDDEN pods',
    'SYNCED nodes',
    'SYNCED pods',
    'ABSENT pods',
  ]);
});

test('what whoever runs the platform has to say stands above everything else', () => {
  expect(model({ faults: ['processing is paused'] }).faults).toEqual(['processing is paused']);
});

test('a line of log says of which of our programs it is, and is itself where nothing says so', () => {
  const row = (fields: unknown) => ({ id: 1, atMs: 2, body: { level: 'warning', message: 'm', fields } });
  const said = (fields: unknown): string | undefined => model({ logs: [row(fields) as never] }).logs[0]?.message;
  expect(said({ program: 'castai-cluster-controller' })).toBe('cluster-controller: m');
  expect([said({}), said(undefined), said({ program: 1 })]).toEqual(['m', 'm', 'm']);
});

test('only so many namespaces are sent, and how many there are; nodes and pods are asked for when their version rises', () => {
  const overview = new ClusterOverview();
  const before = model({ overview }).lists.version;
  for (let index = 0; index < 600; index += 1) {
    const pod = { namespace: `ns-${index}`, name: 'p', node: `n-${index}`, phase: 'Running', cpu: 1, memory: 1 };
    overview.setPod(`p${index}`, pod);
  }
  const { namespaces, namespaceCount, lists } = model({ overview });
  expect([namespaces.length, namespaceCount]).toEqual([12, 600]);
  expect(lists.version).toBeGreaterThan(before);
});

test('pods are marked as not followed when the feed of pods or of nodes is not', () => {
  const isStale = (change: Partial<FeedRow>): boolean => model({ feeds: [{ ...feed, ...change }] }).pods.isStale;
  expect(isStale({})).toBe(false);
  expect(isStale({ state: 'FORBIDDEN' })).toBe(true);
  expect(isStale({ resource: 'nodes', state: 'DEGRADED' })).toBe(true);
  // Of the same name, and another thing.
  expect(isStale({ group: 'metrics.k8s.io', state: 'FORBIDDEN' })).toBe(false);
});
