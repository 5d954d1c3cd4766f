import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { RecordingServer } from '@castai/shared/testing/recording-server.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FeedRow } from '../store/feed-row.ts';
import type { NotifyStore } from '../store/notify-store.ts';
import type { ReportRow } from '../store/report-row.ts';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Notification } from './notification.ts';
import { Notifier, type NotifierOptions, wants } from './notifier.ts';
import { type NotifyConfig, parseEndpoints } from './parse-endpoints.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const MINUTE = 60_000;

let folder = '';
let store: SqliteStore;
let clock: ManualClock;
let errors: unknown[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'castai-notifier-'));
  store = new SqliteStore(join(folder, 'platform.db'));
  clock = new ManualClock();
  errors = [];
  await store.register({ identity: { provider: 'aks', identity: 'i', name: 'shop' }, id: 'c1', atMs: 1 });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const config = (...endpoints: object[]): NotifyConfig => {
  const base = { url: 'https://hooks.example/', secrets: [SECRET] };
  return parseEndpoints(JSON.stringify({ endpoints: endpoints.map((more) => ({ ...base, ...more })) }), () => '');
};
const notifier = (more: Partial<NotifierOptions> = {}): Notifier =>
  new Notifier({
    config: config({ id: 'all' }, { id: 'grave', severities: ['critical'] }, { id: 'spot', kinds: ['interruptions'] }),
    store,
    timing: { clock, random: () => 0.5 },
    heartbeatMs: () => 15_000,
    onEnded: () => undefined,
    onError: (error) => errors.push(error),
    ...more,
  });
const storeWith = (more: Partial<NotifierOptions['store']>): NotifierOptions['store'] => ({
  notify: store.notify,
  clusters: () => store.clusters(),
  reports: (...asked) => store.reports(...asked),
  feeds: (cluster) => store.feeds(cluster),
  objectsAfter: (...asked) => store.objectsAfter(...asked),
  ...more,
});
/** A session opens: a sign of life. */
const sign = async (): Promise<void> => {
  const { epoch = 0 } = (await store.cluster('c1')) ?? {};
  const whose = { clusterUid: 'u', instanceId: 'i', agentVersion: '1', kubernetesVersion: '1' };
  await store.startSession({
    cluster: 'c1',
    epochBefore: epoch,
    request: { ...whose, feeds: [], encodings: [] },
    lease: undefined,
    feeds: { known: [], added: [], missing: [], removed: [] },
    atMs: clock.now(),
    isRecorded: false,
  });
};
/** Looks every five seconds for so long, with a sign of life before each look or without. */
async function watch(on: Notifier, ms: number, isAlive: boolean): Promise<void> {
  for (let passed = 0; passed <= ms; passed += 5_000) {
    if (isAlive) await sign();
    await on.look();
    await clock.advance(5_000);
  }
}
/** What waits for an endpoint, taken out of its queue. */
async function told(endpoint: string): Promise<string[]> {
  const words: string[] = [];
  for (;;) {
    const [head] = await store.notify.heads(endpoint, 2_000);
    if (head === undefined) return words;
    const { id, trouble, status, severity } = head.notification;
    words.push(`${trouble} ${status} ${severity} ${id.split('-')[1]}`);
    const row = { endpoint, message: id, cluster: 'c1', title: '', atMs: 0, attempt: 1, isDelivered: true, result: '' };
    await store.notify.attempted({ ...row, queued: head.key, next: { type: 'done' }, ends: undefined });
  }
}

test('an agent that falls silent is told of as late, then as gone, and once more when it is back', async () => {
  const on = notifier();
  await watch(on, MINUTE, true);
  expect(await told('all')).toEqual([]);
  await watch(on, 7 * MINUTE, false);
  expect(await told('all')).toEqual(['connection firing warning 1', 'connection firing critical 2']);
  await watch(on, 4 * MINUTE, true);
  expect(await told('all')).toEqual([]);
  await watch(on, 2 * MINUTE, true);
  expect(await told('all')).toEqual(['connection resolved critical 3']);
  // Each hears of what it asked for, and of its end.
  expect(await told('grave')).toEqual(['connection firing critical 2', 'connection resolved critical 3']);
  expect(await told('spot')).toEqual([]);
});

test('an episode goes on in another process, and is told of once', async () => {
  await watch(notifier(), MINUTE, true);
  await watch(notifier(), 3 * MINUTE, false);
  expect(await told('all')).toEqual(['connection firing warning 1']);
  const later = notifier();
  await watch(later, 3 * MINUTE, false);
  expect(await told('all')).toEqual([]);
  await watch(later, 6 * MINUTE, true);
  expect(await told('all')).toEqual(['connection resolved warning 2']);
});

