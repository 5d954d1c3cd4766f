import { getEventListeners } from 'node:events';
import { Backoff } from '@castai/shared/async/backoff.ts';
import type { DiscoveryResult } from '@castai/shared/kube/discovery.ts';
import { KubeError, type KubeErrorCode } from '@castai/shared/kube/kube-error.ts';
import type { WatchEvent } from '@castai/shared/kube/json/watch-decoder.ts';
import { jsonItem } from '@castai/shared/kube/kube-item.ts';
import type { ListRequest, WatchRequest } from '@castai/shared/kube/kube-stream.ts';
import type { Entry, OpenResponse } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { describe, expect, it } from 'vitest';
import { OutboxSink } from '../batch/outbox-sink.ts';
import { Outbox } from '../batch/outbox.ts';
import type { FeedSpec } from './feeds.ts';
import { SnapshotQueue } from '@castai/shared/watch/snapshot-queue.ts';
import { Supervisor } from './supervisor.ts';
import type { FeedSource } from '@castai/shared/watch/feed-source.ts';

const spec = (resource: string, priority: number, versions: [string, ...string[]] = ['v1']): FeedSpec => ({
  name: resource,
  group: resource === 'widgets' ? 'example.com' : '',
  versions,
  resource,
  kind: 'Any',
  mode: 'watch',
  namespace: '',
  fieldSelector: '',
  scrub: 'metadataOnly',
  priority,
});
const served = (resource: string, version = 'v1') => ({
  group: resource === 'widgets' ? 'example.com' : '',
  version,
  resource,
  kind: 'Any',
  namespaced: true,
  verbs: ['list', 'watch'],
});
const session = (...resume: [number, string][]): OpenResponse => ({
  epoch: 1,
  resume: resume.map(([feedId, resourceVersion]) => ({ feedId, resourceVersion })),
  limits: { maxBatchBytes: 0, heartbeatMs: 0, minBatchIntervalMs: 0 },
  directives: [],
});

function short(entry: Entry): string {
  return entry.type === 'feedState'
    ? `${String(entry.feedId)} ${entry.state}`
    : `${String(entry.feedId)} ${entry.type}`;
}

function start(specs: FeedSpec[]) {
  const clock = new ManualClock();
  const requests: string[] = [];
  const source: FeedSource = {
    listPage: ({ path, limit }: ListRequest) => {
      requests.push(`${limit === 1 ? 'probe' : 'list'} ${path}`);
      if (cluster.isHanging) return Promise.withResolvers<never>().promise;
      const metadata = {
        kind: 'List',
        apiVersion: 'v1',
        resourceVersion: '100',
        continueToken: '',
        remainingItemCount: undefined,
      };
      return Promise.resolve({ metadata, items: (async function* () {})(), end: () => metadata });
    },
    async *watch({ path, resourceVersion }: WatchRequest, signal: AbortSignal) {
      requests.push(`watch ${path} ${resourceVersion}`);
      const fault = cluster.watchFaults.shift();
      if (fault !== undefined) throw new KubeError(fault, 'a fault was asked for');
      const events = cluster.events.splice(0);
      if (events.length > 0) yield events;
      cluster.openWatches += 1;
      try {
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      } finally {
        cluster.openWatches -= 1;
      }
    },
  };
  const cluster = {
    catalogue: {
      resources: specs.map(({ resource }) => served(resource)),
      stale: new Set<string>(),
    } as DiscoveryResult,
    denied: new Set<string>(),
    /** Reviews of these are never answered. */
    unanswered: new Set<string>(),
    isDown: false,
    /** Reviews are answered after it. */
    review: Promise.resolve(),
    /** Lists are not answered. */
    isHanging: false,
    /** What the next watches fail with, one each. */
    watchFaults: [] as KubeErrorCode[],
    openWatches: 0,
    /** What the next watch begins with. */
    events: [] as WatchEvent[],
  };
  const log: string[] = [];
  const outbox = new Outbox({ limitBytes: 1 << 20, onDemoted: () => {}, onWaiting: () => {} });
  const createBackoff = (): Backoff =>
    new Backoff({ initialMs: 800, maxMs: 30_000, factor: 2, resetAfterMs: 120_000 }, { clock, random: () => 0.5 });
  const reviewed: string[] = [];
  /** When discovery was looked at. */
  const looks: number[] = [];
  const supervisor = new Supervisor({
    specs,
    survey: {
      catalogue: () => {
        looks.push(clock.monotonicMs());
        if (cluster.isDown) return Promise.reject(new KubeError('KUBE_UNREACHABLE', 'refused'));
        return Promise.resolve(cluster.catalogue);
      },
      mayRead: async ({ resource }) => {
        reviewed.push(resource);
        if (cluster.unanswered.has(resource)) return Promise.withResolvers<boolean>().promise;
        await cluster.review;
        return !cluster.denied.has(resource);
      },
    },
    scrub: { scrubber: () => () => undefined, version: () => 1 },
    outbox,
    watchers: {
      source,
      sink: new OutboxSink(outbox, clock),
      queue: new SnapshotQueue({ places: 2, hasRoom: () => true }),
      observer: {
        onEvents: () => {},
        onRestart: () => {},
        onFailure: () => {},
        onBroken: (_, error) => log.push(String(error)),
      },
      settings: { pageSize: 10, pollMs: 60_000 },
      clock,
      random: () => 0.5,
      createBackoff,
    },
    observer: {
      onSurveyFailed: () => log.push('survey failed'),
      onAvailability: (feed, availability) => log.push(`${feed} ${availability}`),
      onSetAside: (feed, reason) => log.push(`${feed} set aside ${reason}`),
    },
    onOfferChanged: () => log.push('offer changed'),
    clock,
    createBackoff,
  });
  const stop = new AbortController();
  /** What waits in the outbox, in short. */
  const sent = async (): Promise<string[]> => {
    await clock.advance(0);
    const cut = outbox.cut(1 << 20);
    for (const tell of cut.onReceived) tell();
    return cut.entries.map(short);
  };
  const end = (): void => {
    stop.abort();
    supervisor.abandon();
  };
  return { clock, supervisor, cluster, requests, log, sent, stop, end, reviewed, looks };
}

