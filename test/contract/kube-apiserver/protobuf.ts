import { setTimeout as sleep } from 'node:timers/promises';
import { must } from '@castai/shared/errors.ts';
import { openEnvelope } from '@castai/shared/kube/protobuf/envelope.ts';
import { readStatus } from '@castai/shared/kube/protobuf/envelope.ts';
import { objectReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import { ProtobufListDecoder } from '@castai/shared/kube/protobuf/protobuf-list-decoder.ts';
import { ProtobufWatchDecoder } from '@castai/shared/kube/protobuf/protobuf-watch-decoder.ts';
import { describe, expect, test } from 'vitest';
import { type Answer, type PlainObject } from '../../fakes/kube-apiserver/plain-client.ts';
import { inFuture } from './read-answers.ts';
import type { Scene } from './scene.ts';

const STREAMING_LIST = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** The binary form says what JSON says. */
export function describeProtobuf(scene: Scene): void {
  const { newNamespace, createMaps, newest } = scene;

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
        const [json, answer] = [await scene.client.list(path), await scene.client.call('GET', path, bothForms)];
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
      const one = openEnvelope((await scene.client.call('GET', `${maps}/a`, bothForms)).bytes);
      expect([one.apiVersion, one.kind]).toEqual(['v1', 'ConfigMap']);
      expect({ apiVersion: 'v1', kind: 'ConfigMap', ...reader.read(one.raw) }).toEqual(bare(made as PlainObject));
      const answer = await scene.client.call(
        'GET',
        maps,
        as(`${PROTOBUF};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`),
      );
      const list = openEnvelope(answer.bytes);
      expect([answer.status, list.apiVersion, list.kind]).toEqual([200, 'meta.k8s.io/v1', 'PartialObjectMetadataList']);
      expect([list.raw.includes('"of"'), list.raw.includes(String(made?.metadata.uid))]).toEqual([false, true]);
    });

    test('a watch gives each change, and a bookmark before its timeout', async () => {
      const { maps } = await newNamespace();
      const version = await newest(maps);
      await createMaps(maps, ['a', 'b']);
      await scene.client.must('PATCH', `${maps}/a`, { data: { of: 'changed' } });
      const changed = await scene.client.must('GET', `${maps}/a`);
      await scene.client.must('DELETE', `${maps}/b`);
      const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=6&resourceVersion=${version}`;
      // A bookmark that is no further than what the watch begins with is not sent: something goes on elsewhere meanwhile.
      const elsewhere = await newNamespace();
      const goOn = async (): Promise<void> => {
        for (let count = 0; count < 8; count += 1) {
          await createMaps(elsewhere.maps, [`c${count}`]);
          await sleep(500);
        }
      };
      const [answer] = await Promise.all([scene.client.call('GET', `${maps}?${query}`, bothForms), goOn()]);
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
      const answer = await scene.client.call('GET', `${maps}?${query}`, bothForms);
      if (!scene.dialect.streamingLists) {
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
      const json = (await scene.client.call('GET', path, options)).json();
      const answer = await scene.client.call('GET', path, { ...bothForms, ...options });
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
      const answer = await scene.client.call('GET', '/api/v1/configmaps?limit=1', as(accept));
      expect([answer.status, typeOf(answer)]).toEqual([status, type]);
      if (status === 406) expect(answer.json()).toMatchObject({ kind: 'Status', code: 406, reason: 'NotAcceptable' });
    });
  });
}
