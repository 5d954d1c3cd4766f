import { expect, test } from 'vitest';
import { PodMetricsLists } from './metrics-api.ts';
import { BUILT_IN_RESOURCES } from './resource-type.ts';
import { encodeObject, type StoredObject, touchedObject } from './stored-object.ts';
import { must } from '@castai/shared/errors.ts';

const PODS = must(
  BUILT_IN_RESOURCES.find(({ kind }) => kind === 'Pod'),
  'pods',
);
const AT = new Date('2026-10-01T06:00:00Z');

function pod(name: string, more: { labels?: Record<string, string>; containers?: string[] } = {}): StoredObject {
  const { labels, containers = [] } = more;
  const metadata = { name, namespace: 'a', resourceVersion: '10', ...(labels === undefined ? {} : { labels }) };
  const spec = { containers: containers.map((one) => ({ name: one })) };
  return encodeObject(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec }, 10);
}

const listed = (lists: PodMetricsLists, pods: readonly StoredObject[]): unknown =>
  JSON.parse(Buffer.concat([...lists.pieces(PODS, pods, AT)]).toString());

test('each pod has its labels, and what each of its containers uses', () => {
  const time = '2026-10-01T06:00:00.000Z';
  const item = (metadata: object, containers: unknown[]) => ({
    metadata: { namespace: 'a', creationTimestamp: time, ...metadata },
    timestamp: time,
    window: '15.1s',
    containers,
  });
  const pods = [pod('none'), pod('two', { labels: { 'a"b': 'c' }, containers: ['main', 'proxy'] })];
  const usage = { cpu: '2000006n', memory: '65664Ki' };
  const containers = ['main', 'proxy'].map((name) => ({ name, usage }));
  expect(listed(new PodMetricsLists(), pods)).toEqual({
    kind: 'PodMetricsList',
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: {},
    items: [item({ name: 'none' }, []), item({ name: 'two', labels: { 'a"b': 'c' } }, containers)],
  });
  expect(listed(new PodMetricsLists(), [])).toMatchObject({ items: [] });
});

test('many come in pieces, and the second time as the first', () => {
  const lists = new PodMetricsLists();
  const pods = Array.from({ length: 3_000 }, (_, index) => pod(`pod-${index}`, { containers: ['main'] }));
  expect([...lists.pieces(PODS, pods, AT)].length).toBeGreaterThan(1);
  const touched = pods.map((one) => touchedObject(one, { revision: 11, resourceVersion: '11' }));
  expect(listed(lists, touched)).toEqual(listed(new PodMetricsLists(), pods));
});
