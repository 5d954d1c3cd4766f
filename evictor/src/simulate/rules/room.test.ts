import { expect, test } from 'vitest';
import { hinderedBy, letsOnto } from '../../testing/judge-places.ts';
import { node, pod } from '../../testing/objects.ts';
import { roomRule } from './room.ts';

const OBJECTS = [
  node('cpu', { allocatable: { cpu: '2' } }),
  node('few', { allocatable: { pods: '1' } }),
  node('gpu', { allocatable: { 'example.com/gpu': '1' } }),
  node('home'),
  node('memory', { allocatable: { memory: '2Gi' } }),
  pod('on-few', 'few', { requests: {} }),
  pod('on-memory', 'memory', { requests: { memory: '2Gi' } }),
];
const asking = (spec: Record<string, unknown>, headroom = 0) => ({
  rule: () => roomRule,
  objects: [...OBJECTS, pod('p', 'home', spec)],
  pod: 'p',
  headroom,
});

test.each<readonly [string, Record<string, unknown>, string[]]>([
  ['nothing requested, which fits beside what is full', { requests: {} }, ['cpu', 'gpu', 'memory']],
  ['cores', { requests: { cpu: '2500m' } }, ['gpu', 'memory']],
  ['just what is left', { requests: { cpu: '2' } }, ['cpu', 'gpu', 'memory']],
  ['a byte of memory', { requests: { memory: '1' } }, ['cpu', 'gpu']],
  ['a device', { requests: { 'example.com/gpu': '1' } }, ['gpu']],
  ['a device that no node has', { requests: { 'example.com/fpga': '1' } }, []],
  [
    'an init container that is larger than all others together',
    {
      initContainers: [{ name: 'i', resources: { requests: { cpu: '3' } } }],
      containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }],
    },
    ['gpu', 'memory'],
  ],
  [
    'a sidecar, which runs beside the others',
    {
      initContainers: [{ name: 's', restartPolicy: 'Always', resources: { requests: { cpu: '1500m' } } }],
      containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }],
    },
    ['gpu', 'memory'],
  ],
  ['an overhead', { requests: { cpu: '1500m' }, overhead: { cpu: '600m' } }, ['gpu', 'memory']],
  [
    'what is said for the pod as a whole',
    { requests: { cpu: '1' }, resources: { requests: { cpu: '3' } } },
    ['gpu', 'memory'],
  ],
])('%s', (_name, spec, expected) => {
  expect(letsOnto(asking(spec))).toEqual(expected);
});

test('a node that tells no capacity takes nobody who asks for anything, and nobody at all without a number of pods', () => {
  const unknown = node('unknown');
  unknown['status'] = { conditions: [{ type: 'Ready', status: 'True' }] };
  const home = [node('home'), unknown];
  const places = (spec: Record<string, unknown>): string[] =>
    letsOnto({ rule: () => roomRule, objects: [...home, pod('p', 'home', spec)], pod: 'p' });
  expect(places({ requests: { cpu: '1m' } })).toEqual([]);
  expect(places({ requests: {} })).toEqual([]);
});

test('the larger of what is wished and what is in use counts while a pod is resized', () => {
  const resized = pod('p', 'home', { requests: { cpu: '1' } });
  resized['status'] = { containerStatuses: [{ name: 'main', resources: { requests: { cpu: '3' } } }] };
  expect(letsOnto({ rule: () => roomRule, objects: [...OBJECTS, resized], pod: 'p' })).toEqual(['gpu', 'memory']);
});

test('a share of cores and memory is kept free, and pods are counted whole', () => {
  expect(letsOnto(asking({ requests: { cpu: '2' } }, 0.05))).toEqual(['gpu', 'memory']);
  expect(letsOnto(asking({ requests: { cpu: '1900m' } }, 0.05))).toEqual(['cpu', 'gpu', 'memory']);
});

test('others can fill as many nodes as they have requests for, the fullest ones first', () => {
  const question = asking({ requests: { cpu: '1500m' } });
  // 501 thousandths fill the smallest node, 2501 each of the other two.
  expect(hinderedBy(question, [pod('x', 'few', { requests: { cpu: '500m' } })])).toBe(0);
  expect(hinderedBy(question, [pod('x', 'few', { requests: { cpu: '501m' } })])).toBe(1);
  expect(hinderedBy(question, [pod('x', 'few', { requests: { cpu: '3001m' } })])).toBe(1);
  expect(hinderedBy(question, [pod('x', 'few', { requests: { cpu: '3002m' } })])).toBe(2);
});
