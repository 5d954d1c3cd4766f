import { expect, test } from 'vitest';
import { hinderedBy, letsOnto } from '../../testing/judge-places.ts';
import { node, pod } from '../../testing/objects.ts';
import { podAntiAffinityRule } from './pod-anti-affinity.ts';

const NODES = [
  node('a1', { labels: { zone: 'a' } }),
  node('a2', { labels: { zone: 'a' } }),
  node('b1', { labels: { zone: 'b' } }),
  node('b2', { labels: { zone: 'b' } }),
  node('none'),
];
const apart = (term: Record<string, unknown>): Record<string, unknown> => ({
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
});
const fromApp = (app: string, topologyKey: string): Record<string, unknown> =>
  apart({ labelSelector: { matchLabels: { app } }, topologyKey });
const HOST = 'kubernetes.io/hostname';
const ending = (one: ReturnType<typeof pod>) => ({
  ...one,
  metadata: { ...one.metadata, deletionTimestamp: '2026-06-01T00:00:00Z' },
});
const question = (...objects: ReturnType<typeof pod>[]) => ({
  rule: () => podAntiAffinityRule,
  objects: [...NODES, ...objects],
  pod: 'p',
});

test.each<readonly [string, ReturnType<typeof pod>[], string[]]>([
  ['on its node', [pod('p', 'a1', fromApp('db', HOST)), pod('db', 'b1', { app: 'db' })], ['a2', 'b2', 'none']],
  [
    'on its node until it has ended',
    [pod('p', 'a1', fromApp('db', HOST)), ending(pod('db', 'b1', { app: 'db' }))],
    ['a2', 'b2', 'none'],
  ],
  [
    'in its zone, and a node without a zone is in none',
    [pod('p', 'a1', fromApp('db', 'zone')), pod('db', 'b1', { app: 'db' })],
    ['a2', 'none'],
  ],
  [
    'what others say of it counts as well',
    [pod('p', 'a1'), pod('db', 'b1', { app: 'db', ...fromApp('web', 'zone') })],
    ['a2', 'none'],
  ],
  [
    'its own node is left, and with it who was there',
    [pod('p', 'a1', fromApp('db', 'zone')), pod('db', 'a1', { app: 'db' })],
    ['a2', 'b1', 'b2', 'none'],
  ],
  [
    'another namespace is not meant',
    [pod('p', 'a1', fromApp('db', HOST)), pod('db', 'b1', { app: 'db', namespace: 'other' })],
    ['a2', 'b1', 'b2', 'none'],
  ],
  [
    'a namespace that is named is',
    [
      pod(
        'p',
        'a1',
        apart({ labelSelector: { matchLabels: { app: 'db' } }, namespaces: ['other'], topologyKey: HOST }),
      ),
      pod('db', 'b1', { app: 'db', namespace: 'other' }),
    ],
    ['a2', 'b2', 'none'],
  ],
  [
    'an empty namespace selector means all of them',
    [
      pod(
        'p',
        'a1',
        apart({ labelSelector: { matchLabels: { app: 'db' } }, namespaceSelector: {}, topologyKey: HOST }),
      ),
      pod('db', 'b1', { app: 'db', namespace: 'other' }),
    ],
    ['a2', 'b2', 'none'],
  ],
  [
    'matchLabelKeys narrows it to the same revision',
    [
      pod('p', 'a1', {
        labels: { rev: '1' },
        ...apart({ labelSelector: { matchLabels: { app: 'db' } }, matchLabelKeys: ['rev'], topologyKey: HOST }),
      }),
      pod('old', 'b1', { app: 'db', labels: { rev: '0' } }),
      pod('new', 'b2', { app: 'db', labels: { rev: '1' } }),
    ],
    ['a2', 'b1', 'none'],
  ],
  [
    'mismatchLabelKeys to every other one',
    [
      pod('p', 'a1', {
        labels: { rev: '1' },
        ...apart({ labelSelector: { matchLabels: { app: 'db' } }, mismatchLabelKeys: ['rev'], topologyKey: HOST }),
      }),
      pod('old', 'b1', { app: 'db', labels: { rev: '0' } }),
      pod('new', 'b2', { app: 'db', labels: { rev: '1' } }),
    ],
    ['a2', 'b2', 'none'],
  ],
  [
    'without a selector nobody is meant',
    [pod('p', 'a1', apart({ topologyKey: HOST })), pod('db', 'b1')],
    ['a2', 'b1', 'b2', 'none'],
  ],
])('%s', (_name, objects, expected) => {
  expect(letsOnto(question(...objects))).toEqual(expected);
});

test('a pod of a DaemonSet on the node that goes is in its zone until the node is deleted', () => {
  const daemon = pod('d', 'a1', { app: 'db', owner: { kind: 'DaemonSet', name: 'd' } });
  expect(letsOnto(question(pod('p', 'a1', fromApp('db', 'zone')), daemon))).toEqual(['b1', 'b2', 'none']);
});

test('another one that moves and is kept off makes a whole domain unfit, whoever of the two says so', () => {
  const inZone = question(pod('p', 'none', fromApp('web', 'zone')));
  expect(hinderedBy(inZone, [pod('x', 'none')])).toBe(2);
  expect(hinderedBy(question(pod('p', 'none')), [pod('x', 'none', { app: 'db', ...fromApp('web', HOST) })])).toBe(1);
  expect(hinderedBy(inZone, [pod('x', 'none', { app: 'other' })])).toBe(0);
});
