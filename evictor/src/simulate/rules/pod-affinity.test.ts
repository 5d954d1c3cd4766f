import { expect, test } from 'vitest';
import { letsOnto } from '../../testing/judge-places.ts';
import { node, pod } from '../../testing/objects.ts';
import { podAffinityRule } from './pod-affinity.ts';

const NODES = [
  node('a1', { labels: { zone: 'a' } }),
  node('a2', { labels: { zone: 'a' } }),
  node('b', { labels: { zone: 'b' } }),
  node('none'),
];
const near = (...apps: string[]): Record<string, unknown> => ({
  affinity: {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: apps.map((app) => ({
        labelSelector: { matchLabels: { app } },
        topologyKey: 'zone',
      })),
    },
  },
});

test.each<readonly [string, ReturnType<typeof pod>[], string[], string[]]>([
  ['where one of them stays', [pod('p', 'none', near('db')), pod('db', 'b', { app: 'db' })], ['none'], ['b']],
  [
    'all of several',
    [pod('p', 'none', near('db', 'mq')), pod('db', 'b', { app: 'db' }), pod('mq', 'a1', { app: 'mq' })],
    ['none'],
    [],
  ],
  ['those on its own node go with it', [pod('p', 'a1', near('db')), pod('db', 'a1', { app: 'db' })], ['a1'], []],
  [
    'those on a node that goes as well may end up anywhere',
    [pod('p', 'none', near('db')), pod('db', 'a1', { app: 'db' })],
    ['none', 'a1'],
    [],
  ],
  [
    'another one of the zone stays',
    [pod('p', 'none', near('db')), pod('db', 'a1', { app: 'db' }), pod('db2', 'a2', { app: 'db' })],
    ['none', 'a1'],
    ['a2'],
  ],
  ['the only one of a series goes wherever there is a zone', [pod('p', 'a1', near('web'))], ['a1'], ['a2', 'b']],
  ['one of two in a series has to follow the other', [pod('p', 'a1', near('web')), pod('q', 'b')], ['a1'], ['b']],
])('%s', (_name, objects, gone, expected) => {
  expect(letsOnto({ rule: () => podAffinityRule, objects: [...NODES, ...objects], pod: 'p', gone })).toEqual(expected);
});

test('one that is ending will not be there', () => {
  const ending = pod('db', 'b', { app: 'db' });
  ending.metadata['deletionTimestamp'] = '2026-06-01T00:00:00Z';
  const objects = [...NODES, pod('p', 'none', near('db')), ending];
  expect(letsOnto({ rule: () => podAffinityRule, objects, pod: 'p' })).toEqual([]);
});

test('one on a node that somebody drains will not be there either', () => {
  const drained = node('drained', { labels: { zone: 'b' }, unschedulable: true });
  const objects = [...NODES, drained, pod('p', 'none', near('db')), pod('db', 'drained', { app: 'db' })];
  expect(letsOnto({ rule: () => podAffinityRule, objects, pod: 'p' })).toEqual([]);
});
