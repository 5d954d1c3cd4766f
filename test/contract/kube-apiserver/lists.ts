import { describe, expect, test } from 'vitest';
import { type Json } from '../../fakes/kube-apiserver/plain-client.ts';
import { names, versionOf, inFuture, isNewer } from './read-answers.ts';
import type { Scene } from './scene.ts';

/** How lists are paged, selected and dated. */
export function describeLists(scene: Scene): void {
  const { newNamespace, createMaps, newest } = scene;

  describe.concurrent('lists', () => {
    test('pages of one list show one state, whatever is written meanwhile', async () => {
      const { maps } = await newNamespace();
      await createMaps(maps, ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
      const first = await scene.client.list(`${maps}?limit=3`);
      expect(names(first)).toEqual(['a', 'b', 'c']);
      expect(first.metadata.remainingItemCount).toBe(4);
      await createMaps(maps, ['aa', 'z']);
      await scene.client.must('DELETE', `${maps}/e`);
      await scene.client.must('PATCH', `${maps}/f`, { data: { of: 'later' } });
      const second = await scene.client.list(`${maps}?limit=2&continue=${first.metadata.continue}`);
      const third = await scene.client.list(`${maps}?limit=9&continue=${second.metadata.continue}`);
      expect([...names(second), ...names(third)]).toEqual(['d', 'e', 'f', 'g']);
      expect(third.items[0]).toMatchObject({ data: { of: 'f' } });
      expect([versionOf(second), versionOf(third)]).toEqual([versionOf(first), versionOf(first)]);
      expect(third.metadata).toEqual({ resourceVersion: versionOf(first) });
      expect(names(await scene.client.list(maps))).toEqual(['a', 'aa', 'b', 'c', 'd', 'f', 'g', 'z']);
    });

    test('the same continue token may be used again', async () => {
      const { maps } = await newNamespace();
      await createMaps(maps, ['a', 'b', 'c']);
      const { metadata } = await scene.client.list(`${maps}?limit=1`);
      const page = await scene.client.list(`${maps}?limit=1&continue=${metadata.continue}`);
      expect(await scene.client.list(`${maps}?limit=1&continue=${metadata.continue}`)).toEqual(page);
    });

    test('the limit is ignored with resourceVersion=0', async () => {
      const { maps } = await newNamespace();
      await createMaps(maps, ['a', 'b', 'c']);
      // Version 0 means any state that the server happens to have: wait until that is a late one.
      await expect
        .poll(async () => names(await scene.client.list(`${maps}?limit=1&resourceVersion=0`)))
        .toHaveLength(3);
      const list = await scene.client.list(`${maps}?limit=1&resourceVersion=0`);
      expect(Object.keys(list.metadata)).toEqual(['resourceVersion']);
    });

    test('a continue token with a resourceVersion is a 400, with resourceVersion 0 newer servers ignore the limit', async () => {
      const { maps } = await newNamespace();
      await createMaps(maps, ['a', 'b', 'c', 'd']);
      const { metadata } = await scene.client.list(`${maps}?limit=1`);
      const token = `continue=${metadata.continue}`;
      const refused = await scene.client.call(
        'GET',
        `${maps}?limit=1&${token}&resourceVersion=${metadata.resourceVersion}`,
      );
      expect(refused.status).toBe(400);
      expect(refused.json()).toMatchObject({ kind: 'Status', reason: 'BadRequest', code: 400 });
      expect(names(await scene.client.list(`${maps}?limit=1&${token}&resourceVersion=0`))).toEqual(
        scene.dialect.afterTokenAtZero,
      );
      expect((await scene.client.call('GET', `${maps}?continue=abc`)).status).toBe(400);
    });

    test('a resourceVersion with a limit is exact, with NotOlderThan it gives the newest state', async () => {
      const { maps } = await newNamespace();
      await createMaps(maps, ['a']);
      const version = await newest(maps);
      await createMaps(maps, ['b']);
      const exact = await scene.client.list(`${maps}?limit=5&resourceVersion=${version}`);
      expect([names(exact), versionOf(exact)]).toEqual([['a'], version]);
      const named = await scene.client.list(`${maps}?resourceVersion=${version}&resourceVersionMatch=Exact`);
      expect([names(named), versionOf(named)]).toEqual([['a'], version]);
      const notOlder = `limit=1&resourceVersion=${version}&resourceVersionMatch=NotOlderThan`;
      const page = await scene.client.list(`${maps}?${notOlder}`);
      expect(isNewer(versionOf(page), version)).toBe(true);
      expect(page.metadata.continue).toEqual(expect.stringMatching(/./u));
    });

    test('a resourceVersion of the future is a 504 with a cause and a hint to come back', async () => {
      const { maps } = await newNamespace();
      const answer = await scene.client.call('GET', `${maps}?resourceVersion=${inFuture(await newest(maps))}`);
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
      const answer = await scene.client.call('GET', `/api/v1/configmaps?${query}`);
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
      const { metadata } = await scene.client.list(`${maps}?limit=1&fieldSelector=metadata.name!=b`);
      expect(Object.keys(metadata).sort()).toEqual(['continue', 'resourceVersion']);
    });

    test('items of a built-in kind have neither apiVersion nor kind and come after the metadata', async () => {
      const { maps } = await newNamespace();
      await createMaps(maps, ['a']);
      const { text } = await scene.client.call('GET', maps);
      const list = JSON.parse(text) as Json & { items: Json[] };
      expect(Object.keys(list)).toEqual(['kind', 'apiVersion', 'metadata', 'items']);
      expect(list).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
      expect(Object.keys(list.items[0] ?? {})).toEqual(['metadata', 'data']);
    });

    test('field selectors work on lists, and an unknown one is a 400', async () => {
      const { path, maps, namespace } = await newNamespace();
      await createMaps(maps, ['a', 'b']);
      expect(names(await scene.client.list(`${maps}?fieldSelector=metadata.name=b`))).toEqual(['b']);
      const event = (name: string, kind: string, reason: string) => ({
        metadata: { name },
        involvedObject: { kind, name: 'x', namespace },
        reason,
        reportingComponent: `from-${name}`,
        type: 'Normal',
      });
      await scene.client.must('POST', `${path}/events`, event('one', 'Pod', 'Evicted'));
      await scene.client.must('POST', `${path}/events`, event('two', 'Pod', 'Started'));
      await scene.client.must('POST', `${path}/events`, event('three', 'Node', 'Evicted'));
      const selected = (selector: string) => scene.client.list(`${path}/events?fieldSelector=${selector}`).then(names);
      expect(await selected('involvedObject.kind=Pod,reason=Evicted')).toEqual(['one']);
      expect(await selected('reportingComponent=from-two')).toEqual(['two']);
      expect((await scene.client.call('GET', `${maps}?fieldSelector=data.of=a`)).status).toBe(400);
    });

    test('pods can be selected by node', async () => {
      const { path } = await newNamespace();
      for (const [name, nodeName] of [
        ['a', 'node-1'],
        ['b', 'node-2'],
      ]) {
        const spec = { nodeName, containers: [{ name: 'main', image: 'registry.example.com/app:1' }] };
        await scene.client.must('POST', `${path}/pods`, { metadata: { name }, spec });
      }
      expect(names(await scene.client.list(`${path}/pods?fieldSelector=spec.nodeName=node-2`))).toEqual(['b']);
    });

    test('label selectors know equality, sets and existence', async () => {
      const { maps } = await newNamespace();
      for (const [name, tier] of [
        ['a', 'front'],
        ['b', 'back'],
        ['c', undefined],
      ]) {
        await scene.client.must('POST', maps, { metadata: { name, labels: tier === undefined ? {} : { tier } } });
      }
      const selected = (selector: string) =>
        scene.client.list(`${maps}?labelSelector=${encodeURIComponent(selector)}`).then(names);
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
      const answer = await scene.client.call('GET', maps, as('PartialObjectMetadataList'));
      expect(answer.json()).toMatchObject({
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        items: [{ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'a' } }],
      });
      expect(answer.text).not.toContain('"data"');
      expect((await scene.client.call('GET', maps, as('PartialObjectMetadata'))).status).toBe(406);
      await using watch = await scene.client.watch(maps, as('PartialObjectMetadata'));
      const [event] = await watch.take(1);
      expect(event).toMatchObject({
        type: 'ADDED',
        object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } },
      });
      // The form of a list on a watch is neither an error nor of any use.
      await using useless = await scene.client.watch(maps, as('PartialObjectMetadataList'));
      expect([useless.status, await useless.ended, useless.events]).toEqual([200, 'clean', []]);
    });
  });
}