test('what could not be kept is decided anew', async () => {
  let isBroken = true;
  const broken: NotifyStore = Object.assign(Object.create(store.notify) as NotifyStore, {
    openEpisodes: () => store.notify.openEpisodes(),
    tell: async (telling: Parameters<NotifyStore['tell']>[0]) => {
      if (isBroken) throw new Error('the disk is full');
      return store.notify.tell(telling);
    },
  });
  const on = notifier({ store: storeWith({ notify: broken }) });
  await watch(on, MINUTE, true);
  await expect(watch(on, 3 * MINUTE, false)).rejects.toThrow('the disk is full');
  isBroken = false;
  await on.look();
  expect(await told('all')).toEqual(['connection firing warning 1']);
});

test('a cluster that cannot be read keeps nobody from hearing of the others', async () => {
  await store.register({ identity: { provider: 'aks', identity: 'j', name: 'bad' }, id: 'c0', atMs: 0 });
  const on = notifier({
    store: storeWith({
      // Whichever comes first, the other one is looked at.
      clusters: async () => {
        const all = await store.clusters();
        return [...all.filter(({ id }) => id === 'c0'), ...all.filter(({ id }) => id !== 'c0')];
      },
      feeds: async (cluster) => {
        if (cluster === 'c0') throw new Error('it cannot be read');
        return store.feeds(cluster);
      },
    }),
  });
  for (let passed = 0; passed <= 4 * MINUTE; passed += 5_000) {
    if (passed <= MINUTE) await sign();
    await expect(on.look()).rejects.toThrow('it cannot be read');
    await clock.advance(5_000);
  }
  expect(await told('all')).toEqual(['connection firing warning 1']);
});

test('a clock that was set back does not keep it from reading anew', async () => {
  let backMs = 0;
  const now = (): number => clock.now() - backMs;
  const set = { now, monotonicMs: () => clock.monotonicMs(), sleep: clock.sleep.bind(clock) };
  const setTimer: ManualClock['setTimer'] = (ms, fire) => clock.setTimer(ms, fire);
  let reads = 0;
  const on = notifier({
    timing: { clock: { ...set, setTimer }, random: () => 0.5 },
    store: storeWith({
      feeds: async (cluster) => {
        reads += 1;
        return store.feeds(cluster);
      },
    }),
  });
  await on.look();
  const once = reads;
  await on.look();
  expect(reads).toBe(once);
  backMs = 3_600_000;
  await on.look();
  expect(reads).toBe(2 * once);
});

test('what was seen of a cluster that is gone does not count for one that comes in its place', async () => {
  let isThere = true;
  const on = notifier({ store: storeWith({ clusters: async () => (isThere ? store.clusters() : []) }) });
  await watch(on, MINUTE, true);
  // Late for most of the minute after which it is told.
  await watch(on, 75_000, false);
  isThere = false;
  await on.look();
  isThere = true;
  await watch(on, 45_000, false);
  expect(await told('all')).toEqual([]);
  await watch(on, 45_000, false);
  expect(await told('all')).toEqual(['connection firing warning 1']);
});

test('three machines that are taken at once are told of, and are over when no more are', async () => {
  const on = notifier();
  const event = (id: string): Omit<ReportRow, 'id'> => ({
    cluster: 'c1',
    kind: 'event',
    atMs: clock.now(),
    body: { event_type: 'interrupted', provider_id: id },
  });
  for (const id of ['a', 'b', 'c']) await store.addReport(event(id));
  await watch(on, 2 * MINUTE, true);
  expect(await told('spot')).toEqual(['interruptions firing warning 1']);
  await watch(on, 15 * MINUTE, true);
  expect(await told('spot')).toEqual(['interruptions resolved warning 2']);
});

test('init data that is stale is told of while the cluster is there, and not while it is away', async () => {
  const day = 24 * 60 * MINUTE;
  await store.addReport({ cluster: 'c1', kind: 'initData', atMs: clock.now(), body: { agentPool: 'system' } });
  const on = notifier();
  await watch(on, MINUTE, true);
  await clock.advance(36 * day);
  // It is away for as long: nobody knows.
  await watch(on, 2 * MINUTE, false);
  expect((await told('all')).filter((one) => one.startsWith('init-data'))).toEqual([]);
  await watch(on, 2 * MINUTE, true);
  expect((await told('all')).filter((one) => one.startsWith('init-data'))).toEqual(['init-data firing warning 1']);
  await store.addReport({ cluster: 'c1', kind: 'initData', atMs: clock.now(), body: { agentPool: 'system' } });
  await watch(on, 7 * MINUTE, true);
  expect((await told('all')).filter((one) => one.startsWith('init-data'))).toEqual(['init-data resolved warning 2']);
});

