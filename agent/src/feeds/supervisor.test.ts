import { getEventListeners } from 'node:events';
import { Backoff } from '@castai/shared/async/backoff.ts';
import type { DiscoveryResult } from '@castai/shared/kube/discovery.ts';
import { KubeError, type KubeErrorCode } from '@castai/shared/kube/kube-error.ts';
import type { WatchEvent } from '@castai/shared/kube/watch-events.ts';
import { jsonItem } from '@castai/shared/kube/kube-item.ts';
import type { ListRequest, WatchRequest } from '@castai/shared/kube/kube-stream.ts';
import type { Entry, OpenResponse } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { describe, expect, it } from 'vitest';
import { OutboxSink } from '../batch/outbox-sink.ts';
import { Outbox } from '../batch/outbox.ts';
import type { LintPolicy } from '../lint/lint-policy.ts';
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

const WIDGETS = '/apis/example.com/v1/widgets';

function short(entry: Entry): string {
  return entry.type === 'feedState'
    ? `${String(entry.feedId)} ${entry.state}`
    : `${String(entry.feedId)} ${entry.type}`;
}

function start(specs: FeedSpec[], lint?: LintPolicy) {
  const clock = new ManualClock();
  const requests: string[] = [];
  const source: FeedSource = {
    listPage: ({ path, limit, kind }: ListRequest) => {
      if (limit !== 1) cluster.listedKinds.push([path, kind]);
      requests.push(`${limit === 1 ? 'probe' : 'list'} ${path}`);
      if (cluster.isHanging) return Promise.withResolvers<never>().promise;
      const refusal = cluster.refusals.get(path);
      if (refusal !== undefined) return Promise.reject(new KubeError(refusal, 'a fault was asked for'));
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
      const fault = cluster.refusals.get(path) ?? cluster.watchFaults.shift();
      if (fault !== undefined) throw new KubeError(fault, 'a fault was asked for');
      const events = cluster.events.splice(0);
      if (events.length > 0) yield events;
      cluster.openWatches += 1;
      try {
        for (;;) {
          const next = await new Promise<unknown>((resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error));
            cluster.endWatches.set(path, resolve);
          });
          if (next !== 'bookmark') return;
          yield [{ type: 'BOOKMARK', resourceVersion }];
        }
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
    /** Of which kind the objects of each list are said to be that was asked for. */
    listedKinds: [] as [path: string, kind: string | undefined][],
    denied: new Set<string>(),
    /** Reviews of these are never answered. */
    unanswered: new Set<string>(),
    isDown: false,
    /** Reviews are answered after it. */
    review: Promise.resolve(),
    /** Discovery is answered after it. */
    look: Promise.resolve(),
    /** Lists are not answered. */
    isHanging: false,
    /** What the next watches fail with, one each. */
    watchFaults: [] as KubeErrorCode[],
    openWatches: 0,
    /** What the collection at a path answers to everything. */
    refusals: new Map<string, KubeErrorCode>(),
    /** Ends the watch of the collection at a path in good order. */
    endWatches: new Map<string, (value: unknown) => void>(),
    /** Every open watch brings a bookmark. */
    bookmark: (): void => {
      for (const resolve of cluster.endWatches.values()) resolve('bookmark');
    },
    /** The API server serves a path no more, as when a definition is deleted: watches end. */
    remove: (path: string): void => {
      cluster.refusals.set(path, 'KUBE_NOT_FOUND');
      cluster.endWatches.get(path)?.(undefined);
    },
    /** What the reviews themselves fail with. */
    reviewFault: undefined as KubeErrorCode | undefined,
    /** What discovery fails with. */
    catalogueFault: undefined as KubeErrorCode | undefined,
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
      catalogue: async () => {
        looks.push(clock.monotonicMs());
        await cluster.look;
        if (cluster.isDown) return Promise.reject(new KubeError('KUBE_UNREACHABLE', 'refused'));
        if (cluster.catalogueFault !== undefined) return Promise.reject(new KubeError(cluster.catalogueFault, 'no'));
        return Promise.resolve(cluster.catalogue);
      },
      mayRead: async ({ resource }) => {
        reviewed.push(resource);
        if (cluster.unanswered.has(resource)) return Promise.withResolvers<boolean>().promise;
        if (cluster.reviewFault !== undefined) throw new KubeError(cluster.reviewFault, 'no');
        await cluster.review;
        return !cluster.denied.has(resource);
      },
    },
    scrub: { scrubber: () => () => undefined, version: () => 1 },
    lint,
    outbox,
    watchers: {
      source,
      sink: new OutboxSink(outbox, clock),
      queue: new SnapshotQueue({ places: 2, hasRoom: () => true }),
      observer: {
        onEvents: () => {},
        onRestart: () => {},
        onFailure: () => {},
        onUnreadable: () => {},
        onBroken: (_, error) => log.push(String(error)),
      },
      settings: { pageSize: 10, pollMs: 60_000 },
      clock,
      random: () => 0.5,
      createBackoff,
    },
    observer: {
      onSurveyed: () => undefined,
      onSurveyFailed: (_, question) => log.push(`survey failed ${question}`),
      onAvailability: (feed, availability, reason) => log.push(`${feed} ${availability} ${reason}`.trim()),
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
    return outbox.cut(1 << 20).entries.map(short);
  };
  const end = (): void => {
    stop.abort();
    supervisor.abandon();
  };
  return { clock, supervisor, cluster, requests, log, outbox, sent, stop, end, reviewed, looks };
}

