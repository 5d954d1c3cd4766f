import { must } from '@castai/shared/errors.ts';
import { objectReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import { message } from '@castai/shared/testing/protobuf-bytes.ts';
import { expect, test } from 'vitest';
import { sampleCluster } from '../../samples/sample-cluster.ts';
import { encodeMessage } from './encode-message.ts';
import { protobufMessage } from './render.ts';
import { BUILT_IN_RESOURCES, apiVersionOf } from './resource-type.ts';

const readerOf = (group: string, version: string, kind: string) =>
  must(objectReader({ group, version, kind }), `a table of ${kind}`);

/** Without empty lists and maps, which Go leaves out of JSON, and protobuf cannot say. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, child]) => [key, withoutEmpty(child)] as const);
  return Object.fromEntries(
    members.filter(([, child]) => typeof child !== 'object' || child === null || Object.keys(child).length > 0),
  );
}

test('every object of the sample comes back as it was', () => {
  const kinds = new Set<string>();
  for (const object of sampleCluster({ seed: 1, nodes: 3, pods: 40 })) {
    const type = BUILT_IN_RESOURCES.find(
      ({ group, version, kind }) => kind === object.kind && apiVersionOf(group, version) === object.apiVersion,
    );
    const name = type === undefined ? undefined : protobufMessage(type, type.version);
    if (type === undefined || name === undefined) continue;
    const { apiVersion: _apiVersion, kind, ...body } = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
    const { managedFields: _managers, ...metadata } = body['metadata'] as Record<string, unknown>;
    const read = readerOf(type.group, type.version, type.kind).read(encodeMessage(name, body));
    expect([kind, withoutEmpty(read)]).toEqual([kind, withoutEmpty({ ...body, metadata })]);
    kinds.add(type.kind);
  }
  expect(kinds.size).toBeGreaterThan(15);
});

test('fields stand in the order of their numbers, maps in that of their keys, and zeros on the wire that JSON leaves out', () => {
  expect(encodeMessage('apps.v1.DeploymentSpec', { minReadySeconds: 7, replicas: 0 })).toEqual(
    message([1, 0], [5, 7], [7, 0]),
  );
  expect(encodeMessage('meta.v1.LabelSelector', { matchLabels: { b: '2', a: '' } })).toEqual(
    message([1, message([1, 'a'], [2, ''])], [1, message([1, 'b'], [2, '2'])]),
  );
});

test('what no table has is left out, and a time that Go calls zero is nothing', () => {
  expect(encodeMessage('core.v1.LocalObjectReference', { name: 'x', more: 1 })).toEqual(message([1, 'x']));
  const pod = encodeMessage('core.v1.Pod', { metadata: { name: 'a', creationTimestamp: null } });
  expect(readerOf('', 'v1', 'Pod').read(pod)).toEqual({ metadata: { name: 'a', creationTimestamp: null } });
});