test('nodes without a spot handler are told of after a quarter of an hour, while the agent tells which there are', async () => {
  let ready = 0;
  const object = (): object => ({
    metadata: { name: 'castai-spot-handler', namespace: 'castai-agent' },
    status: { desiredNumberScheduled: 4, numberReady: ready },
  });
  const offered = {
    group: 'apps',
    resource: 'daemonsets',
    clusterUid: 'u',
    feedId: 1,
    state: 'SYNCED',
    key: 1,
  } as FeedRow;
  const of = async (): Promise<string[]> => (await told('all')).filter((one) => one.startsWith('daemon-sets'));
  const feeds = [offered];
  const on = notifier({
    store: storeWith({
      feeds: async () => feeds,
      objectsAfter: async () => [{ uid: 'u1', body: Buffer.from(JSON.stringify(object())) }],
    }),
  });
  await watch(on, 14 * MINUTE, true);
  expect(await of()).toEqual([]);
  await watch(on, 3 * MINUTE, true);
  expect(await of()).toEqual(['daemon-sets firing critical 1']);
  // The agent starts anew: what it has not told again is not over.
  ready = 4;
  feeds[0] = { ...offered, state: 'DEGRADED' };
  await watch(on, 10 * MINUTE, true);
  expect(await of()).toEqual([]);
  feeds[0] = offered;
  await watch(on, 8 * MINUTE, true);
  expect(await of()).toEqual(['daemon-sets resolved critical 2']);
});

/** A store whose cluster has these Deployments. */
const storeWithDeployments = (deployments: () => readonly object[]): NotifierOptions['store'] => {
  const offered = { group: 'apps', resource: 'deployments', clusterUid: 'u', feedId: 1, state: 'SYNCED', key: 1 };
  return storeWith({
    feeds: async () => [offered as FeedRow],
    objectsAfter: async () =>
      deployments().map((object, index) => ({ uid: String(index), body: Buffer.from(JSON.stringify(object)) })),
  });
};
const deployment = (name: string): object => ({
  metadata: { name, namespace: 'castai-agent' },
  spec: { replicas: 1 },
  status: { availableReplicas: 1 },
});

test('a cluster controller that does not poll is told of, and one that says that it cannot work', async () => {
  let poll: ReturnType<NonNullable<NotifierOptions['controllerPoll']>>;
  const of = async (): Promise<string[]> => (await told('all')).filter((one) => one.startsWith('controller'));
  const on = notifier({
    store: storeWithDeployments(() => [deployment('castai-cluster-controller'), deployment('shop')]),
    controllerPoll: (cluster) => (cluster === 'c1' ? poll : undefined),
  });
  // Nobody polls: five minutes until that is known, and a quarter of an hour until it is told.
  await watch(on, 19 * MINUTE, true);
  expect(await of()).toEqual([]);
  await watch(on, 3 * MINUTE, true);
  expect(await of()).toEqual(['controller firing critical 1']);
  for (let minute = 0; minute < 10; minute += 1) {
    poll = { atMs: clock.now(), verdict: { state: 'ok', cause: '' } };
    await watch(on, MINUTE, true);
  }
  expect(await of()).toEqual(['controller resolved critical 2']);
  for (let minute = 0; minute < 20; minute += 1) {
    poll = { atMs: clock.now(), verdict: { state: 'degraded', cause: 'trust' } };
    await watch(on, MINUTE, true);
  }
  expect(await of()).toEqual(['controller firing warning 1']);
});

test('an evictor that tells no more is told of, and what it told before counts for a while', async () => {
  const report = (renew: object[]): Omit<ReportRow, 'id'> => ({
    cluster: 'c1',
    kind: 'evictor',
    atMs: clock.now(),
    body: { renew, words: {} },
  });
  const of = async (): Promise<string[]> => (await told('all')).filter((one) => /^(?:evictor|drift)/.test(one));
  const on = notifier({
    store: storeWithDeployments(() => [deployment('castai-evictor')]),
    controllerPoll: () => undefined,
  });
  // It was never asked to tell anything.
  await watch(on, 50 * MINUTE, true);
  expect(await of()).toEqual([]);
  await store.addReport(report([{ node: 'n1', reason: 'kubelet_minor' }]));
  await watch(on, 3 * MINUTE, true);
  expect(await of()).toEqual(['drift firing warning 1']);
  await store.addReport(report([{ node: 'n1', reason: 'kubelet_beyond_skew' }]));
  await watch(on, 2 * MINUTE, true);
  expect(await of()).toEqual(['drift firing critical 2']);
  // Silence is no end of drift.
  await watch(on, 50 * MINUTE, true);
  expect(await of()).toEqual(['evictor firing critical 1']);
  await store.addReport(report([]));
  await watch(on, 7 * MINUTE, true);
  expect(await of()).toEqual(['evictor resolved critical 2', 'drift resolved critical 3']);
});

