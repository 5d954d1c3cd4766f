import { expect, test } from 'vitest';
import { letsOnto } from '../../testing/judge-places.ts';
import { node, pod, type PodWishes } from '../../testing/objects.ts';
import { platformRule } from './platform.ts';

const on = (os: string, arch: string) => ({ labels: { 'kubernetes.io/os': os, 'kubernetes.io/arch': arch } });
const NODES = [
  node('arm', on('linux', 'arm64')),
  node('home', on('linux', 'amd64')),
  node('linux', on('linux', 'amd64')),
  node('windows', on('windows', 'amd64')),
];

function required(...terms: Record<string, unknown>[]): PodWishes {
  const nodeSelectorTerms = terms.map((term) => ({ matchExpressions: [term] }));
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } };
}

test.each<readonly [string, PodWishes, string[]]>([
  ['that says nothing stays where its image is known to run', {}, ['linux']],
  [
    'that names its system by the older name',
    { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } },
    ['linux', 'windows'],
  ],
  [
    'that names the processors it is made for',
    required({ key: 'kubernetes.io/arch', operator: 'In', values: ['amd64', 'arm64'] }),
    ['arm', 'linux'],
  ],
  [
    'that names them in one of two terms, of which any may match',
    required({ key: 'kubernetes.io/arch', operator: 'Exists' }, { key: 'disk', operator: 'DoesNotExist' }),
    ['linux'],
  ],
  ['that names something else', required({ key: 'disk', operator: 'Exists' }), ['linux']],
])('a pod %s', (_name, wishes, expected) => {
  const objects = [...NODES, pod('p', 'home', wishes)];
  expect(letsOnto({ rule: () => platformRule, objects, pod: 'p' })).toEqual(expected);
});

test('where all nodes are alike nothing is asked, and of who waits neither', () => {
  const alike = [node('home', on('linux', 'amd64')), node('linux', on('linux', 'amd64')), node('mute')];
  expect(letsOnto({ rule: () => platformRule, objects: [...alike, pod('p', 'home')], pod: 'p' })).toEqual([
    'linux',
    'mute',
  ]);
  expect(letsOnto({ rule: () => platformRule, objects: [...NODES, pod('p', '')], pod: 'p' })).toEqual([
    'arm',
    'home',
    'linux',
    'windows',
  ]);
});
