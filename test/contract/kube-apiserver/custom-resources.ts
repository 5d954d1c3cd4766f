import { openEnvelope } from '@castai/shared/kube/protobuf/envelope.ts';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../fakes/kube-apiserver/plain-client.ts';
import { names, versionOf, seen } from './read-answers.ts';
import { ANY_AGGREGATED } from './discovery-accept.ts';
import type { Scene } from './scene.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** Kinds that come and go with their definition. */
export function describeCustomResources(scene: Scene): void {
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
      await scene.client.must('POST', definitions, definition);
      await expect
        .poll(() => scene.client.call('GET', widgets).then(({ status }) => status), { timeout: 10_000 })
        .toBe(200);
      const discovery = await scene.client.call('GET', '/apis', { headers: { accept: ANY_AGGREGATED } });
      expect(discovery.text).toContain(`"${group}"`);
      await scene.client.must('POST', widgets, widget('a'));
      await scene.client.must('POST', widgets, widget('b'));
      const { text } = await scene.client.call('GET', `${widgets}?limit=1`);
      const list = JSON.parse(text) as { items: Json[]; metadata: Json };
      expect(Object.keys(list)).toEqual(['apiVersion', 'items', 'kind', 'metadata']);
      expect(Object.keys(list.items[0] ?? {})).toEqual(['apiVersion', 'kind', 'metadata', 'spec']);
      expect(list.metadata).toMatchObject({ remainingItemCount: 1, continue: expect.stringMatching(/./u) });
      const last = await scene.client.list(`${widgets}?continue=${String(list.metadata['continue'])}`);
      expect(names(last)).toEqual(['b']);
      expect(last.metadata.continue).toBe('');

      // It has no protobuf, but for its metadata alone.
      const inProtobuf = (accept: string) => scene.client.call('GET', widgets, { headers: { accept } });
      expect((await inProtobuf(PROTOBUF)).status).toBe(406);
      expect((await inProtobuf(`${PROTOBUF}, application/json`)).headers['content-type']).toBe('application/json');
      const bare = await inProtobuf(`${PROTOBUF};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`);
      expect([bare.status, openEnvelope(bare.bytes).kind]).toEqual([200, 'PartialObjectMetadataList']);

      await using watch = await scene.client.watch(`${widgets}?resourceVersion=${versionOf(last)}`);
      await scene.client.must('DELETE', `${definitions}/widgets.${group}`);
      expect(await watch.ended).toBe('clean');
      expect(seen(watch.events).sort()).toEqual(['DELETED a', 'DELETED b']);
      await expect
        .poll(() => scene.client.call('GET', widgets).then(({ status, text: body }) => [status, body]), {
          timeout: 10_000,
        })
        .toEqual([404, '404 page not found\n']);
    });
  });
}