test('the silence of a program that was told of is not over because the platform begins anew', async () => {
  const of = async (): Promise<string[]> => (await told('all')).filter((one) => /^(?:evictor|controller)/.test(one));
  const more: Partial<NotifierOptions> = {
    store: storeWithDeployments(() => [deployment('castai-evictor'), deployment('castai-cluster-controller')]),
    config: { ...config({ id: 'all' }), policy: { forMs: MINUTE, keepMs: MINUTE } },
    controllerPoll: () => undefined,
  };
  const report = (): Promise<void> =>
    store.addReport({ cluster: 'c1', kind: 'evictor', atMs: clock.now(), body: { renew: [], words: {} } });
  await report();
  await watch(notifier(more), 50 * MINUTE, true);
  expect(await of()).toEqual(['controller firing critical 1', 'evictor firing critical 1']);
  await watch(notifier(more), 50 * MINUTE, true);
  expect(await of()).toEqual([]);
  // What comes now ends it, in whichever process.
  await report();
  const poll = { atMs: clock.now(), verdict: undefined };
  await watch(notifier({ ...more, controllerPoll: () => poll }), 3 * MINUTE, true);
  expect(await of()).toEqual(['controller resolved critical 2', 'evictor resolved critical 2']);
});

test('of a cluster that is away nothing is concluded about its programs', async () => {
  const objects = [{ ...deployment('castai-evictor'), status: {} }];
  const of = async (): Promise<string[]> => (await told('all')).filter((one) => one.startsWith('evictor'));
  const on = notifier({ store: storeWithDeployments(() => objects) });
  await watch(on, MINUTE, true);
  await watch(on, 30 * MINUTE, false);
  expect(await of()).toEqual([]);
  await watch(on, 17 * MINUTE, true);
  expect(await of()).toEqual(['evictor firing critical 1']);
});

test('the end of an episode is for everybody who heard of any part of it', () => {
  const troubles = ['agent'] as const;
  const f = (severities: readonly ('warning' | 'critical')[], more: Partial<Notification>): boolean =>
    wants({ troubles, severities }, { trouble: 'agent', toldBefore: [], ...more } as Notification);
  expect(f(['warning'], { status: 'firing', severity: 'critical', toldBefore: ['warning'] })).toBe(false);
  expect(f(['warning'], { status: 'resolved', severity: 'critical', toldBefore: ['warning', 'critical'] })).toBe(true);
  expect(f(['critical'], { status: 'resolved', severity: 'warning', toldBefore: ['warning'] })).toBe(false);
  expect(f(['warning'], { trouble: 'connection', status: 'firing', severity: 'warning' })).toBe(false);
});

test('it looks and sends by itself, until it is told to stop', async () => {
  await using server = await RecordingServer.start();
  server.react = (_, response) => response.writeHead(200).end();
  const here = { id: 'here', url: server.url.href, allowHttp: true, allowNetworks: ['127.0.0.1'] };
  const on = notifier({ config: config(here) });
  await watch(on, MINUTE, true);
  const stop = new AbortController();
  const running = on.run(stop.signal);
  // No further than it has to: the time of the attempt is the clock's as well, and the server's is not.
  for (let isTold = false; !isTold;) {
    await clock.advance(5_000);
    const { queued, delivered } = await store.notify.endpoint('here');
    isTold = queued + delivered > 0;
  }
  await eventually({ what: 'it is told', look: () => server.requests.length, until: (count) => count >= 1 });
  expect(JSON.parse(server.last.body.toString())).toMatchObject({
    type: 'cluster.connection.firing',
    data: { severity: 'warning', cluster: { id: 'c1', name: 'shop', provider: 'aks' } },
  });
  await eventually({
    what: 'it is recorded',
    look: () => on.rows(),
    until: ([row]) => row?.delivered === 1,
  });
  expect(await on.test('here', stop.signal)).toEqual({ is: 'delivered', status: 200 });
  expect(await on.test('nobody', stop.signal)).toBe(undefined);
  expect([await on.reopen('here'), await on.reopen('nobody')]).toEqual([true, false]);
  stop.abort(new Error('the end'));
  await expect(running).rejects.toThrow('the end');
  expect(clock.pendingTimers).toBe(0);
  expect(errors).toEqual([]);
});
