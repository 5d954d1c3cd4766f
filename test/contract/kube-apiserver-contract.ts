import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { must } from '@castai/shared/errors.ts';
import { openEnvelope, readStatus } from '@castai/shared/kube/protobuf/envelope.ts';
import { objectReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import { ProtobufListDecoder } from '@castai/shared/kube/protobuf/protobuf-list-decoder.ts';
import { ProtobufWatchDecoder } from '@castai/shared/kube/protobuf/protobuf-watch-decoder.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Answer,
  type PlainEvent,
  type PlainObject,
  type Json,
  PlainClient,
} from '../fakes/kube-apiserver/plain-client.ts';

/** A server under the suite. */
interface ContractServer {
  readonly url: string;
  /** PEM text, for https. */
  readonly ca?: string | undefined;
  /** Token of a user who may do everything. */
  readonly token: string;
  /** Token of the user `visitor`, who may do nothing. */
  readonly visitorToken: string;
  /** Comes back when continue tokens given out before the call have expired. */
  expireContinueTokens(): Promise<void>;
  /** Ends the server abruptly and comes back when it runs again, without the watch history of its former life. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Which variant of the server is needed. */
interface ContractServerOptions {
  /** Whether streaming lists are on. */
  readonly watchList: boolean;
}

export type Start = (options: ContractServerOptions) => Promise<ContractServer>;

/** What differs between the Kubernetes versions that the chart takes, as far as this project meets it. */
interface Dialect {
  /** The form of aggregated discovery that is answered to whoever takes any. */
  readonly discovery: 'v2' | 'v2beta1';
  /** Whether `sendInitialEvents` is on unless it is switched off. Nothing of ours relies on it. */
  readonly streamingLists: boolean;
  /** What a continue token with resourceVersion 0 and a limit of 1 answers of the three objects that are left. */
  readonly afterTokenAtZero: readonly string[];
  /** The status of a watch with a negative timeout, which is over at once: older servers may find that out before they answer. */
  readonly negativeTimeout: readonly number[];
}

export const NEWEST: Dialect = {
  discovery: 'v2',
  streamingLists: true,
  afterTokenAtZero: ['b', 'c', 'd'],
  negativeTimeout: [200],
};

export const KUBERNETES_1_28: Dialect = {
  discovery: 'v2beta1',
  streamingLists: false,
  afterTokenAtZero: ['b'],
  negativeTimeout: [200, 503],
};

/** Kubernetes 1.26 to 1.29 know `v2beta1` alone; who asks for both, as the agent does, gets one of them in one request. */
const aggregated = (version: Dialect['discovery']): string =>
  `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
const ANY_AGGREGATED = `${aggregated('v2')},${aggregated('v2beta1')}`;
const STREAMING_LIST = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
/** How a conflict of uids is told from one of versions. */
const OF_UID = /\bUID in\b/u;
const LEASE_TIME = '2026-01-01T00:00:00.000000Z';

/**
 * States what this project's programs rely on in a Kubernetes API server, from outside, over HTTP. It runs against the
 * fake and against a real server: only what passes on both may be tested with the fake alone. The dialect tells how an
 * older server differs.
 */
export function describeKubeApiserverContract(subject: string, start: Start, dialect: Dialect = NEWEST): void {
  describe(`${subject} keeps the contract`, () => {
    let server: ContractServer;
    let client: PlainClient;

    beforeAll(async () => {
      server = await start({ watchList: true });
      client = new PlainClient(server);
    });

    afterAll(async () => {
      await client?.close();
      await server?.stop();
    });

    /** A namespace of its own for every test, so that they can run side by side. */
    const newNamespace = async (): Promise<{ maps: string; path: string; namespace: string }> => {
      const namespace = `contract-${randomUUID().slice(0, 8)}`;
      await client.must('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
      const path = `/api/v1/namespaces/${namespace}`;
      return { namespace, path, maps: `${path}/configmaps` };
    };
    const createMaps = async (maps: string, names: readonly string[]): Promise<PlainObject[]> => {
      const made: PlainObject[] = [];
      for (const map of names)
        made.push(await client.must('POST', maps, { metadata: { name: map }, data: { of: map } }));
      return made;
    };
    const names = (list: { readonly items: readonly PlainObject[] }): string[] =>
      list.items.map((item) => item.metadata.name);
    const versionOf = (list: { readonly metadata: { readonly resourceVersion: string } }): string =>
      list.metadata.resourceVersion;
    const newest = async (maps: string): Promise<string> => versionOf(await client.list(maps));
    const inFuture = (version: string): string => (BigInt(version) + 1_000_000_000n).toString();
    const isNewer = (version: string, than: string): boolean => BigInt(version) > BigInt(than);
    const seen = (events: readonly PlainEvent[]): string[] =>
      events.map(({ type, object }) => (type === 'BOOKMARK' ? type : `${type} ${object.metadata.name}`));
    const isMarker = ({ type, object }: PlainEvent): boolean =>
      type === 'BOOKMARK' && object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true';

    describe.concurrent('lists', () => {
      test('pages of one list show one state, whatever is written meanwhile', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
        const first = await client.list(`${maps}?limit=3`);
        expect(names(first)).toEqual(['a', 'b', 'c']);
        expect(first.metadata.remainingItemCount).toBe(4);
        await createMaps(maps, ['aa', 'z']);
        await client.must('DELETE', `${maps}/e`);
        await client.must('PATCH', `${maps}/f`, { data: { of: 'later' } });
        const second = await client.list(`${maps}?limit=2&continue=${first.metadata.continue}`);
        const third = await client.list(`${maps}?limit=9&continue=${second.metadata.continue}`);
        expect([...names(second), ...names(third)]).toEqual(['d', 'e', 'f', 'g']);
        expect(third.items[0]).toMatchObject({ data: { of: 'f' } });
        expect([versionOf(second), versionOf(third)]).toEqual([versionOf(first), versionOf(first)]);
        expect(third.metadata).toEqual({ resourceVersion: versionOf(first) });
        expect(names(await client.list(maps))).toEqual(['a', 'aa', 'b', 'c', 'd', 'f', 'g', 'z']);
      });

      test('the same continue token may be used again', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['a', 'b', 'c']);
        const { metadata } = await client.list(`${maps}?limit=1`);
        const page = await client.list(`${maps}?limit=1&continue=${metadata.continue}`);
        expect(await client.list(`${maps}?limit=1&continue=${metadata.continue}`)).toEqual(page);
      });

      test('the limit is ignored with resourceVersion=0', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['a', 'b', 'c']);
        // Version 0 means any state that the server happens to have: wait until that is a late one.
        await expect.poll(async () => names(await client.list(`${maps}?limit=1&resourceVersion=0`))).toHaveLength(3);
        const list = await client.list(`${maps}?limit=1&resourceVersion=0`);
        expect(Object.keys(list.metadata)).toEqual(['resourceVersion']);
      });

      test('a continue token with a resourceVersion is a 400, with resourceVersion 0 newer servers ignore the limit', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['a', 'b', 'c', 'd']);
        const { metadata } = await client.list(`${maps}?limit=1`);
        const token = `continue=${metadata.continue}`;
        const refused = await client.call(
          'GET',
          `${maps}?limit=1&${token}&resourceVersion=${metadata.resourceVersion}`,
        );
        expect(refused.status).toBe(400);
        expect(refused.json()).toMatchObject({ kind: 'Status', reason: 'BadRequest', code: 400 });
        expect(names(await client.list(`${maps}?limit=1&${token}&resourceVersion=0`))).toEqual(
          dialect.afterTokenAtZero,
        );
        expect((await client.call('GET', `${maps}?continue=abc`)).status).toBe(400);
      });

      test('a resourceVersion with a limit is exact, with NotOlderThan it gives the newest state', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['a']);
        const version = await newest(maps);
        await createMaps(maps, ['b']);
        const exact = await client.list(`${maps}?limit=5&resourceVersion=${version}`);
        expect([names(exact), versionOf(exact)]).toEqual([['a'], version]);
        const named = await client.list(`${maps}?resourceVersion=${version}&resourceVersionMatch=Exact`);
        expect([names(named), versionOf(named)]).toEqual([['a'], version]);
        const notOlder = `limit=1&resourceVersion=${version}&resourceVersionMatch=NotOlderThan`;
        const page = await client.list(`${maps}?${notOlder}`);
        expect(isNewer(versionOf(page), version)).toBe(true);
        expect(page.metadata.continue).toEqual(expect.stringMatching(/./u));
      });

      test('a resourceVersion of the future is a 504 with a cause and a hint to come back', async () => {
        const { maps } = await newNamespace();
        const answer = await client.call('GET', `${maps}?resourceVersion=${inFuture(await newest(maps))}`);
        expect(answer.status).toBe(504);
        expect(answer.headers['retry-after']).toBe('1');
        expect(answer.json()).toMatchObject({
          reason: 'Timeout',
          details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 },
        });
      });

      test.for([
        ['resourceVersionMatch=NotOlderThan', 'resourceVersionMatch'],
        ['resourceVersionMatch=Exact&resourceVersion=0', 'resourceVersionMatch'],
        ['sendInitialEvents=true', 'sendInitialEvents'],
        ['watch=1&resourceVersionMatch=NotOlderThan', 'resourceVersionMatch'],
        ['watch=1&sendInitialEvents=true', 'resourceVersionMatch'],
      ] as const)('%s is a 422 that names %s', async ([query, field]) => {
        const answer = await client.call('GET', `/api/v1/configmaps?${query}`);
        expect(answer.status).toBe(422);
        const cause: unknown = expect.objectContaining({ field });
        expect(answer.json()).toMatchObject({
          reason: 'Invalid',
          details: { causes: expect.arrayContaining([cause]) },
        });
      });

      test('a list with a selector does not say how many items remain', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['a', 'b', 'c']);
        const { metadata } = await client.list(`${maps}?limit=1&fieldSelector=metadata.name!=b`);
        expect(Object.keys(metadata).sort()).toEqual(['continue', 'resourceVersion']);
      });

      test('items of a built-in kind have neither apiVersion nor kind and come after the metadata', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['a']);
        const { text } = await client.call('GET', maps);
        const list = JSON.parse(text) as Json & { items: Json[] };
        expect(Object.keys(list)).toEqual(['kind', 'apiVersion', 'metadata', 'items']);
        expect(list).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
        expect(Object.keys(list.items[0] ?? {})).toEqual(['metadata', 'data']);
      });

      test('field selectors work on lists, and an unknown one is a 400', async () => {
        const { path, maps, namespace } = await newNamespace();
        await createMaps(maps, ['a', 'b']);
        expect(names(await client.list(`${maps}?fieldSelector=metadata.name=b`))).toEqual(['b']);
        const event = (name: string, kind: string, reason: string) => ({
          metadata: { name },
          involvedObject: { kind, name: 'x', namespace },
          reason,
          reportingComponent: `from-${name}`,
          type: 'Normal',
        });
        await client.must('POST', `${path}/events`, event('one', 'Pod', 'Evicted'));
        await client.must('POST', `${path}/events`, event('two', 'Pod', 'Started'));
        await client.must('POST', `${path}/events`, event('three', 'Node', 'Evicted'));
        const selected = (selector: string) => client.list(`${path}/events?fieldSelector=${selector}`).then(names);
        expect(await selected('involvedObject.kind=Pod,reason=Evicted')).toEqual(['one']);
        expect(await selected('reportingComponent=from-two')).toEqual(['two']);
        expect((await client.call('GET', `${maps}?fieldSelector=data.of=a`)).status).toBe(400);
      });

      test('pods can be selected by node', async () => {
        const { path } = await newNamespace();
        for (const [name, nodeName] of [
          ['a', 'node-1'],
          ['b', 'node-2'],
        ]) {
          const spec = { nodeName, containers: [{ name: 'main', image: 'registry.example.com/app:1' }] };
          await client.must('POST', `${path}/pods`, { metadata: { name }, spec });
        }
        expect(names(await client.list(`${path}/pods?fieldSelector=spec.nodeName=node-2`))).toEqual(['b']);
      });

      test('label selectors know equality, sets and existence', async () => {
        const { maps } = await newNamespace();
        for (const [name, tier] of [
          ['a', 'front'],
          ['b', 'back'],
          ['c', undefined],
        ]) {
          await client.must('POST', maps, { metadata: { name, labels: tier === undefined ? {} : { tier } } });
        }
        const selected = (selector: string) =>
          client.list(`${maps}?labelSelector=${encodeURIComponent(selector)}`).then(names);
        expect(await selected('tier=back')).toEqual(['b']);
        expect(await selected('tier!=back')).toEqual(['a', 'c']);
        expect(await selected('tier in (front,back)')).toEqual(['a', 'b']);
        expect(await selected('tier')).toEqual(['a', 'b']);
        expect(await selected('!tier')).toEqual(['c']);
      });

      test('metadata alone can be asked for', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['a']);
        const as = (form: string) => ({ headers: { accept: `application/json;as=${form};g=meta.k8s.io;v=v1` } });
        const answer = await client.call('GET', maps, as('PartialObjectMetadataList'));
        expect(answer.json()).toMatchObject({
          kind: 'PartialObjectMetadataList',
          apiVersion: 'meta.k8s.io/v1',
          items: [{ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'a' } }],
        });
        expect(answer.text).not.toContain('"data"');
        expect((await client.call('GET', maps, as('PartialObjectMetadata'))).status).toBe(406);
        await using watch = await client.watch(maps, as('PartialObjectMetadata'));
        const [event] = await watch.take(1);
        expect(event).toMatchObject({
          type: 'ADDED',
          object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } },
        });
        // The form of a list on a watch is neither an error nor of any use.
        await using useless = await client.watch(maps, as('PartialObjectMetadataList'));
        expect([useless.status, await useless.ended, useless.events]).toEqual([200, 'clean', []]);
      });
    });

    describe.concurrent('watches', () => {
      test('a watch gives every change after its resourceVersion, in order', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['old']);
        const version = await newest(maps);
        await createMaps(maps, ['a', 'b']);
        await client.must('PATCH', `${maps}/a`, { data: { of: 'changed' } });
        await using watch = await client.watch(`${maps}?resourceVersion=${version}`);
        await watch.take(3);
        await client.must('DELETE', `${maps}/b`);
        const events = await watch.take(4);
        expect(seen(events)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b']);
        const versions = events.map(({ object }) => object.metadata.resourceVersion);
        for (const [index, later] of versions.entries())
          expect(isNewer(later, versions[index - 1] ?? version)).toBe(true);
        expect(events[2]?.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { of: 'changed' } });
        expect(events[3]?.object).toMatchObject({ data: { of: 'b' } });
      });

      test('the resourceVersion of a deletion is a place to go on from', async () => {
        const { maps } = await newNamespace();
        const version = await newest(maps);
        await createMaps(maps, ['a']);
        await client.must('DELETE', `${maps}/a`);
        await using first = await client.watch(`${maps}?resourceVersion=${version}`);
        const [, deleted] = await first.take(2);
        await createMaps(maps, ['b']);
        await using second = await client.watch(`${maps}?resourceVersion=${deleted?.object.metadata.resourceVersion}`);
        expect(seen(await second.take(1))).toEqual(['ADDED b']);
      });

      test('an object deleted and made again under its name has another uid', async () => {
        const { maps } = await newNamespace();
        const version = await newest(maps);
        await createMaps(maps, ['phoenix']);
        await client.must('DELETE', `${maps}/phoenix`);
        await createMaps(maps, ['phoenix']);
        await using watch = await client.watch(`${maps}?resourceVersion=${version}`);
        const events = await watch.take(3);
        expect(seen(events)).toEqual(['ADDED phoenix', 'DELETED phoenix', 'ADDED phoenix']);
        const [first, gone, second] = events.map(({ object }) => object.metadata.uid);
        expect(gone).toBe(first);
        expect(second).not.toBe(first);
      });

      test('a watch from the future is silent until its timeout', async () => {
        const { maps } = await newNamespace();
        const query = `resourceVersion=${inFuture(await newest(maps))}&timeoutSeconds=4&allowWatchBookmarks=true`;
        await using watch = await client.watch(`${maps}?${query}`);
        await createMaps(maps, ['unseen']);
        expect([watch.status, await watch.ended, watch.events]).toEqual([200, 'clean', []]);
      });

      test('a bookmark comes before the timeout, which is a clean end', async () => {
        const { maps } = await newNamespace();
        const query = `resourceVersion=${await newest(maps)}&timeoutSeconds=6&allowWatchBookmarks=true`;
        await using watch = await client.watch(`${maps}?${query}`);
        const [made] = await createMaps(maps, ['a']);
        expect(await watch.ended).toBe('clean');
        expect(watch.types().slice(0, 2)).toEqual(['ADDED', 'BOOKMARK']);
        const bookmark = watch.events.at(-1);
        expect(bookmark).toMatchObject({ type: 'BOOKMARK', object: { kind: 'ConfigMap', apiVersion: 'v1' } });
        const { resourceVersion } = bookmark?.object.metadata ?? { resourceVersion: '0' };
        expect(isNewer(made?.metadata.resourceVersion ?? '', resourceVersion)).toBe(false);
      });

      test('without allowWatchBookmarks there are none', async () => {
        const { maps } = await newNamespace();
        await using watch = await client.watch(`${maps}?resourceVersion=${await newest(maps)}&timeoutSeconds=4`);
        await createMaps(maps, ['a']);
        expect(await watch.ended).toBe('clean');
        expect(watch.types()).toEqual(['ADDED']);
      });

      test('watches of events get no bookmark, not even before the timeout', async () => {
        const { path, namespace } = await newNamespace();
        const { metadata } = await client.list(`${path}/events`);
        const query = `resourceVersion=${metadata.resourceVersion}&timeoutSeconds=5&allowWatchBookmarks=true`;
        await using watch = await client.watch(`${path}/events?${query}`);
        const involvedObject = { kind: 'Pod', name: 'x', namespace };
        await client.must('POST', `${path}/events`, { metadata: { name: 'one' }, involvedObject });
        expect(await watch.ended).toBe('clean');
        expect(watch.types()).toEqual(['ADDED']);
      });

      test.for(['', '?resourceVersion=0'])('a watch with %j begins with what there is', async (query) => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['a', 'b']);
        await using watch = await client.watch(`${maps}${query}`);
        expect(seen(await watch.take(2)).sort()).toEqual(['ADDED a', 'ADDED b']);
        await client.must('DELETE', `${maps}/a`);
        const events = await watch.take(3);
        expect(seen(events.slice(2))).toEqual(['DELETED a']);
      });

      const withStreamingLists = (): void => {
        test('with bookmarks such a watch is told where what there is ends', async () => {
          const { maps } = await newNamespace();
          await createMaps(maps, ['a']);
          await using watch = await client.watch(`${maps}?allowWatchBookmarks=true`);
          const events = await watch.until((all) => all.some(isMarker));
          expect(seen(events)).toEqual(['ADDED a', 'BOOKMARK']);
        });

        test('a streaming list ends with a marked bookmark and goes on as a watch', async () => {
          const { maps } = await newNamespace();
          const made = await createMaps(maps, ['a', 'b']);
          await using watch = await client.watch(`${maps}?${STREAMING_LIST}`);
          const initial = [...(await watch.until((all) => all.some(isMarker)))];
          expect(seen(initial).sort()).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK']);
          const marker = initial.at(-1);
          expect(marker !== undefined && isMarker(marker)).toBe(true);
          const version = marker?.object.metadata.resourceVersion ?? '';
          expect(isNewer(made[1]?.metadata.resourceVersion ?? '', version)).toBe(false);
          await createMaps(maps, ['c']);
          const events = await watch.take(4);
          expect(seen(events.slice(3))).toEqual(['ADDED c']);
          await using resumed = await client.watch(`${maps}?resourceVersion=${version}`);
          expect(seen(await resumed.take(1))).toEqual(['ADDED c']);
        });

        test('a streaming list of nothing is the marker alone, without bookmarks not even that', async () => {
          const { maps } = await newNamespace();
          const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&fieldSelector=metadata.name=absent';
          await using watch = await client.watch(`${maps}?${query}&allowWatchBookmarks=true`);
          const [marker] = await watch.take(1);
          expect(marker !== undefined && isMarker(marker)).toBe(true);
          await using silent = await client.watch(`${maps}?${query}&timeoutSeconds=2`);
          expect([await silent.ended, silent.events]).toEqual(['clean', []]);
        });

        test('a streaming list from the future is an ERROR 504 in the stream', async () => {
          const { maps } = await newNamespace();
          await using watch = await client.watch(
            `${maps}?${STREAMING_LIST}&resourceVersion=${inFuture(await newest(maps))}`,
          );
          expect([watch.status, await watch.ended]).toEqual([200, 'clean']);
          expect(watch.events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 504 } }]);
          expect(JSON.stringify(watch.events)).toContain('Too large resource version');
        });

        test('sendInitialEvents=false is a plain watch from now', async () => {
          const { maps } = await newNamespace();
          await createMaps(maps, ['old']);
          await using watch = await client.watch(`${maps}?sendInitialEvents=false&resourceVersionMatch=NotOlderThan`);
          await createMaps(maps, ['new']);
          expect(seen(await watch.take(1))).toEqual(['ADDED new']);
        });
      };
      const withoutStreamingLists = (): void => {
        test.for([
          [STREAMING_LIST],
          ['sendInitialEvents=true&resourceVersionMatch=NotOlderThan'],
          ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan'],
        ])('a server without streaming lists refuses one: %s is a 422', async ([query]) => {
          const answer = await client.call('GET', `/api/v1/configmaps?watch=1&${query}`);
          expect(answer.status).toBe(422);
          expect(answer.json()).toMatchObject({
            reason: 'Invalid',
            details: { causes: [{ field: 'sendInitialEvents' }] },
          });
        });

        test('a server without streaming lists marks no bookmark as the end of what there is', async () => {
          const { maps } = await newNamespace();
          await createMaps(maps, ['a']);
          await using watch = await client.watch(`${maps}?allowWatchBookmarks=true&timeoutSeconds=5`);
          expect(await watch.ended).toBe('clean');
          expect(seen(watch.events)[0]).toBe('ADDED a');
          expect(watch.events.filter(isMarker)).toEqual([]);
        });
      };
      (dialect.streamingLists ? withStreamingLists : withoutStreamingLists)();

      test('an object that enters or leaves a selection is seen as added or deleted', async () => {
        const { maps } = await newNamespace();
        const version = await newest(maps);
        await createMaps(maps, ['a', 'other']);
        const label = (tier: string | null) => client.must('PATCH', `${maps}/a`, { metadata: { labels: { tier } } });
        await label('front');
        await client.must('PATCH', `${maps}/a`, { data: { of: 'changed' } });
        await label(null);
        await using watch = await client.watch(`${maps}?resourceVersion=${version}&labelSelector=tier=front`);
        expect(seen(await watch.take(3))).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
        await using named = await client.watch(`${maps}?resourceVersion=${version}&fieldSelector=metadata.name=other`);
        expect(seen(await named.take(1))).toEqual(['ADDED other']);
      });

      test('a resourceVersion that is no number is a 500', async () => {
        const answer = await client.call('GET', '/api/v1/configmaps?watch=1&resourceVersion=abc');
        expect(answer.status).toBe(500);
      });

      test('a negative timeout ends the watch at once', async () => {
        await using watch = await client.watch('/api/v1/configmaps?timeoutSeconds=-1');
        expect(await watch.ended).toBe('clean');
        expect(dialect.negativeTimeout).toContain(watch.status);
      });

      test('a kind that cannot be watched answers 405', async () => {
        const answer = await client.call('GET', '/api/v1/componentstatuses?watch=1');
        expect([answer.status, answer.json()['reason']]).toEqual([405, 'MethodNotAllowed']);
      });
    });

    describe.concurrent('writes', () => {
      test('creating gives 201 with uid, resourceVersion and creation time', async () => {
        const { maps } = await newNamespace();
        const answer = await client.call('POST', maps, { body: { metadata: { name: 'a' }, data: { x: '1' } } });
        expect(answer.status).toBe(201);
        expect(answer.json()).toMatchObject({
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            uid: expect.stringMatching(/^[0-9a-f-]{36}$/u),
            resourceVersion: expect.stringMatching(/^\d+$/u),
            creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u),
          },
          data: { x: '1' },
        });
        const again = await client.call('POST', maps, { body: { metadata: { name: 'a' } } });
        expect([again.status, again.json()['reason']]).toEqual([409, 'AlreadyExists']);
      });

      test('a namespace that does not exist takes no objects', async () => {
        const answer = await client.call('POST', '/api/v1/namespaces/absent/configmaps', {
          body: { metadata: { name: 'a' } },
        });
        expect([answer.status, answer.json()['reason']]).toEqual([404, 'NotFound']);
      });

      test('a write with a stale resourceVersion is a 409, a write that changes nothing keeps the resourceVersion', async () => {
        const { maps } = await newNamespace();
        const [made] = await createMaps(maps, ['a']);
        const same = await client.must('PATCH', `${maps}/a`, { data: { of: 'a' } });
        expect(same.metadata.resourceVersion).toBe(made?.metadata.resourceVersion);
        await client.must('PATCH', `${maps}/a`, { data: { of: 'b' } });
        const put = await client.call('PUT', `${maps}/a`, { body: { ...made, data: { of: 'c' } } });
        expect([put.status, put.json()['reason']]).toEqual([409, 'Conflict']);
        const { resourceVersion } = made?.metadata ?? {};
        const patch = await client.call('PATCH', `${maps}/a`, {
          body: { metadata: { resourceVersion }, data: { of: 'c' } },
        });
        expect([patch.status, patch.json()['reason']]).toEqual([409, 'Conflict']);
      });

      test('a JSON patch whose test fails is a 422', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['a']);
        const patch = (value: string) => [
          { op: 'test', path: '/data/of', value },
          { op: 'add', path: '/data/more', value: 'x' },
        ];
        const failed = await client.call('PATCH', `${maps}/a`, { body: patch('stale') });
        expect([failed.status, failed.json()['reason']]).toEqual([422, 'Invalid']);
        const done = await client.call('PATCH', `${maps}/a`, { body: patch('a') });
        expect(done.json()['data']).toEqual({ of: 'a', more: 'x' });
      });

      test('a second taint of the same key and effect is a 422, by whatever way it is added', async () => {
        const name = `tainted-${randomUUID()}`;
        const [key, effect] = ['example.com/own', 'NoSchedule'];
        const node = { metadata: { name }, spec: { taints: [{ key, effect }] } };
        await client.must('POST', '/api/v1/nodes', node);
        const add = (value: object) =>
          client.call('PATCH', `/api/v1/nodes/${name}`, { body: [{ op: 'add', path: '/spec/taints/-', value }] });
        const again = await add({ key, value: 'x', effect });
        expect([again.status, again.json()['reason']]).toEqual([422, 'Invalid']);
        expect((await add({ key, effect: 'PreferNoSchedule' })).status).toBe(200);
        await client.call('DELETE', `/api/v1/nodes/${name}`);
        const twice = { ...node, spec: { taints: [...node.spec.taints, ...node.spec.taints] } };
        expect((await client.call('POST', '/api/v1/nodes', { body: twice })).status).toBe(422);
      });

      test('an apply makes what is not there, takes over with force, and without it is a 409 where another value stands', async () => {
        const { maps } = await newNamespace();
        const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
        const apply = (query: string, data: object, head: object = { ...kind, metadata: { name: 'a' } }) =>
          client.call('PATCH', `${maps}/a?${query}`, {
            body: { ...head, data },
            headers: { 'content-type': 'application/apply-patch+yaml' },
          });
        expect((await apply('force=true', {})).status).toBe(422);
        for (const head of [{ metadata: { name: 'a' } }, kind, { ...kind, metadata: { name: 'b' } }]) {
          expect((await apply('fieldManager=one', {}, head)).status).toBe(400);
        }
        const made = await apply('fieldManager=one', { of: 'one' });
        expect([made.status, made.json()]).toMatchObject([201, { metadata: { name: 'a' }, data: { of: 'one' } }]);
        const late = await apply('fieldManager=two', { of: 'two' });
        expect([late.status, late.json()['reason']]).toEqual([409, 'Conflict']);
        expect((await apply('fieldManager=two', { of: 'one', more: 'x' })).status).toBe(200);
        const forced = await apply('fieldManager=two&force=true', { of: 'two', more: 'x' });
        expect([forced.status, forced.json()['data']]).toEqual([200, { of: 'two', more: 'x' }]);
        const absent = await client.call('PATCH', '/api/v1/namespaces/absent/configmaps/a?fieldManager=one', {
          body: { ...kind, metadata: { name: 'a' } },
          headers: { 'content-type': 'application/apply-patch+yaml' },
        });
        expect([absent.status, absent.json()['reason']]).toEqual([404, 'NotFound']);
      });

      test('status is written through its own path and through nothing else', async () => {
        const { path } = await newNamespace();
        const metadata = { name: 'claim' };
        const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
        const claims = `${path}/persistentvolumeclaims`;
        await client.must('POST', claims, { metadata, spec, status: { phase: 'Bound' } });
        const bypassed = await client.must('PATCH', `${claims}/claim`, { status: { phase: 'Lost' } });
        expect(bypassed).not.toMatchObject({ status: { phase: 'Lost' } });
        const patch = { status: { phase: 'Bound' }, metadata: { generateName: 'x' } };
        const written = await client.must('PATCH', `${claims}/claim/status`, patch);
        expect(written).toMatchObject({ status: { phase: 'Bound' }, spec: { accessModes: ['ReadWriteOnce'] } });
      });

      test('a lease needs a resourceVersion to be replaced and six digits in its times', async () => {
        const { namespace } = await newNamespace();
        const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
        const lease = (renewTime: string) => ({ metadata: { name: 'l' }, spec: { holderIdentity: 'me', renewTime } });
        expect((await client.call('POST', leases, { body: lease('2026-01-01T00:00:00.000Z') })).status).toBe(400);
        const made = await client.must('POST', leases, lease(LEASE_TIME));
        expect((await client.call('PUT', `${leases}/l`, { body: lease(LEASE_TIME) })).status).toBe(422);
        const renewed = { ...made, spec: { holderIdentity: 'me', renewTime: LEASE_TIME.replace('00.', '01.') } };
        expect((await client.call('PUT', `${leases}/l`, { body: renewed })).status).toBe(200);
        const stale = await client.call('PUT', `${leases}/l`, { body: renewed });
        expect([stale.status, stale.json()['message']]).toEqual([409, expect.not.stringMatching(OF_UID)]);
      });

      test('a deletion with a precondition that does not hold is a 409', async () => {
        const { maps } = await newNamespace();
        const [made] = await createMaps(maps, ['a']);
        const remove = (uid: string | undefined) =>
          client.call('DELETE', `${maps}/a`, { body: { preconditions: { uid } } });
        const refused = await remove('another');
        expect([refused.status, refused.json()['message']]).toEqual([409, expect.stringMatching(OF_UID)]);
        expect((await remove(made?.metadata.uid)).status).toBe(200);
      });

      test('an eviction deletes its pod, and no other one of the same name', async () => {
        const { path } = await newNamespace();
        const containers = [{ name: 'main', image: 'registry.example.com/app:1' }];
        const made = await client.must('POST', `${path}/pods`, { metadata: { name: 'a' }, spec: { containers } });
        const { uid } = made.metadata;
        const evict = (name: string, wanted = uid) => {
          const body = {
            apiVersion: 'policy/v1',
            kind: 'Eviction',
            metadata: { name },
            deleteOptions: { preconditions: { uid: wanted } },
          };
          return client.call('POST', `${path}/pods/${name}/eviction`, { body });
        };
        const refused = await evict('a', 'another');
        expect([refused.status, refused.json()['message']]).toEqual([409, expect.stringMatching(OF_UID)]);
        const answer = await evict('a');
        expect([answer.status, (answer.json() as PlainObject)['status']]).toEqual([201, 'Success']);
        expect((await client.call('GET', `${path}/pods/a`)).status).toBe(404);
        expect((await evict('a')).status).toBe(404);
      });

      test('a dry run checks and answers as a write does, and stores nothing', async () => {
        const { path, maps } = await newNamespace();
        await createMaps(maps, ['a']);
        const patch = (value: string) => [
          { op: 'test', path: '/data/of', value },
          { op: 'add', path: '/data/more', value: 'x' },
        ];
        expect((await client.call('PATCH', `${maps}/a?dryRun=All`, { body: patch('stale') })).status).toBe(422);
        const done = await client.call('PATCH', `${maps}/a?dryRun=All`, { body: patch('a') });
        expect([done.status, done.json()['data']]).toEqual([200, { of: 'a', more: 'x' }]);
        expect((await client.call('GET', `${maps}/a`)).json()['data']).toEqual({ of: 'a' });
        expect((await client.call('PATCH', `${maps}/a?dryRun=Some`, { body: patch('a') })).status).toBe(422);

        const containers = [{ name: 'main', image: 'registry.example.com/app:1' }];
        const made = await client.must('POST', `${path}/pods`, { metadata: { name: 'a' }, spec: { containers } });
        const evict = (uid: string | undefined) => {
          const deleteOptions = { preconditions: { uid } };
          const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'a' }, deleteOptions };
          return client.call('POST', `${path}/pods/a/eviction?dryRun=All`, { body });
        };
        expect((await evict('another')).status).toBe(409);
        expect((await evict(made.metadata.uid)).status).toBe(201);
        const kept = (await client.call('GET', `${path}/pods/a`)).json() as PlainObject;
        expect([kept.metadata.uid, kept.metadata['deletionTimestamp']]).toEqual([made.metadata.uid, undefined]);
      });

      test('an object with a finalizer is marked first and goes when the finalizer does', async () => {
        const { maps } = await newNamespace();
        await client.must('POST', maps, { metadata: { name: 'held', finalizers: ['example.com/hold'] } });
        const version = await newest(maps);
        await client.must('DELETE', `${maps}/held`);
        await client.must('PATCH', `${maps}/held`, { metadata: { finalizers: null } });
        await using watch = await client.watch(`${maps}?resourceVersion=${version}`);
        const events = await watch.take(2);
        expect(seen(events)).toEqual(['MODIFIED held', 'DELETED held']);
        expect(events[0]?.object.metadata['deletionTimestamp']).toEqual(expect.any(String));
      });

      test('what is not there is a 404 with a Status, what nobody serves a line of text', async () => {
        const { maps } = await newNamespace();
        const missing = await client.call('GET', `${maps}/absent`);
        expect(missing.status).toBe(404);
        expect(missing.json()).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 });
        const absent = await client.call('GET', '/apis/absent.example.com/v1/things');
        expect([absent.status, absent.text]).toEqual([404, '404 page not found\n']);
        expect(absent.headers['content-type']).toContain('text/plain');
      });
    });

    describe.concurrent('access and discovery', () => {
      test('an unknown token is a 401', async () => {
        const answer = await client.call('GET', '/api/v1/pods', { token: 'nobody' });
        expect(answer.status).toBe(401);
        expect(answer.json()).toMatchObject({ kind: 'Status', reason: 'Unauthorized', code: 401 });
      });

      test.for([
        ['none', null],
        ['an empty one', ''],
      ] as const)('without a token (%s) the user is anonymous: 403', async ([, token]) => {
        const answer = await client.call('GET', '/api/v1/pods', { token });
        expect(answer.status).toBe(403);
        expect(answer.json()).toMatchObject({
          reason: 'Forbidden',
          message: expect.stringContaining('system:anonymous'),
        });
      });

      test.for(['/api/v1/pods', '/api/v1/pods?watch=1', '/api/v1/namespaces/default/pods/absent'])(
        '%s is a 403 that names user and resource for somebody without rights',
        async (path) => {
          const answer = await client.call('GET', path, { token: server.visitorToken });
          expect(answer.status).toBe(403);
          expect(answer.json()).toMatchObject({
            kind: 'Status',
            reason: 'Forbidden',
            message: expect.stringMatching(/User "visitor" cannot (list|watch|get) resource "pods" in API group ""/u),
            details: { kind: 'pods' },
          });
        },
      );

      test('a review of the own access is 201 and tells the verdict', async () => {
        const review = (token: string) =>
          client.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
            token,
            body: { spec: { resourceAttributes: { verb: 'list', group: 'apps', resource: 'deployments' } } },
          });
        const allowed = await review(server.token);
        expect([allowed.status, allowed.json()['status']]).toMatchObject([201, { allowed: true }]);
        const denied = await review(server.visitorToken);
        expect([denied.status, denied.json()['status']]).toMatchObject([201, { allowed: false }]);
      });

      test.for(['/api', '/apis'])('discovery of %s comes in one document with an ETag', async (path) => {
        const headers = { accept: `${ANY_AGGREGATED},application/json` };
        const answer = await client.call('GET', path, { headers });
        expect(answer.status).toBe(200);
        expect(answer.headers['content-type']).toBe(aggregated(dialect.discovery));
        const { etag } = answer.headers;
        expect(etag).toMatch(/^".+"$/u);
        const { items } = answer.json() as { items: { metadata: { name?: string }; versions: Json[] }[] };
        const group = items.find(({ metadata }) => (metadata.name ?? '') === (path === '/api' ? '' : 'apps'));
        const [resource, kind] = path === '/api' ? ['pods', 'Pod'] : ['deployments', 'Deployment'];
        expect(group?.versions).toContainEqual(
          expect.objectContaining({
            version: 'v1',
            freshness: 'Current',
            resources: expect.arrayContaining([
              expect.objectContaining({
                resource,
                responseKind: expect.objectContaining({ kind }),
                scope: 'Namespaced',
                verbs: expect.arrayContaining(['get', 'list', 'watch']),
                subresources: expect.arrayContaining([expect.objectContaining({ subresource: 'status' })]),
              }),
            ]),
          }),
        );
        // The document may change while another test makes a definition.
        await expect
          .poll(async () => {
            const current = await client.call('GET', path, { headers });
            const ifNoneMatch = { ...headers, 'if-none-match': String(current.headers['etag']) };
            const again = await client.call('GET', path, { headers: ifNoneMatch });
            return [again.status, again.text];
          })
          .toEqual([304, '']);
      });

      test('whoever does not ask for one document gets the old ones', async () => {
        expect((await client.call('GET', '/api')).json()).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
        const groups = (await client.call('GET', '/apis')).json() as { kind: string; groups: { name: string }[] };
        expect(groups.kind).toBe('APIGroupList');
        expect(groups.groups.map((group) => group.name)).toEqual(expect.arrayContaining(['apps', 'batch']));
        const { resources } = await client.must<{ resources: Json[] }>('GET', '/apis/apps/v1');
        const deployments = { name: 'deployments', kind: 'Deployment', namespaced: true };
        expect(resources).toContainEqual(expect.objectContaining(deployments));
        expect(resources).toContainEqual(expect.objectContaining({ name: 'deployments/status' }));
      });

      test('the version is told', async () => {
        const version = await client.must<Json>('GET', '/version');
        expect(version).toMatchObject({ major: '1', gitVersion: expect.stringMatching(/^v1\.\d+\.\d+/u) });
      });
    });

    describe('custom resources', () => {
      const group = 'contract.example.com';
      const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
      const widgets = `/apis/${group}/v1/namespaces/default/widgets`;
      const definition = {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `widgets.${group}` },
        spec: {
          group,
          names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
          scope: 'Namespaced',
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
            },
          ],
        },
      };
      const widget = (name: string) => ({
        apiVersion: `${group}/v1`,
        kind: 'Widget',
        metadata: { name },
        spec: { size: 1 },
      });

      test('a definition is served soon, its lists print the items first, and with it go its objects', async () => {
        await client.must('POST', definitions, definition);
        await expect
          .poll(() => client.call('GET', widgets).then(({ status }) => status), { timeout: 10_000 })
          .toBe(200);
        const discovery = await client.call('GET', '/apis', { headers: { accept: ANY_AGGREGATED } });
        expect(discovery.text).toContain(`"${group}"`);
        await client.must('POST', widgets, widget('a'));
        await client.must('POST', widgets, widget('b'));
        const { text } = await client.call('GET', `${widgets}?limit=1`);
        const list = JSON.parse(text) as { items: Json[]; metadata: Json };
        expect(Object.keys(list)).toEqual(['apiVersion', 'items', 'kind', 'metadata']);
        expect(Object.keys(list.items[0] ?? {})).toEqual(['apiVersion', 'kind', 'metadata', 'spec']);
        expect(list.metadata).toMatchObject({ remainingItemCount: 1, continue: expect.stringMatching(/./u) });
        const last = await client.list(`${widgets}?continue=${String(list.metadata['continue'])}`);
        expect(names(last)).toEqual(['b']);
        expect(last.metadata.continue).toBe('');

        // It has no protobuf, but for its metadata alone.
        const inProtobuf = (accept: string) => client.call('GET', widgets, { headers: { accept } });
        expect((await inProtobuf(PROTOBUF)).status).toBe(406);
        expect((await inProtobuf(`${PROTOBUF}, application/json`)).headers['content-type']).toBe('application/json');
        const bare = await inProtobuf(`${PROTOBUF};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`);
        expect([bare.status, openEnvelope(bare.bytes).kind]).toEqual([200, 'PartialObjectMetadataList']);

        await using watch = await client.watch(`${widgets}?resourceVersion=${versionOf(last)}`);
        await client.must('DELETE', `${definitions}/widgets.${group}`);
        expect(await watch.ended).toBe('clean');
        expect(seen(watch.events).sort()).toEqual(['DELETED a', 'DELETED b']);
        await expect
          .poll(() => client.call('GET', widgets).then(({ status, text: body }) => [status, body]), { timeout: 10_000 })
          .toEqual([404, '404 page not found\n']);
      });
    });

    describe('without streaming lists', () => {
      test('sendInitialEvents is a 422 that names the field, and plain watches work', async () => {
        const other = await start({ watchList: false });
        const plain = new PlainClient(other);
        try {
          const maps = '/api/v1/namespaces/default/configmaps';
          const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
          const answer = await plain.call('GET', `${maps}?${query}`);
          expect(answer.status).toBe(422);
          expect(answer.json()).toMatchObject({
            reason: 'Invalid',
            details: { causes: [{ field: 'sendInitialEvents' }] },
          });
          await plain.must('POST', maps, { metadata: { name: 'a' } });
          await using watch = await plain.watch(`${maps}?allowWatchBookmarks=true&fieldSelector=metadata.name=a`);
          expect(seen(await watch.take(1))).toEqual(['ADDED a']);
          await sleep(300);
          expect(watch.types()).toEqual(['ADDED']);
        } finally {
          await plain.close();
          await other.stop();
        }
      });
    });

    describe.concurrent('protobuf', () => {
      const as = (accept: string): { headers: { accept: string } } => ({ headers: { accept } });
      const bothForms = as(`${PROTOBUF}, application/json`);
      const typeOf = ({ headers }: { readonly headers: Answer['headers'] }): unknown => headers['content-type'];
      const reader = must(objectReader({ group: '', version: 'v1', kind: 'ConfigMap' }), 'a table of ConfigMaps');
      /** As both forms have it: who manages which field is not read of protobuf. */
      const bare = (object: PlainObject): unknown => {
        const { managedFields: _managers, ...metadata } = object.metadata;
        return { ...object, metadata };
      };

      test('a list says in pages what it says in JSON', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['a', 'b', 'c']);
        let token = '';
        const all: unknown[] = [];
        for (const length of [2, 1]) {
          const path = `${maps}?limit=2&continue=${token}`;
          const [json, answer] = [await client.list(path), await client.call('GET', path, bothForms)];
          expect([answer.status, typeOf(answer)]).toEqual([200, PROTOBUF]);
          const { apiVersion, kind } = openEnvelope(answer.bytes);
          expect([apiVersion, kind]).toEqual(['v1', 'ConfigMapList']);
          const decoder = new ProtobufListDecoder(reader);
          const items = decoder.push(answer.bytes).map(({ object }) => object);
          expect(items).toEqual(json.items.map(bare));
          expect(items).toHaveLength(length);
          const { resourceVersion, remainingItemCount, continueToken } = decoder.end();
          expect(remainingItemCount).toBe(json.metadata.remainingItemCount);
          if (length === 1) expect(resourceVersion).toBe(json.metadata.resourceVersion);
          token = continueToken;
          all.push(...items);
        }
        expect([all.length, token]).toEqual([3, '']);
      });

      test('an object of its own and its metadata alone say what they are', async () => {
        const { maps } = await newNamespace();
        const [made] = await createMaps(maps, ['a']);
        const one = openEnvelope((await client.call('GET', `${maps}/a`, bothForms)).bytes);
        expect([one.apiVersion, one.kind]).toEqual(['v1', 'ConfigMap']);
        expect({ apiVersion: 'v1', kind: 'ConfigMap', ...reader.read(one.raw) }).toEqual(bare(made as PlainObject));
        const answer = await client.call(
          'GET',
          maps,
          as(`${PROTOBUF};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`),
        );
        const list = openEnvelope(answer.bytes);
        expect([answer.status, list.apiVersion, list.kind]).toEqual([
          200,
          'meta.k8s.io/v1',
          'PartialObjectMetadataList',
        ]);
        expect([list.raw.includes('"of"'), list.raw.includes(String(made?.metadata.uid))]).toEqual([false, true]);
      });

      test('a watch gives each change, and a bookmark before its timeout', async () => {
        const { maps } = await newNamespace();
        const version = await newest(maps);
        await createMaps(maps, ['a', 'b']);
        await client.must('PATCH', `${maps}/a`, { data: { of: 'changed' } });
        const changed = await client.must('GET', `${maps}/a`);
        await client.must('DELETE', `${maps}/b`);
        const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=4&resourceVersion=${version}`;
        const answer = await client.call('GET', `${maps}?${query}`, bothForms);
        expect([answer.status, typeOf(answer)]).toEqual([200, `${PROTOBUF};stream=watch`]);
        const decoder = new ProtobufWatchDecoder(reader, { after: version });
        const events = decoder.push(answer.bytes);
        decoder.end();
        expect(decoder.fault).toBeUndefined();
        const told = events.flatMap((one) => (one.type === 'BOOKMARK' ? [] : [`${one.type} ${one.metadata.name}`]));
        expect(told).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b']);
        expect(events.at(-1)?.type).toBe('BOOKMARK');
        expect(events[2]).toMatchObject({ object: bare(changed) });
      });

      test('a watch that cannot be served says so in the stream', async () => {
        const { maps } = await newNamespace();
        const query = `watch=1&${STREAMING_LIST}&resourceVersion=${inFuture(await newest(maps))}`;
        const answer = await client.call('GET', `${maps}?${query}`, bothForms);
        if (!dialect.streamingLists) {
          expect([answer.status, openEnvelope(answer.bytes).kind]).toEqual([422, 'Status']);
          return;
        }
        const decoder = new ProtobufWatchDecoder(reader);
        expect(decoder.push(answer.bytes)).toEqual([]);
        expect(decoder.fault).toMatchObject({ code: 'KUBE_TOO_LARGE_RESOURCE_VERSION' });
      });

      test.for([
        ['what is not there', '/api/v1/namespaces/default/configmaps/absent', 404, {}],
        ['a token that is none', '/api/v1/configmaps?limit=1&continue=abc', 400, {}],
        ['somebody unknown', '/api/v1/configmaps', 401, { token: 'wrong' }],
      ] as const)('a refusal of %s says what it says in JSON', async ([, path, status, options]) => {
        const json = (await client.call('GET', path, options)).json();
        const answer = await client.call('GET', path, { ...bothForms, ...options });
        expect([answer.status, typeOf(answer)]).toEqual([status, PROTOBUF]);
        const { kind, apiVersion, raw } = openEnvelope(answer.bytes);
        expect([kind, apiVersion]).toEqual(['Status', 'v1']);
        expect(readStatus(raw)).toEqual(json);
      });

      test.for([
        [`application/json, ${PROTOBUF}`, 200, 'application/json'],
        [PROTOBUF, 200, PROTOBUF],
        [`text/html, ${PROTOBUF}, application/json`, 200, PROTOBUF],
        ['*/*', 200, 'application/json'],
        ['text/html', 406, 'application/json'],
      ] as const)('what is first of %s, and known, is given', async ([accept, status, type]) => {
        const answer = await client.call('GET', '/api/v1/configmaps?limit=1', as(accept));
        expect([answer.status, typeOf(answer)]).toEqual([status, type]);
        if (status === 406) expect(answer.json()).toMatchObject({ kind: 'Status', code: 406, reason: 'NotAcceptable' });
      });
    });

    describe('the past', () => {
      test('an expired continue token is a 410 with another token that goes on in the newest state', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['a', 'b', 'c', 'd']);
        const first = await client.list(`${maps}?limit=2`);
        await client.must('DELETE', `${maps}/c`);
        await createMaps(maps, ['aa', 'e']);
        await server.expireContinueTokens();
        const answer = await client.call('GET', `${maps}?limit=2&continue=${first.metadata.continue}`);
        expect(answer.status).toBe(410);
        const status = answer.json() as { metadata: { continue: string } };
        expect(status).toMatchObject({ kind: 'Status', reason: 'Expired', code: 410 });
        expect(answer.headers['retry-after']).toBeUndefined();
        const rest = await client.list(`${maps}?limit=1&continue=${status.metadata.continue}`);
        expect(names(rest)).toEqual(['d']);
        expect(isNewer(versionOf(rest), versionOf(first))).toBe(true);
        const last = await client.list(`${maps}?limit=1&continue=${rest.metadata.continue}`);
        expect([names(last), versionOf(last)]).toEqual([['e'], versionOf(rest)]);
        const exact = await client.call('GET', `${maps}?limit=5&resourceVersion=${versionOf(first)}`);
        expect([exact.status, exact.json()['metadata']]).toEqual([410, {}]);
      });

      test('a token that goes on in the newest state expires as well, as often as it takes, and each place of the list is looked at once', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['a', 'c', 'e', 'g']);
        const listed: string[] = [];
        const versions: string[] = [];
        let token = '';
        // What is told of each place was true at some moment after the list began; what came into being behind it is not told.
        for (const [gone, come] of [
          ['a', '0'],
          ['e', 'cc'],
          ['g', 'h'],
        ] as const) {
          const page = await client.list(`${maps}?limit=1&continue=${token}`);
          listed.push(...names(page));
          versions.push(versionOf(page));
          await client.must('DELETE', `${maps}/${gone}`);
          await createMaps(maps, [come]);
          await server.expireContinueTokens();
          const path = `${maps}?limit=1&continue=${page.metadata.continue}`;
          const plain = (await client.call('GET', path)).json() as { metadata: { continue: string } };
          const compact = await client.call('GET', path, { headers: { accept: `${PROTOBUF}, application/json` } });
          token = plain.metadata.continue;
          expect(compact.status).toBe(410);
          expect(readStatus(openEnvelope(compact.bytes).raw)).toMatchObject({
            reason: 'Expired',
            metadata: { continue: token },
          });
        }
        listed.push(...names(await client.list(`${maps}?limit=9&continue=${token}`)));
        expect(listed).toEqual(['a', 'c', 'cc', 'h']);
        expect(versions.every((version, index) => index === 0 || isNewer(version, versions[index - 1] ?? ''))).toBe(
          true,
        );
      });

      test('a restart breaks watches, keeps objects, and makes older watch positions expire in the stream', async () => {
        const { maps } = await newNamespace();
        await createMaps(maps, ['a']);
        const version = await newest(maps);
        await createMaps(maps, ['b', 'c']);
        const watch = await client.watch(`${maps}?resourceVersion=${version}`);
        await watch.take(2);
        await server.restart();
        expect(await watch.ended).toBe('broken');
        expect(names(await client.list(maps))).toEqual(['a', 'b', 'c']);
        await using late = await client.watch(`${maps}?resourceVersion=${version}`);
        expect([late.status, await late.ended]).toEqual([200, 'clean']);
        expect(late.events).toMatchObject([
          { type: 'ERROR', object: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 } },
        ]);
        // A streaming list has no past to lose; a server that knows none refuses it as ever.
        await using fresh = await client.watch(`${maps}?${STREAMING_LIST}&resourceVersion=${version}`);
        const listed = await fresh.until((all) => fresh.status !== 200 || all.some(isMarker));
        expect([fresh.status, ...seen(listed).sort()]).toEqual(
          dialect.streamingLists ? [200, 'ADDED a', 'ADDED b', 'ADDED c', 'BOOKMARK'] : [422],
        );
        await using resumed = await client.watch(`${maps}?resourceVersion=${await newest(maps)}`);
        await createMaps(maps, ['d']);
        expect(seen(await resumed.take(1))).toEqual(['ADDED d']);
      });
    });
  });
}