describe('supervisor', () => {
  it('starts each feed at its resume point, or with a snapshot, most important first', async () => {
    const { supervisor, requests, sent, stop, end } = start([spec('nodes', 0), spec('pods', 1)]);
    await supervisor.survey(stop.signal);
    supervisor.adopt(session([1, '90']));
    expect(await sent()).toEqual(['1 SYNCED', '2 snapshotBegin', '2 snapshotEnd', '2 SYNCED']);
    expect(requests).toContain('probe /api/v1/nodes');
    expect(requests).toContain('list /api/v1/pods');
    expect(requests).toContain('watch /api/v1/nodes 90');
    end();
  });

  it('reports a feed without permission and starts the others; asks again a minute later and starts it then (C47)', async () => {
    const { supervisor, cluster, clock, sent, stop, end, requests } = start([spec('nodes', 0), spec('pods', 1)]);
    cluster.denied.add('pods');
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([1, '90'], [2, '80']));
    expect(await sent()).toContain('2 FORBIDDEN');
    expect(requests.some((line) => line.includes('pods'))).toBe(false);
    cluster.denied.clear();
    await clock.advance(90_000);
    expect(await sent()).toContain('2 SYNCED');
    expect(requests).toContain('watch /api/v1/pods 80');
    end();
  });

  it('is not held up by a review that hangs, and has no more than eight under way', async () => {
    const specs = Array.from({ length: 12 }, (_, index) => spec(`kind${String(index)}`, index));
    const { supervisor, cluster, clock, stop, end, requests, reviewed } = start(specs);
    await supervisor.survey(stop.signal);
    const review = Promise.withResolvers<void>();
    cluster.review = review.promise;
    cluster.unanswered.add('kind0');
    supervisor.adopt(session(...specs.map((_, index): [number, string] => [index + 1, '90'])));
    await clock.advance(0);
    expect(reviewed).toEqual(specs.slice(0, 8).map(({ resource }) => resource));
    review.resolve();
    await clock.advance(0);
    expect(requests.filter((line) => line.startsWith('watch'))).toEqual(
      specs.slice(1).map(({ resource }) => `watch /api/v1/${resource} 90`),
    );
    end();
  });

  it('says that a resource is absent only when discovery says so, and starts it when it comes (C48)', async () => {
    const { supervisor, cluster, clock, sent, stop, end, requests } = start([spec('nodes', 0), spec('widgets', 1)]);
    cluster.catalogue = { resources: [served('nodes')], stale: new Set() };
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([1, '90'], [2, '80']));
    await clock.advance(31_000);
    expect(await sent()).toContain('2 ABSENT');
    cluster.catalogue = { resources: [served('nodes'), served('widgets')], stale: new Set() };
    await clock.advance(31_000);
    expect(await sent()).toContain('2 snapshotEnd');
    cluster.catalogue = { resources: [served('nodes')], stale: new Set() };
    await clock.advance(36_000);
    expect(await sent()).toContain('2 ABSENT');
    expect(requests.filter((line) => line === 'list /apis/example.com/v1/widgets')).toHaveLength(1);
    end();
  });

  it('does not believe a single look that misses a resource: a starting API server does not know its own yet', async () => {
    const { supervisor, cluster, clock, sent, stop, end } = start([spec('widgets', 0)]);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([1, '90']));
    await sent();
    cluster.catalogue = { resources: [], stale: new Set() };
    await clock.advance(31_000);
    cluster.catalogue = { resources: [served('widgets')], stale: new Set() };
    await clock.advance(6_000);
    cluster.catalogue = { resources: [], stale: new Set() };
    await clock.advance(30_000);
    expect(await sent()).toEqual([]);
    expect(supervisor.status[0]?.phase).toBe('live');
    end();
  });

  it('drops what waits of a resource that is gone', async () => {
    const { supervisor, cluster, clock, sent, stop, end } = start([spec('widgets', 0)]);
    cluster.events = [{ type: 'MODIFIED', ...jsonItem({ metadata: { name: 'a', uid: 'a', resourceVersion: '95' } }) }];
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([1, '90']));
    cluster.catalogue = { resources: [], stale: new Set() };
    await clock.advance(36_000);
    expect(await sent()).toEqual(['1 ABSENT']);
    end();
  });

  it('looks at discovery soon after the API server did not know a resource', async () => {
    const { supervisor, cluster, clock, stop, end, looks } = start([spec('widgets', 0)]);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    cluster.watchFaults = ['KUBE_NOT_FOUND'];
    supervisor.adopt(session([1, '90']));
    await clock.advance(6_000);
    expect(looks).toEqual([0, 5_000]);
    end();
  });

  it('looks again soon when the API server is away, also after it was well for a while', async () => {
    const { supervisor, cluster, clock, stop, end, looks } = start([spec('nodes', 0)]);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    const outage = async (): Promise<number[]> => {
      looks.length = 0;
      cluster.isDown = true;
      await clock.advance(63_000);
      cluster.isDown = false;
      await clock.advance(300_000);
      const [first = 0, ...later] = looks.slice(0, 3);
      return later.map((ms) => ms - first);
    };
    // A failed look is repeated after the backoff's wait, and then after the usual one.
    expect(await outage()).toEqual([30_400, 61_200]);
    expect(await outage()).toEqual([30_400, 61_200]);
    end();
  });

  it('reviews a feed whose watch is refused, and goes on where it was when it is allowed', async () => {
    const { supervisor, cluster, clock, sent, stop, end, requests, log } = start([spec('nodes', 0)]);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    cluster.watchFaults = ['KUBE_FORBIDDEN'];
    supervisor.adopt(session([1, '90']));
    expect(await sent()).toEqual(['1 FORBIDDEN']);
    cluster.denied.add('nodes');
    await clock.advance(31_000);
    expect(log.at(-1)).toBe('nodes forbidden');
    expect(supervisor.status[0]?.phase).toBe('forbidden');
    // Its watcher has said it already.
    expect(await sent()).toEqual([]);
    cluster.denied.clear();
    requests.length = 0;
    await clock.advance(61_000);
    expect(requests).toEqual(['probe /api/v1/nodes', 'watch /api/v1/nodes 90']);
    expect(await sent()).toEqual(['1 SYNCED']);
    end();
  });

  it('takes the answer to a question of an earlier session for none', async () => {
    const { supervisor, cluster, sent, stop, end } = start([spec('nodes', 0)]);
    await supervisor.survey(stop.signal);
    const early = Promise.withResolvers<void>();
    cluster.review = early.promise;
    supervisor.adopt(session([1, '90']));
    cluster.review = Promise.withResolvers<void>().promise;
    supervisor.adopt(session([1, '90']));
    cluster.denied.add('nodes');
    early.resolve();
    expect(await sent()).toEqual([]);
    end();
  });

  it('makes no feed list on the way to its stop', async () => {
    const names = ['nodes', 'pods', 'jobs', 'leases', 'events'];
    const { supervisor, cluster, clock, stop, end, requests } = start(names.map((name, index) => spec(name, index)));
    cluster.isHanging = true;
    await supervisor.survey(stop.signal);
    supervisor.adopt(session());
    await clock.advance(1_000);
    supervisor.abandon();
    await clock.advance(1_000);
    expect(requests).toEqual(['list /api/v1/nodes', 'list /api/v1/pods']);
    end();
  });

  it('leaves a feed alone while the server of its API does not answer (C49)', async () => {
    const { supervisor, cluster, clock, sent, stop, end } = start([spec('widgets', 0)]);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([1, '90']));
    await sent();
    cluster.catalogue = { resources: [], stale: new Set(['example.com/v1']) };
    await clock.advance(31_000);
    expect(await sent()).toEqual([]);
    expect(supervisor.status[0]?.phase).toBe('live');
    end();
  });

  it('snapshots a feed again when its version changes, and says that the offer did', async () => {
    const { supervisor, cluster, clock, sent, stop, end, requests, log } = start([spec('widgets', 0, ['v2', 'v1'])]);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([1, '90']));
    await sent();
    cluster.catalogue = { resources: [served('widgets', 'v1'), served('widgets', 'v2')], stale: new Set() };
    await clock.advance(31_000);
    expect(await sent()).toContain('1 snapshotEnd');
    expect(requests).toContain('list /apis/example.com/v2/widgets');
    expect(supervisor.feeds[0]?.version).toBe('v2');
    expect(log.filter((line) => line === 'offer changed')).toHaveLength(2);
    end();
  });

  it('waits for an API server that is away, as long as it takes', async () => {
    const { supervisor, cluster, clock, stop, end, log } = start([spec('nodes', 0)]);
    cluster.isDown = true;
    let isDone = false;
    void supervisor.survey(stop.signal).then(() => (isDone = true));
    await clock.advance(3_600_000);
    expect(isDone).toBe(false);
    cluster.isDown = false;
    await clock.advance(30_000);
    expect(isDone).toBe(true);
    expect(log).toContain('survey failed');
    end();
  });

  it('snapshots for the platform at most once a minute per feed', async () => {
    const { supervisor, clock, sent, stop, end } = start([spec('nodes', 0), spec('pods', 1)]);
    await supervisor.survey(stop.signal);
    supervisor.adopt(session([1, '90'], [2, '90']));
    await sent();
    supervisor.resync([1]);
    await clock.advance(0);
    expect(await sent()).toEqual(['1 snapshotBegin', '1 snapshotEnd', '1 SYNCED']);
    supervisor.resync([]);
    await clock.advance(59_000);
    expect(await sent()).toEqual(['2 snapshotBegin', '2 snapshotEnd', '2 SYNCED']);
    await clock.advance(1_000);
    expect(await sent()).toEqual(['1 snapshotBegin', '1 snapshotEnd', '1 SYNCED']);
    end();
  });

  it('starts with a snapshot where the platform asked for one before the feed was reviewed', async () => {
    const { supervisor, cluster, clock, sent, stop, end, requests } = start([spec('nodes', 0)]);
    cluster.denied.add('nodes');
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([1, '90']));
    supervisor.resync([1]);
    expect(await sent()).toEqual(['1 FORBIDDEN']);
    cluster.denied.clear();
    await clock.advance(90_000);
    expect(await sent()).toEqual(['1 snapshotBegin', '1 snapshotEnd', '1 SYNCED']);
    expect(requests).not.toContain('watch /api/v1/nodes 90');
    end();
  });

  it('snapshots every feed when one finds the history rewound, once (C11)', async () => {
    const { supervisor, sent, stop, end, requests, clock } = start([
      spec('nodes', 0),
      spec('pods', 1),
      spec('jobs', 2),
    ]);
    await supervisor.survey(stop.signal);
    // The newest version is 100: the nodes cannot tell that their 90 was of another future, the pods can.
    supervisor.adopt(session([1, '90'], [2, '110'], [3, '95']));
    await clock.advance(1_000);
    expect(requests.filter((line) => line.startsWith('list '))).toEqual([
      'list /api/v1/nodes',
      'list /api/v1/jobs',
      'list /api/v1/pods',
    ]);
    expect(await sent()).toEqual(expect.arrayContaining(['1 snapshotEnd', '2 snapshotEnd', '3 snapshotEnd']));
    end();
  });

  it('tells every session of a feed without permission', async () => {
    const { supervisor, cluster, sent, stop, end } = start([spec('nodes', 0)]);
    cluster.denied.add('nodes');
    await supervisor.survey(stop.signal);
    supervisor.adopt(session());
    expect(await sent()).toEqual(['1 FORBIDDEN']);
    supervisor.adopt(session());
    expect(await sent()).toEqual(['1 FORBIDDEN']);
    end();
  });

  it('sets no timer for a wish that comes after the stop', async () => {
    const { supervisor, clock, stop, end } = start([spec('nodes', 0)]);
    await supervisor.survey(stop.signal);
    supervisor.adopt(session());
    end();
    supervisor.resync([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not start a feed that went while its access was reviewed', async () => {
    const { supervisor, cluster, clock, sent, stop, end, requests } = start([spec('nodes', 0), spec('widgets', 1)]);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    const review = Promise.withResolvers<void>();
    cluster.review = review.promise;
    supervisor.adopt(session());
    cluster.catalogue = { resources: [served('nodes')], stale: new Set() };
    await clock.advance(60_000);
    expect(await sent()).toContain('2 ABSENT');
    review.resolve();
    await clock.advance(1_000);
    expect(requests.filter((line) => line.includes('widgets'))).toEqual([]);
    end();
  });

  it('leaves no listener behind, however often it looks', async () => {
    const { supervisor, clock, stop, end } = start([spec('nodes', 0)]);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    await clock.advance(3_600_000);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
    end();
  });

  it('sets a feed aside of which the platform takes nothing, and snapshots it five minutes later', async () => {
    const { supervisor, clock, stop, end, requests, log, sent } = start([spec('nodes', 0), spec('pods', 1)]);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([1, '90'], [2, '90']));
    await sent();
    supervisor.setAside(2, 'REJECTED');
    expect(log.at(-1)).toBe('pods set aside REJECTED');
    expect(supervisor.status.map(({ feed, phase, state }) => [feed, phase, state])).toEqual([
      ['nodes', 'live', 'SYNCED'],
      ['pods', 'refused', 'REFUSED'],
    ]);
    requests.length = 0;
    await clock.advance(299_000);
    expect(requests.filter((line) => line.includes('pods'))).toEqual([]);
    await clock.advance(60_000);
    expect(requests.filter((line) => line.includes('pods'))).toEqual(['list /api/v1/pods', 'watch /api/v1/pods 100']);
    expect(await sent()).toEqual(['2 snapshotBegin', '2 snapshotEnd', '2 SYNCED']);
    expect(supervisor.status[1]?.phase).toBe('live');
    end();
  });

  it('tries a feed that was set aside again in the next session', async () => {
    const { supervisor, clock, stop, end, requests } = start([spec('nodes', 0)]);
    await supervisor.survey(stop.signal);
    supervisor.adopt(session([1, '90']));
    await clock.advance(0);
    supervisor.setAside(1, 'REJECTED');
    supervisor.adopt(session([1, '90']));
    await clock.advance(0);
    expect(requests.filter((line) => line.startsWith('watch'))).toHaveLength(2);
    expect(supervisor.status[0]?.phase).toBe('live');
    end();
  });

  it('runs nothing between two sessions, and starts anew with the next', async () => {
    const { supervisor, cluster, sent, stop, end, requests, clock } = start([spec('nodes', 0)]);
    await supervisor.survey(stop.signal);
    supervisor.adopt(session([1, '90']));
    await sent();
    expect(cluster.openWatches).toBe(1);
    supervisor.abandon();
    expect(supervisor.status[0]?.phase).toBe('served');
    await clock.advance(0);
    expect(cluster.openWatches).toBe(0);
    supervisor.adopt(session([1, '95']));
    await clock.advance(0);
    expect(requests.filter((line) => line.startsWith('watch'))).toEqual([
      'watch /api/v1/nodes 90',
      'watch /api/v1/nodes 95',
    ]);
    end();
  });
});
