/** What every {@link PlatformStore} keeps of its promise. Run on an implementation by its own test file. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Batch, Entry, FeedDescription, OpenRequest } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { BatchChange, Effect, SessionFeeds } from '@castai/platform/store/changes.ts';
import type { ClusterRow } from '@castai/platform/store/cluster-row.ts';
import type { DeltaChange, DeltaItem } from '@castai/platform/store/delta-change.ts';
import type { FeedRow } from '@castai/platform/store/feed-row.ts';
import type { PlatformStore } from '@castai/platform/store/platform-store.ts';
import { KEPT_REPORTS } from '@castai/platform/store/report-row.ts';
import { StoreConflict } from '@castai/platform/store/store-conflict.ts';

/** A place where a store keeps its state. */
export interface StorePlace {
  /** Opens the store there; what an earlier one kept is there again. */
  open(): Promise<PlatformStore>;
  /** Removes it. Every store that was opened is closed by then. */
  remove(): Promise<void>;
}

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
const NODES: FeedDescription = { ...PODS, id: 2, resource: 'nodes', kind: 'Node' };
const OPEN: OpenRequest = {
  instanceId: 'agent-a',
  clusterUid: 'kube-system-1',
  agentVersion: '0.1.0',
  kubernetesVersion: '1.36.2',
  feeds: [PODS, NODES],
  encodings: ['JSON'],
};
const NO_FEEDS: SessionFeeds = { known: [], added: [], missing: [], removed: [] };