describe('supervisor', () => {
  it('offers a feed under another number when the rules that judge its objects are others, and no other feed', () => {
    const offered = (version: number): number[] => {
      const isJudged = ({ kind }: { readonly kind: string }): boolean => kind === spec('pods', 1).kind;
      const lint = { judge: () => undefined, version: (of: FeedSpec) => (isJudged(of) ? version : 0) };
      const { supervisor, end } = start([spec('pods', 0), { ...spec('nodes', 1), kind: 'Node' }], lint);
      end();
      return supervisor.feeds.map(({ scrubVersion }) => scrubVersion);
    };
    const [without, some, others] = [offered(0), offered(8), offered(16)];
    expect(without).toEqual([1, 1]);
    expect([some, others]).toEqual([
      [9, 1],
      [17, 1],
    ]);
    // A number that is none is never offered, whatever the two make of each other.
    expect(offered(1)).toEqual([1, 1]);
  });

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

  it('calls a snapshot that was handed in CONFIRMING until the platform has received its end', async () => {
    const { supervisor, clock, outbox, stop, end } = start([spec('nodes', 0), spec('pods', 1)]);
    const states = (): string[] => supervisor.status.map(({ state }) => state);
    await supervisor.survey(stop.signal);
    supervisor.adopt(session([1, '90']));
    await clock.advance(0);
    expect(states()).toEqual(['SYNCED', 'CONFIRMING']);
    outbox.endReceived(2);
    expect(states()).toEqual(['SYNCED', 'SYNCED']);
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

  it('says that a resource is absent when discovery and its collection say so, and starts it when it comes (C48)', async () => {
    const { supervisor, cluster, clock, sent, stop, end, requests } = start([spec('nodes', 0), spec('widgets', 1)]);
    cluster.catalogue = { resources: [served('nodes')], stale: new Set() };
    cluster.remove(WIDGETS);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([1, '90'], [2, '80']));
    await clock.advance(31_000);
    expect(await sent()).toContain('2 ABSENT');
    cluster.catalogue = { resources: [served('nodes'), served('widgets')], stale: new Set() };
    cluster.refusals.clear();
    await clock.advance(31_000);
    expect(await sent()).toContain('2 snapshotEnd');
    cluster.catalogue = { resources: [served('nodes')], stale: new Set() };
    cluster.remove(WIDGETS);
    await clock.advance(36_000);
    expect(await sent()).toContain('2 ABSENT');
    expect(requests.filter((line) => line === 'list /apis/example.com/v1/widgets')).toHaveLength(1);
    end();
  });

  it('believes no look at discovery that misses a resource, however often, while its collection answers', async () => {
    const { supervisor, cluster, clock, sent, stop, end, requests } = start([spec('widgets', 0)]);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([1, '90']));
    await sent();
    requests.length = 0;
    cluster.catalogue = { resources: [], stale: new Set() };
    await clock.advance(900_000);
    expect(await sent()).toEqual([]);
    expect(supervisor.status[0]?.phase).toBe('live');
    expect(requests).toEqual([`probe ${WIDGETS}`, `probe ${WIDGETS}`, `probe ${WIDGETS}`]);
    end();
  });

  it('believes the watch that is open and heard of, and not an API server beside it that does not know the resource', async () => {
    const { supervisor, cluster, clock, sent, stop, end } = start([spec('widgets', 0)]);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([1, '90']));
    await sent();
    cluster.catalogue = { resources: [], stale: new Set() };
    cluster.refusals.set(WIDGETS, 'KUBE_NOT_FOUND');
    for (let minute = 0; minute < 30; minute += 1) {
      cluster.bookmark();
      await clock.advance(60_000);
    }
    expect(await sent()).toEqual([]);
    // Silence for longer than between two bookmarks is no testimony.
    await clock.advance(600_000);
    expect(await sent()).toEqual(['1 ABSENT']);
    end();
  });

  it('removes nothing of a resource that discovery misses while its collection gives another answer than 404', async () => {
    for (const code of ['KUBE_SERVER_ERROR', 'KUBE_FORBIDDEN', 'KUBE_UNREACHABLE', 'KUBE_THROTTLED'] as const) {
      const { supervisor, cluster, clock, sent, stop, end } = start([spec('widgets', 0)]);
      cluster.catalogue = { resources: [], stale: new Set() };
      cluster.refusals.set(WIDGETS, code);
      await supervisor.survey(stop.signal);
      void supervisor.run(stop.signal);
      supervisor.adopt(session([1, '90']));
      await clock.advance(3_600_000);
      expect([code, await sent(), supervisor.status[0]?.phase]).toEqual([code, [], 'unknown']);
      end();
    }
  });

  it('does not believe one 404 of a collection: a starting API server does not know its own custom resources yet', async () => {
    const { supervisor, cluster, clock, sent, stop, end } = start([spec('widgets', 0)]);
    cluster.catalogue = { resources: [], stale: new Set() };
    cluster.refusals.set(WIDGETS, 'KUBE_NOT_FOUND');
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([1, '90']));
    await clock.advance(4_000);
    cluster.refusals.clear();
    await clock.advance(60_000);
    expect(await sent()).toEqual(['1 SYNCED']);
    end();
  });

  it('drops what waits of a resource that is gone', async () => {
    const { supervisor, cluster, clock, sent, stop, end } = start([spec('widgets', 0)]);
    cluster.events = [{ type: 'MODIFIED', ...jsonItem({ metadata: { name: 'a', uid: 'a', resourceVersion: '95' } }) }];
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([1, '90']));
    await clock.advance(0);
    cluster.catalogue = { resources: [], stale: new Set() };
    cluster.remove(WIDGETS);
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

  it('looks again soon also for a reason that came while it looked', async () => {
    const { supervisor, cluster, clock, stop, end, looks } = start([spec('widgets', 0)]);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([1, '90']));
    await clock.advance(0);
    const look = Promise.withResolvers<void>();
    cluster.look = look.promise;
    await clock.advance(30_000);
    cluster.refusals.set(WIDGETS, 'KUBE_NOT_FOUND');
    cluster.endWatches.get(WIDGETS)?.(undefined);
    await clock.advance(2_000);
    cluster.refusals.clear();
    look.resolve();
    await clock.advance(6_000);
    expect(looks).toEqual([0, 30_000, 37_000]);
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

  it('learns from discovery how a kind is called of which an operator has named the path, and offers it so', async () => {
    const named = { ...spec('widgets', 1), kind: 'widgets', isExtra: true } as const;
    const { supervisor, cluster, clock, stop, end, log } = start([spec('nodes', 0), named]);
    const kinds = (): string[] => supervisor.feeds.map(({ kind }) => kind);
    const offers = (): number => log.filter((line) => line === 'offer changed').length;
    cluster.catalogue = { resources: [served('nodes')], stale: new Set() };
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    expect([kinds(), offers()]).toEqual([['Any', 'widgets'], 0]);
    cluster.catalogue = {
      resources: [
        { ...served('nodes'), kind: 'Other' },
        { ...served('widgets'), kind: 'Widget' },
      ],
      stale: new Set(),
    };
    await clock.advance(61_000);
    // A kind of the table keeps its name.
    expect([kinds(), offers()]).toEqual([['Any', 'Widget'], 1]);
    end();
  });

  it('asks for lists of its kinds by name, and not of those whose lists an operator may have called otherwise', async () => {
    const named = { ...spec('widgets', 1), kind: 'widgets', isExtra: true } as const;
    const { supervisor, cluster, clock, stop, end } = start([spec('nodes', 0), named]);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session());
    await clock.advance(0);
    expect(cluster.listedKinds.map(([, kind]) => kind)).toEqual(['Any', undefined]);
    end();
  });

  it('stays with the version that works when another one comes, preferred or not', async () => {
    const { supervisor, cluster, clock, sent, stop, end, requests } = start([spec('widgets', 0, ['v2', 'v1'])]);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([1, '90']));
    await sent();
    cluster.catalogue = { resources: [served('widgets', 'v1'), served('widgets', 'v2')], stale: new Set() };
    await clock.advance(120_000);
    cluster.catalogue = { resources: [served('widgets', 'v2')], stale: new Set() };
    await clock.advance(120_000);
    expect(await sent()).toEqual([]);
    expect(supervisor.feeds[0]?.version).toBe('v1');
    expect(requests.filter((line) => line.includes('/v2/'))).toEqual([]);
    end();
  });

  it('takes another version when the one in use is served no more, and says that the offer changed', async () => {
    for (const code of ['KUBE_NOT_FOUND', 'KUBE_EXPIRED'] as const) {
      const { supervisor, cluster, clock, sent, stop, end, requests, log } = start([spec('widgets', 0, ['v2', 'v1'])]);
      await supervisor.survey(stop.signal);
      void supervisor.run(stop.signal);
      supervisor.adopt(session([1, '90']));
      await sent();
      cluster.catalogue = { resources: [served('widgets', 'v2')], stale: new Set() };
      cluster.remove(WIDGETS);
      cluster.refusals.set(WIDGETS, code);
      await clock.advance(91_000);
      expect([code, supervisor.feeds[0]?.version]).toEqual([code, 'v2']);
      expect(await sent()).toContain('1 snapshotEnd');
      expect(requests).toContain('list /apis/example.com/v2/widgets');
      expect(log.filter((line) => line === 'offer changed')).toHaveLength(2);
      end();
    }
  });

  it('keeps what the platform has of a resource that is served in versions it does not know, and says what cures it', async () => {
    const { supervisor, cluster, clock, sent, stop, end, log } = start([spec('widgets', 0, ['v1', 'v1beta1'])]);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([1, '90']));
    await sent();
    cluster.catalogue = { resources: [served('widgets', 'v2')], stale: new Set() };
    cluster.remove(WIDGETS);
    cluster.refusals.set('/apis/example.com/v1beta1/widgets', 'KUBE_NOT_FOUND');
    await clock.advance(61_000);
    expect((await sent()).filter((line) => line.includes('ABSENT'))).toEqual([]);
    const cure = 'served in v2, this agent knows v1, v1beta1: upgrade it';
    expect(supervisor.status[0]).toMatchObject({ phase: 'unsupported', state: `DEGRADED: ${cure}` });
    expect(log.at(-1)).toBe(`widgets unsupported ${cure}`);
    supervisor.adopt(session([1, '90']));
    expect(await sent()).toEqual(['1 DEGRADED']);
    // An unfinished discovery does not make it absent: the version that is not known answers for itself.
    cluster.catalogue = { resources: [], stale: new Set() };
    await clock.advance(120_000);
    expect(await sent()).toEqual([]);
    cluster.catalogue = { resources: [served('widgets')], stale: new Set() };
    cluster.refusals.clear();
    await clock.advance(61_000);
    expect(await sent()).toEqual(['1 SYNCED']);
    end();
  });

  it('starts every feed where access reviews are refused, and the own 403 of a list is the answer', async () => {
    const refusals = [
      'KUBE_FORBIDDEN',
      'KUBE_NOT_FOUND',
      'KUBE_BAD_REQUEST',
      'KUBE_INVALID',
      'KUBE_NOT_ACCEPTABLE',
    ] as const;
    for (const code of refusals) {
      const { supervisor, cluster, clock, sent, stop, end, requests, log } = start([spec('nodes', 0), spec('pods', 1)]);
      cluster.reviewFault = code;
      cluster.refusals.set('/api/v1/pods', 'KUBE_FORBIDDEN');
      await supervisor.survey(stop.signal);
      void supervisor.run(stop.signal);
      supervisor.adopt(session([1, '90']));
      expect(await sent()).toEqual(expect.arrayContaining(['1 SYNCED', '2 FORBIDDEN']));
      await clock.advance(3_600_000);
      expect(supervisor.status.map(({ phase }) => phase)).toEqual(['live', 'forbidden']);
      expect(log).toContain('survey failed reviews');
      // 1, 2, 4, 8 and then every 10 minutes.
      expect(requests.filter((line) => line.endsWith('pods')).length).toBeLessThan(12);
      cluster.refusals.clear();
      await clock.advance(660_000);
      expect(supervisor.status[1]?.phase).toBe('live');
      end();
    }
  });

  it('tries the lists when every review has failed for a minute, and asks again while one may only be late', async () => {
    for (const code of ['KUBE_SERVER_ERROR', 'KUBE_UNREACHABLE', 'KUBE_THROTTLED'] as const) {
      const { supervisor, cluster, clock, sent, stop, end, reviewed } = start([spec('nodes', 0), spec('pods', 1)]);
      cluster.reviewFault = code;
      await supervisor.survey(stop.signal);
      void supervisor.run(stop.signal);
      supervisor.adopt(session());
      await clock.advance(59_000);
      expect(await sent()).toEqual([]);
      await clock.advance(31_000);
      expect(await sent()).toEqual(expect.arrayContaining(['1 SYNCED', '2 SYNCED']));
      reviewed.length = 0;
      // One that is answered counts for all: the next that fails is asked again.
      cluster.reviewFault = undefined;
      await clock.advance(300_000);
      supervisor.adopt(session([1, '90'], [2, '90']));
      await clock.advance(0);
      expect(reviewed).toEqual(['nodes', 'pods']);
      cluster.reviewFault = code;
      await clock.advance(300_000);
      supervisor.adopt(session([1, '90'], [2, '90']));
      await clock.advance(0);
      expect(supervisor.isReading).toBe(false);
      end();
    }
  });

  it('tries every feed in the versions that it knows where discovery is forbidden', async () => {
    const specs = [spec('nodes', 0), spec('pods', 1), spec('widgets', 2, ['v2', 'v1'])];
    const { supervisor, cluster, clock, sent, stop, end, log } = start(specs);
    cluster.catalogueFault = 'KUBE_FORBIDDEN';
    cluster.refusals.set('/apis/example.com/v2/widgets', 'KUBE_NOT_FOUND');
    cluster.refusals.set('/api/v1/pods', 'KUBE_NOT_FOUND');
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session([2, '90']));
    await clock.advance(30_000);
    expect(supervisor.status.map(({ phase }) => phase)).toEqual(['live', 'unknown', 'live']);
    expect(supervisor.feeds[2]?.version).toBe('v1');
    expect(await sent()).not.toContain('2 ABSENT');
    expect(log).toContain('survey failed discovery');
    end();
  });

  it('opens no session and reads nothing anew for 10 minutes of two API servers behind one address', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `kind${String(index)}s`);
    const specs = [...names.map((name, index) => spec(name, index)), spec('widgets', 20, ['v1', 'v1beta1'])];
    const { supervisor, cluster, clock, sent, stop, end, requests, log, reviewed } = start(specs);
    await supervisor.survey(stop.signal);
    void supervisor.run(stop.signal);
    supervisor.adopt(session(...specs.map((_, index): [number, string] => [index + 1, '90'])));
    await sent();
    expect(reviewed).toHaveLength(21);
    for (const list of [requests, log, reviewed]) list.length = 0;
    const older = names.slice(1).map((name) => served(name));
    for (let minute = 0; minute < 10; minute += 1) {
      cluster.catalogue = { resources: [...older, served('widgets', 'v1beta1')], stale: new Set() };
      await clock.advance(30_000);
      cluster.catalogue = { resources: [...names.map((name) => served(name)), served('widgets')], stale: new Set() };
      await clock.advance(30_000);
    }
    expect({ reviewed, log, sent: await sent() }).toEqual({ reviewed: [], log: [], sent: [] });
    // At most one object of a collection that discovery misses, and that once in five minutes.
    expect(requests).toEqual(['/api/v1/kind0s', WIDGETS, '/api/v1/kind0s', WIDGETS].map((path) => `probe ${path}`));
    end();
  });

  it('asks for no access review that was given minutes ago when a session is opened again', async () => {
    const { supervisor, clock, sent, stop, end, reviewed, cluster } = start([spec('nodes', 0), spec('pods', 1)]);
    cluster.denied.add('pods');
    await supervisor.survey(stop.signal);
    supervisor.adopt(session([1, '90']));
    expect(await sent()).toEqual(expect.arrayContaining(['1 SYNCED', '2 FORBIDDEN']));
    for (let second = 0; second < 5; second += 1) {
      supervisor.abandon();
      await clock.advance(10_000);
      supervisor.adopt(session([1, '95']));
      expect(await sent()).toEqual(expect.arrayContaining(['1 SYNCED', '2 FORBIDDEN']));
    }
    expect(reviewed).toEqual(['nodes', 'pods']);
    supervisor.abandon();
    await clock.advance(300_000);
    supervisor.adopt(session([1, '95']));
    await sent();
    expect(reviewed).toEqual(['nodes', 'pods', 'nodes', 'pods']);
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
    expect(log).toContain('survey failed discovery');
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
    cluster.remove(WIDGETS);
    await clock.advance(60_000);
    expect(await sent()).toContain('2 ABSENT');
    review.resolve();
    await clock.advance(1_000);
    expect(requests.filter((line) => line.includes('widgets') && !line.startsWith('probe'))).toEqual([]);
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