/** Declares the suite. `newPlace` gives each test a place of its own. */
export function describePlatformStore(name: string, newPlace: () => Promise<StorePlace>): void {
  describe(`the promise of the store ${name}`, () => {
    let place: StorePlace;
    let store: PlatformStore;

    beforeEach(async () => {
      place = await newPlace();
      store = await place.open();
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    async function reopen(): Promise<void> {
      await store.close();
      store = await place.open();
    }

    async function registered(id = 'c1'): Promise<ClusterRow> {
      return store.register({
        identity: { provider: 'aks', identity: `aks ${id}`, name: `name of ${id}` },
        id,
        atMs: 5,
      });
    }

    /** Starts the session after `epochBefore`. */
    async function started(
      feeds: Partial<SessionFeeds>,
      epochBefore = 0,
      more: Partial<OpenRequest> = {},
    ): Promise<void> {
      const request = { ...OPEN, ...more };
      const all = { ...NO_FEEDS, ...feeds };
      const { lease } = more;
      const words = { cluster: 'c1', epochBefore, request, lease, atMs: 10, isRecorded: false };
      await store.startSession({ ...words, feeds: all });
    }

    /** A cluster whose first session offers pods and nodes; the keys of those feeds. */
    async function session(): Promise<{ pods: number; nodes: number }> {
      await registered();
      await started({ added: [PODS, NODES] });
      const [pods, nodes] = await store.feeds('c1');
      return { pods: pods?.key ?? -1, nodes: nodes?.key ?? -1 };
    }

    async function feed(key: number): Promise<FeedRow> {
      const found = (await store.feeds('c1')).find((candidate) => candidate.key === key);
      if (found) return found;
      throw new Error(`there is no feed ${key}`);
    }

    async function apply(seq: number, change: Partial<BatchChange> = {}): ReturnType<PlatformStore['applyBatch']> {
      return store.applyBatch({ ...emptyChange(seq), ...change });
    }

    async function uidsOf(key: number): Promise<string[]> {
      return (await store.objectsAfter(key, '', 100)).map(({ uid, body }) => `${uid} ${Buffer.from(body).toString()}`);
    }

    test('a cluster keeps the id of its first registration, and another identity gets another row', async () => {
      expect(await registered()).toMatchObject({
        id: 'c1',
        name: 'name of c1',
        provider: 'aks',
        epoch: 0,
        receivedSeq: 0,
      });
      const identity = { provider: 'aks', identity: 'aks c1', name: 'renamed' };
      expect(await store.register({ identity, id: 'c9', atMs: 6 })).toMatchObject({ id: 'c1', registeredAtMs: 5 });
      await registered('c0');
      expect((await store.clusters()).map(({ id }) => id)).toEqual(['c0', 'c1']);
      expect(await store.cluster('c9')).toBeUndefined();
      expect(await store.clusterOf('aks c1')).toMatchObject({ id: 'c1' });
      expect(await store.clusterOf('aks c9')).toBeUndefined();
    });

    test('a session starts with the next epoch at seq 0, and with the feeds that it offers', async () => {
      const { pods } = await session();
      await apply(1);
      await started(
        { known: [{ key: pods, feed: { ...PODS, id: 7, scrubVersion: 2 }, resumePoint: '70', isOfVintage: false }] },
        1,
      );
      expect(await store.cluster('c1')).toMatchObject({
        epoch: 2,
        sessionEpoch: 2,
        receivedSeq: 0,
        processedSeq: 0,
        receivedTotal: 1,
        openedAtMs: 10,
        instanceId: 'agent-a',
        clusterUid: 'kube-system-1',
      });
      expect(await feed(pods)).toMatchObject({
        clusterUid: 'kube-system-1',
        feedId: 7,
        scrubVersion: 2,
        resumePoint: '70',
        staleSinceMs: undefined,
      });
    });

    test('a lease that was seen is kept when a later open brings none', async () => {
      await registered();
      await started({}, 0, { lease: { uid: 'lease', transitions: 3 } });
      await started({}, 1);
      expect((await store.cluster('c1'))?.lease).toEqual({ uid: 'lease', transitions: 3 });
    });

    test('a session that was decided on another epoch is refused, and changes nothing', async () => {
      const { pods } = await session();
      await expect(started({ removed: [pods], added: [{ ...PODS, resource: 'secrets' }] }, 0)).rejects.toThrow(
        StoreConflict,
      );
      expect(await store.cluster('c1')).toMatchObject({ epoch: 1 });
      expect((await store.feeds('c1')).map(({ resource }) => resource)).toEqual(['pods', 'nodes']);
    });

    test('a feed that is not offered stays without a number, stale since then, and a new one starts with nothing', async () => {
      const { pods, nodes } = await session();
      await apply(1, {
        effects: [put(pods, 'a')],
        feeds: [{ ...(await feed(pods)), resumePoint: '70', snapshotUpserts: 3 }],
      });
      await started({ missing: [pods], removed: [nodes] }, 1);
      const [left, ...others] = await store.feeds('c1');
      expect(others).toEqual([]);
      expect(left).toMatchObject({
        key: pods,
        feedId: undefined,
        staleSinceMs: 10,
        resumePoint: '70',
        snapshotUpserts: undefined,
      });
      expect(await store.countObjects(pods)).toBe(1);
    });

    test('a batch is its seq, its counters, its effect and its resume points, together and for good', async () => {
      const { pods } = await session();
      const progress = {
        ...(await feed(pods)),
        resumePoint: '70',
        state: 'SYNCED' as const,
        mark: 1,
        observedAtMs: 1_000,
      };
      const rejections = [{ entryIndex: 1, code: 'NO_UID' }];
      const change = {
        effects: [put(pods, 'a'), put(pods, 'b')],
        feeds: [progress],
        rejections,
        wireBytes: 99,
        atMs: 20,
      };
      expect(await apply(1, { ...change, batch: batch(1, [{ type: 'snapshotBegin', feedId: 1 }]) })).toEqual([]);
      await reopen();
      expect(await store.cluster('c1')).toMatchObject({
        receivedSeq: 1,
        processedSeq: 1,
        lastEntryCount: 1,
        lastRejections: rejections,
        lastBatchAtMs: 20,
        receivedTotal: 1,
        processedTotal: 1,
        entriesTotal: 1,
        wireBytesTotal: 99,
      });
      expect(await feed(pods)).toEqual({ ...progress, appliedAtMs: 20 });
      expect(await uidsOf(pods)).toEqual(['a {"n":"a"}', 'b {"n":"b"}']);
    });

    test('what was refused of a batch that waited is kept until the next one is applied, and the digest of the last one stays', async () => {
      await session();
      await store.keepBatch({ cluster: 'c1', batch: batch(1), wireBytes: 10, digest: 'd1', wanted: [], atMs: 20 });
      const late = [{ entryIndex: 0, code: 'NO_UID', seq: 1 }];
      await apply(1, { wireBytes: undefined, rejections: late });
      await reopen();
      expect(await store.cluster('c1')).toMatchObject({ lateRejections: late, lastRejections: [], lastDigest: 'd1' });
      await apply(2, { rejections: late, digest: 'd2' });
      expect(await store.cluster('c1')).toMatchObject({ lateRejections: [], lastRejections: late, lastDigest: 'd2' });
      await started({}, 1);
      expect(await store.cluster('c1')).toMatchObject({ lastDigest: '' });
    });

    test('what a batch says of the agent is kept until the next one, and a new session has said nothing yet', async () => {
      await session();
      const health = {
        state: 'blocked',
        cause: 'api-server',
        reason: 'away',
        sinceMs: 7,
      } as const;
      await apply(1, { batch: { ...batch(1), health } });
      await reopen();
      expect(await store.cluster('c1')).toMatchObject({ health, stopReason: '' });
      await apply(2, { batch: { ...batch(2), stop: { reason: 'stopped as asked' } } });
      const ended = await store.cluster('c1');
      expect([ended?.health, ended?.stopReason]).toEqual([undefined, 'stopped as asked']);
      await started({}, 1);
      expect(await store.cluster('c1')).toMatchObject({ stopReason: '' });
    });

    test('a batch that fails half-way leaves nothing behind', async () => {
      const { pods } = await session();
      const resumed = { ...(await feed(pods)), resumePoint: '70' };
      await expect(apply(1, { effects: [put(pods, 'a'), put(12_345, 'b')], feeds: [resumed] })).rejects.toBeInstanceOf(
        Error,
      );
      expect(await store.cluster('c1')).toMatchObject({ receivedSeq: 0, receivedTotal: 0, processedTotal: 0 });
      expect(await store.countObjects(pods)).toBe(0);
      await apply(1, { effects: [put(pods, 'a')] });
      expect(await uidsOf(pods)).toEqual(['a {"n":"a"}']);
    });

    test.each([
      ['that was applied already', { epoch: 1, seq: 1 }],
      ['with one missing before it', { epoch: 1, seq: 3 }],
      ['of an epoch that ended', { epoch: 0, seq: 2 }],
      ['of an epoch that is to come', { epoch: 2, seq: 2 }],
    ])('a batch %s is refused, and changes nothing', async (_which, numbers) => {
      const { pods } = await session();
      await apply(1);
      const late = { ...batch(numbers.seq), epoch: numbers.epoch };
      await expect(apply(numbers.seq, { batch: late, effects: [put(pods, 'a')] })).rejects.toThrow(StoreConflict);
      await expect(
        store.keepBatch({ cluster: 'c1', batch: late, wireBytes: 1, digest: 'd', wanted: [], atMs: 20 }),
      ).rejects.toThrow(StoreConflict);
      expect(await store.cluster('c1')).toMatchObject({ receivedSeq: 1, receivedTotal: 1 });
      expect(await store.countObjects(pods)).toBe(0);
      expect(await store.waitingBatch('c1')).toBeUndefined();
    });

    test('batches that wait are received, and processed later in their order, once each', async () => {
      const { pods } = await session();
      const entries: Entry[] = [{ type: 'progress', feedId: 1, resourceVersion: '70' }];
      for (const seq of [1, 2])
        await store.keepBatch({
          cluster: 'c1',
          batch: batch(seq, entries),
          wireBytes: 10,
          digest: 'd',
          wanted: [],
          atMs: 20,
        });
      await reopen();
      expect(await store.cluster('c1')).toMatchObject({
        receivedSeq: 2,
        processedSeq: 0,
        receivedTotal: 2,
        processedTotal: 0,
      });
      expect(await store.waitingBatch('c1')).toEqual(batch(1, entries));
      await apply(1, { wireBytes: undefined, effects: [put(pods, 'a')] });
      await expect(apply(1, { wireBytes: undefined, effects: [put(pods, 'z')] })).rejects.toThrow(StoreConflict);
      expect(await store.waitingBatch('c1')).toEqual(batch(2, entries));
      await apply(2, { wireBytes: undefined });
      expect(await store.waitingBatch('c1')).toBeUndefined();
      expect(await store.cluster('c1')).toMatchObject({
        processedSeq: 2,
        receivedTotal: 2,
        processedTotal: 2,
        wireBytesTotal: 20,
      });
      expect(await uidsOf(pods)).toEqual(['a {"n":"a"}']);
    });

    test('what was kept by its name goes when another one of that name comes, in its feed and namespace alone', async () => {
      const { pods, nodes } = await session();
      const named = (feedKey: number, uid: string, namespace = 'default'): Effect => {
        const one = put(feedKey, uid, { mark: 1 });
        return one.type === 'put' ? { ...one, upsert: { ...one.upsert, namespace, name: 'web' } } : one;
      };
      await apply(1, { effects: [named(pods, 'old'), named(pods, 'elsewhere', 'other'), named(nodes, 'node')] });
      const effects: Effect[] = [
        { type: 'keepNamed', feedKey: pods, mark: 2, namespace: 'default', name: 'web' },
        named(pods, 'new'),
        named(pods, 'new'),
      ];
      expect(await apply(2, { effects })).toEqual([{ feedKey: pods, uids: ['old'] }]);
      expect((await uidsOf(pods)).map((text) => text.split(' ')[0])).toEqual(['elsewhere', 'new']);
      expect(await store.countObjects(nodes)).toBe(1);
    });

    test('effects happen in their order, and what goes without being named is given back', async () => {
      const { pods, nodes } = await session();
      await apply(1, { effects: [put(pods, 'a'), put(pods, 'b'), put(pods, 'c'), put(pods, 'e'), put(nodes, 'n')] });
      const sweep: Effect[] = [
        put(pods, 'a', { mark: 2, body: '{"n":"new"}' }),
        { type: 'keep', feedKey: pods, mark: 2, uid: 'b' },
        { type: 'keepNamed', feedKey: pods, mark: 2, namespace: 'default', name: 'e' },
        { type: 'keepNamed', feedKey: pods, mark: 2, namespace: 'elsewhere', name: 'c' },
        { type: 'remove', feedKey: pods, uid: 'nobody' },
        { type: 'sweep', feedKey: pods, mark: 2 },
        put(pods, 'd', { mark: 2 }),
        { type: 'remove', feedKey: pods, uid: 'd' },
      ];
      expect(await apply(2, { effects: sweep })).toEqual([{ feedKey: pods, uids: ['c'] }]);
      expect(await uidsOf(pods)).toEqual(['a {"n":"new"}', 'b {"n":"b"}', 'e {"n":"e"}']);
      const cleared = await apply(3, { effects: [{ type: 'clear', feedKey: pods }] });
      expect(cleared.map(({ feedKey, uids }) => [feedKey, [...uids].sort()])).toEqual([[pods, ['a', 'b', 'e']]]);
      expect(await Promise.all([store.countObjects(pods), store.countObjects(nodes)])).toEqual([0, 1]);
    });

    test('the time of the newest change moves only with a change', async () => {
      const { pods } = await session();
      const changed = { ...(await feed(pods)), observedAtMs: 1_000 };
      await apply(1, { feeds: [changed], atMs: 20 });
      await apply(2, { feeds: [{ ...changed, resumePoint: '71' }], atMs: 30 });
      expect(await feed(pods)).toMatchObject({ appliedAtMs: 20, resumePoint: '71' });
      await apply(3, { feeds: [{ ...changed, observedAtMs: 1_001 }], atMs: 40 });
      expect(await feed(pods)).toMatchObject({ appliedAtMs: 40 });
    });

    test('a resync is wanted of offered feeds only, and takes their resume points away', async () => {
      const { pods, nodes } = await session();
      const resumable = await Promise.all(
        [pods, nodes].map(async (key) => ({ ...(await feed(key)), resumePoint: '70' })),
      );
      await apply(1, { feeds: resumable });
      await started({ known: [{ key: pods, feed: PODS, resumePoint: '70', isOfVintage: true }], missing: [nodes] }, 1);
      const resync = { id: 'r1', reason: 'because' };
      await store.requestResync([pods, nodes], resync);
      expect(await feed(pods)).toMatchObject({ resync, resumePoint: undefined });
      expect(await feed(nodes)).toMatchObject({ resync: undefined, resumePoint: '70' });
      await started({ known: [{ key: pods, feed: PODS, resumePoint: undefined, isOfVintage: true }] }, 2);
      expect(await feed(pods)).toMatchObject({ resync: undefined });
    });

    test('a version is told of objects that bear the number of the vintage alone, and a later state replaces both', async () => {
      const { pods, nodes } = await session();
      const effects = [put(pods, 'a', { vintage: 3 }), put(pods, 'b', { vintage: 2 }), put(nodes, 'c', { vintage: 3 })];
      await apply(1, { effects });
      await reopen();
      expect(await store.heldVersions(pods, 3, ['a', 'b', 'c', 'nobody'])).toEqual(new Map([['a', '1']]));
      await apply(2, { effects: [put(pods, 'b', { vintage: 3 }), put(pods, 'a', { vintage: 4 })] });
      expect(await store.heldVersions(pods, 3, ['a', 'b'])).toEqual(new Map([['b', '1']]));
    });

    test('an object that was kept by its name, and one of a delta, are of no version that may be offered', async () => {
      const { pods } = await session();
      const names = ['a', 'b'];
      await apply(1, { effects: names.map((uid) => put(pods, uid)) });
      await apply(2, { effects: [{ type: 'keepNamed', feedKey: pods, mark: 2, namespace: 'default', name: 'a' }] });
      expect(await store.heldVersions(pods, 0, names)).toEqual(
        new Map([
          ['a', ''],
          ['b', '1'],
        ]),
      );
    });

    test('a vintage ends with another shape, with the feed that is not offered and with doubts; the position that was heard of too', async () => {
      const { pods, nodes } = await session();
      const held = (key: number) => feed(key).then(({ vintage, heldPosition }) => [vintage, heldPosition]);
      const heard = await Promise.all([pods, nodes].map(async (key) => ({ ...(await feed(key)), heldPosition: '70' })));
      await apply(1, { feeds: heard });
      const known = (isOfVintage: boolean) => ({ key: pods, feed: PODS, resumePoint: '70', isOfVintage });
      await started({ known: [known(true)], missing: [nodes] }, 1);
      expect([await held(pods), await held(nodes)]).toEqual([
        [0, '70'],
        [1, undefined],
      ]);
      await store.requestResync([pods], { id: 'r1', reason: 'because' });
      expect(await held(pods)).toEqual([0, '70']);
      await store.requestResync([pods], { id: 'r2', reason: 'because', isWhole: true });
      expect(await held(pods)).toEqual([1, undefined]);
      await started({ known: [known(false)] }, 2);
      expect(await held(pods)).toEqual([2, undefined]);
    });

    test('what is wanted of a batch is kept with its receipt, also of one that waits, until the next one', async () => {
      await session();
      await store.keepBatch({ cluster: 'c1', batch: batch(1), wireBytes: 1, digest: 'd', wanted: [2], atMs: 20 });
      await apply(1, { wireBytes: undefined, wanted: [9] });
      await reopen();
      expect(await store.cluster('c1')).toMatchObject({ lastWanted: [2] });
      await apply(2, { wanted: [0, 5] });
      expect(await store.cluster('c1')).toMatchObject({ lastWanted: [0, 5] });
      await apply(3);
      expect(await store.cluster('c1')).toMatchObject({ lastWanted: [] });
      await apply(4, { wanted: [1] });
      await started({}, 1);
      expect(await store.cluster('c1')).toMatchObject({ lastWanted: [] });
    });

    test('feeds go with their objects', async () => {
      const { pods, nodes } = await session();
      await apply(1, { effects: [put(pods, 'a'), put(nodes, 'n')] });
      await store.removeFeeds([pods]);
      expect((await store.feeds('c1')).map(({ key }) => key)).toEqual([nodes]);
      expect(await store.countObjects(pods)).toBe(0);
      expect(await uidsOf(nodes)).toEqual(['n {"n":"n"}']);
    });

    test('objects are read by their uids, or in order of uids in steps', async () => {
      const { pods } = await session();
      await apply(1, { effects: ['c', 'a', 'b'].map((uid) => put(pods, uid)) });
      const found = await store.objects(pods, ['b', 'nobody', 'a']);
      expect(found.map(({ uid }) => uid).sort()).toEqual(['a', 'b']);
      expect((await store.objectsAfter(pods, '', 2)).map(({ uid }) => uid)).toEqual(['a', 'b']);
      expect((await store.objectsAfter(pods, 'b', 2)).map(({ uid }) => uid)).toEqual(['c']);
    });

    const findings = (effects: readonly Effect[]): Promise<unknown> =>
      apply(1, { effects }).then(() => store.findings('c1'));

    test('findings are counted by rule and namespace, and what was judged apart from what was not', async () => {
      const { pods, nodes } = await session();
      const effects = [
        put(pods, 'a', { findings: ['host-pid', 'latest-tag'] }),
        put(pods, 'b', { findings: ['latest-tag'], namespace: 'shop' }),
        put(pods, 'clean', { findings: [] }),
        put(pods, 'unjudged'),
        put(nodes, 'n', { findings: ['latest-tag'], namespace: '' }),
      ];
      expect(await findings(effects)).toEqual({
        judged: 4,
        broken: 3,
        counts: [
          { rule: 'host-pid', namespace: 'default', objects: 1 },
          { rule: 'latest-tag', namespace: '', objects: 1 },
          { rule: 'latest-tag', namespace: 'default', objects: 1 },
          { rule: 'latest-tag', namespace: 'shop', objects: 1 },
        ],
      });
      await reopen();
      const of = (rule: string, namespace: string): Promise<unknown> =>
        store.foundObjects('c1', { rule, namespace, limit: 10 });
      expect(await of('latest-tag', 'default')).toEqual([{ kind: 'Pod', namespace: 'default', name: 'a' }]);
      expect(await of('latest-tag', '')).toEqual([{ kind: 'Node', namespace: '', name: 'n' }]);
      expect(await of('host-ipc', 'default')).toEqual([]);
      expect(await store.findings('c2')).toEqual({ judged: 0, broken: 0, counts: [] });
    });

    test('findings are those of the newest state of an object, and go with it, whichever way it goes', async () => {
      const { pods, nodes } = await session();
      const broken = { findings: ['host-pid'] };
      const judged = async (effects: readonly Effect[]): Promise<number> => {
        const { seq } = { seq: (await store.cluster('c1'))?.receivedSeq ?? 0 };
        await apply(seq + 1, { effects });
        return (await store.findings('c1')).judged;
      };
      expect(await judged(['a', 'b', 'c', 'd'].map((uid) => put(pods, uid, broken)))).toBe(4);
      expect(await judged([put(pods, 'a')])).toBe(3);
      expect(await judged([{ type: 'remove', feedKey: pods, uid: 'b' }])).toBe(2);
      expect(await judged([{ type: 'keep', feedKey: pods, mark: 2, uid: 'c' }])).toBe(2);
      expect(await judged([{ type: 'sweep', feedKey: pods, mark: 2 }])).toBe(1);
      expect(await judged([{ type: 'clear', feedKey: pods }])).toBe(0);
      expect(await judged([put(nodes, 'n', broken)])).toBe(1);
      await store.removeFeeds([nodes]);
      expect((await store.findings('c1')).judged).toBe(0);
    });

    test('findings of feeds that are not offered any more do not count', async () => {
      const { pods, nodes } = await session();
      await apply(1, { effects: [put(pods, 'a', { findings: ['host-pid'] })] });
      await started(
        { known: [{ key: nodes, feed: NODES, resumePoint: undefined, isOfVintage: true }], missing: [pods] },
        1,
      );
      expect(await store.findings('c1')).toEqual({ judged: 0, broken: 0, counts: [] });
    });

    test('what is no name of a rule is not kept, nor more of them than an object can break', async () => {
      const { pods } = await session();
      const many = Array.from({ length: 70 }, (_, index) => `rule-${String(index).padStart(2, '0')}`);
      const odd = ['', 'Upper', 'a b', 'x'.repeat(65), '-a', '"} 1\n'];
      await apply(1, { effects: [put(pods, 'a', { findings: [...odd, ...many, 'rule-00'] })] });
      const { judged, broken, counts } = await store.findings('c1');
      expect({ judged, broken, rules: counts.map(({ rule }) => rule) }).toEqual({
        judged: 1,
        broken: 1,
        rules: many.slice(0, 64),
      });
    });

    /** Pods of a delta: names that begin with a minus go. */
    async function staged(staging: string, names: readonly string[], kind = 'Pod'): Promise<void> {
      const ofKind = { group: '', version: 'v1', resource: kind === 'Pod' ? 'pods' : 'nodes', kind };
      const items = names.map((text): DeltaItem => {
        const podName = text.replace('-', '');
        const identity = { namespace: 'default', name: podName, uid: `uid-${podName}`, resourceVersion: '7' };
        return {
          feed: ofKind,
          isDelete: text.startsWith('-'),
          ...identity,
          observedAtMs: 9,
          body: Buffer.from(`{"n":"${podName}"}`),
        };
      });
      await store.stageDelta(staging, items);
    }

    const delta = (change: Partial<DeltaChange>): DeltaChange => ({
      cluster: 'c1',
      staging: 's',
      isFull: false,
      tokenBefore: '',
      token: 't1',
      agentVersion: 'v1',
      kubernetesVersion: '1.36.2',
      items: 1,
      wireBytes: 10,
      atMs: 20,
      isRecorded: false,
      ...change,
    });

    async function picture(): Promise<string[]> {
      const feeds = await store.feeds('c1');
      const uids = await Promise.all(
        feeds.map(async ({ key, resource }) => [resource, ...(await uidsOf(key))].join(' ')),
      );
      return uids;
    }

    test('an agent that comes back on the other wire has not ended', async () => {
      await session();
      await apply(1, { batch: { ...batch(1), stop: { reason: 'stopped as asked' } } });
      await store.applyDelta(delta({ isFull: true, items: 1 }));
      expect(await store.cluster('c1')).toMatchObject({ stopReason: '' });
    });

    test('what is set aside of a delta is nobody’s until it is applied, and then all there at once', async () => {
      await registered();
      await staged('s', ['a']);
      await staged('other', ['x']);
      await staged('s', ['b', 'n'], 'Node');
      expect(await picture()).toEqual([]);
      expect(await store.applyDelta(delta({ isFull: true, items: 3 }))).toBeUndefined();
      expect(await picture()).toEqual(['pods uid-a {"n":"a"}', 'nodes uid-b {"n":"b"} uid-n {"n":"n"}']);
      expect(await store.cluster('c1')).toMatchObject({
        continuityToken: 't1',
        epoch: 1,
        sessionEpoch: 0,
        receivedTotal: 1,
        processedTotal: 1,
        entriesTotal: 3,
        wireBytesTotal: 10,
        openedAtMs: 20,
        lastBatchAtMs: 20,
      });
      await reopen();
      expect(await picture()).toHaveLength(2);
    });

    test('a delta adds, changes and removes by name, and says which objects it touched', async () => {
      await registered();
      await staged('s', ['a', 'b']);
      await store.applyDelta(delta({ isFull: true, items: 2 }));
      const [pods] = await store.feeds('c1');
      await staged('s', ['-a', 'c', '-unknown']);
      const touched = await store.applyDelta(delta({ tokenBefore: 't1', token: 't2', items: 3 }));
      expect(touched).toEqual([{ feedKey: pods?.key, uids: ['uid-a', 'uid-c'] }]);
      expect(await picture()).toEqual(['pods uid-b {"n":"b"} uid-c {"n":"c"}']);
      expect(await store.cluster('c1')).toMatchObject({ continuityToken: 't2', epoch: 1, receivedTotal: 2 });
    });

    test('a delta that was decided on another token changes nothing', async () => {
      await registered();
      await staged('s', ['a']);
      await store.applyDelta(delta({ isFull: true }));
      await staged('s', ['-a', 'b']);
      const late = store.applyDelta(delta({ tokenBefore: 'older', token: 't2' }));
      await expect(late).rejects.toBeInstanceOf(StoreConflict);
      expect(await picture()).toEqual(['pods uid-a {"n":"a"}']);
      expect(await store.cluster('c1')).toMatchObject({ continuityToken: 't1', receivedTotal: 1 });
    });

    test('what was set aside can be forgotten, and a later item of one object is the one that counts', async () => {
      await registered();
      await staged('s', ['gone']);
      await store.dropStaged('s');
      await staged('s', ['a', 'b', '-a']);
      await store.applyDelta(delta({ isFull: true, items: 3 }));
      expect(await picture()).toEqual(['pods uid-b {"n":"b"}']);
    });

    test('a full snapshot ends a session of our own wire, with what waited of it; an open ends the token', async () => {
      await session();
      await apply(1, { effects: [] });
      await store.keepBatch({
        cluster: 'c1',
        batch: emptyChange(2).batch,
        wireBytes: 1,
        digest: 'd',
        wanted: [],
        atMs: 11,
      });
      await staged('s', ['a']);
      await store.applyDelta(delta({ isFull: true }));
      expect(await store.waitingBatch('c1')).toBeUndefined();
      expect(await picture()).toEqual(['pods uid-a {"n":"a"}']);
      const stored = await store.cluster('c1');
      expect(stored).toMatchObject({ epoch: 2, sessionEpoch: 0, receivedTotal: 3, processedTotal: 3 });
      await started({ added: [NODES] }, 2);
      expect(await store.cluster('c1')).toMatchObject({ epoch: 3, sessionEpoch: 3, continuityToken: '' });
    });

    test('of each kind of report the newest are kept, newest first, and others are none of its business', async () => {
      await registered();
      await store.addReport({ cluster: 'c1', kind: 'event', atMs: 1, body: { one: true } });
      for (let n = 1; n <= KEPT_REPORTS + 5; n += 1)
        await store.addReport({ cluster: 'c1', kind: 'log', atMs: n, body: { n } });
      const logs = await store.reports('c1', 'log', KEPT_REPORTS + 10);
      expect(logs).toHaveLength(KEPT_REPORTS);
      expect(logs.slice(0, 2).map(({ atMs, body }) => [atMs, body])).toEqual([
        [KEPT_REPORTS + 5, { n: KEPT_REPORTS + 5 }],
        [KEPT_REPORTS + 4, { n: KEPT_REPORTS + 4 }],
      ]);
      expect(await store.reports('c1', 'event', 5)).toMatchObject([
        { cluster: 'c1', kind: 'event', body: { one: true } },
      ]);
      expect(await store.reports('c2', 'log', 5)).toEqual([]);
    });

    test('of what an evictor tells only the newest is kept', async () => {
      await registered();
      for (const n of [1, 2, 3]) await store.addReport({ cluster: 'c1', kind: 'evictor', atMs: n, body: { n } });
      expect(await store.reports('c1', 'evictor', 5)).toMatchObject([{ atMs: 3, body: { n: 3 } }]);
    });
  });
}

function batch(seq: number, entries: readonly Entry[] = []): Batch {
  return { epoch: 1, seq, sentAtMs: 0, entries };
}

/** Receives and processes a batch of the first session without any effect. */
function emptyChange(seq: number): BatchChange {
  const nothing = { effects: [], feeds: [], rejections: [], wanted: [], isRecorded: false };
  return { cluster: 'c1', batch: batch(seq), wireBytes: 1, digest: 'd', atMs: 15, ...nothing };
}

interface PutOptions {
  readonly mark?: number;
  readonly vintage?: number;
  readonly body?: string;
  readonly namespace?: string;
  readonly findings?: readonly string[];
}

function put(feedKey: number, uid: string, options: PutOptions = {}): Effect {
  const { mark = 1, vintage = 0, body = JSON.stringify({ n: uid }), namespace = 'default', findings } = options;
  const upsert = {
    type: 'upsert',
    feedId: 1,
    uid,
    namespace,
    name: uid,
    resourceVersion: '1',
    observedAtMs: 1,
    encoding: 'JSON',
    body: Buffer.from(body),
    ...(findings === undefined ? {} : { findings }),
  } as const;
  return { type: 'put', feedKey, mark, vintage, upsert };
}
