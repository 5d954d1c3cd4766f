import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { expect, test } from 'vitest';
import { hinderedBy, letsOnto } from '../../testing/judge-places.ts';
import { node, pod } from '../../testing/objects.ts';
import { ClaimUse } from '../claim-use.ts';
import { Placement } from '../placement.ts';
import { stateOf } from '../../testing/state-of.ts';
import { volumesRule } from './volumes.ts';

const claim = (name: string, spec: Record<string, unknown> = {}): KubeObject => ({
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: 'shop', uid: `claim-${name}` },
  spec: { volumeName: `volume-${name}`, accessModes: ['ReadWriteOnce'], ...spec },
  status: { phase: 'Bound' },
});
const volume = (name: string, spec: Record<string, unknown> = {}, labels: Record<string, string> = {}): KubeObject => ({
  kind: 'PersistentVolume',
  metadata: { name: `volume-${name}`, uid: `volume-${name}`, labels },
  spec: { csi: { driver: 'disk', volumeHandle: `handle-${name}` }, ...spec },
});
const limits = (name: string, count?: number): KubeObject => ({
  kind: 'CSINode',
  metadata: { name, uid: `csi-${name}` },
  spec: { drivers: [{ name: 'disk', ...(count === undefined ? {} : { allocatable: { count } }) }] },
});
const using = (name: string, at: string, ...claims: string[]): KubeObject =>
  pod(name, at, { volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })) });

const inZone = (z: string): Record<string, unknown> => ({
  nodeAffinity: {
    required: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: [z] }] }],
    },
  },
});
const NODES = [
  node('a1', { labels: { 'topology.kubernetes.io/zone': 'a' } }),
  node('a2', { labels: { 'topology.kubernetes.io/zone': 'a' } }),
  node('b1', { labels: { 'topology.kubernetes.io/zone': 'b' } }),
  ...['a1', 'a2', 'b1'].map((name) => limits(name)),
];
const question = (...objects: KubeObject[]) => ({
  rule: (placement: Placement) => volumesRule(new ClaimUse(placement), placement),
  objects: [...NODES, ...objects],
  pod: 'p',
});

test.each<readonly [string, KubeObject[], string[]]>([
  ['a volume without a place', [using('p', 'a1', 'x'), claim('x'), volume('x')], ['a2', 'b1']],
  ['a volume of a zone', [using('p', 'a1', 'x'), claim('x'), volume('x', inZone('a'))], ['a2']],
  [
    'a volume of a zone by its label',
    [using('p', 'a1', 'x'), claim('x'), volume('x', {}, { 'topology.kubernetes.io/zone': 'a' })],
    ['a2'],
  ],
  [
    'volumes of two zones, which no node has',
    [using('p', 'a1', 'x', 'y'), claim('x'), volume('x', inZone('a')), claim('y'), volume('y', inZone('b'))],
    [],
  ],
  [
    'a node that has as many as it may',
    [using('p', 'a1', 'x'), claim('x'), volume('x'), limits('a2', 1), using('q', 'a2', 'y'), claim('y'), volume('y')],
    ['b1'],
  ],
  [
    'a node of whose drivers nothing is said yet',
    [using('p', 'a1', 'x'), claim('x'), volume('x'), node('c1')],
    ['a2', 'b1'],
  ],
  [
    'a disk that was named before there was CSI, which its driver attaches since',
    [
      using('p', 'a1', 'x'),
      claim('x'),
      volume('x', { csi: undefined, awsElasticBlockStore: { volumeID: 'vol-1' } }),
      {
        kind: 'CSINode',
        metadata: { name: 'b1', uid: 'c' },
        spec: { drivers: [{ name: 'ebs.csi.aws.com', allocatable: { count: 1 } }] },
      },
    ],
    ['b1'],
  ],
  [
    'a volume without a driver',
    [using('p', 'a1', 'x'), claim('x'), volume('x', { csi: undefined, nfs: {} }), node('c1')],
    ['a2', 'b1', 'c1'],
  ],
  [
    'a node without the driver',
    [
      using('p', 'a1', 'x'),
      claim('x'),
      volume('x'),
      { kind: 'CSINode', metadata: { name: 'a2', uid: 'c' }, spec: { drivers: [] } },
    ],
    ['b1'],
  ],
])('%s', (_name, objects, expected) => {
  expect(letsOnto(question(...objects))).toEqual(expected);
});

test('others bring volumes of the same driver, and can use up what a node takes', () => {
  const own = [
    using('p', 'a1', 'x'),
    claim('x'),
    volume('x'),
    claim('y'),
    volume('y'),
    limits('a2', 1),
    limits('b1', 2),
  ];
  expect(hinderedBy(question(...own), [using('q', 'a1', 'y')])).toBe(1);
  expect(hinderedBy(question(...own), [using('q', 'a1')])).toBe(0);
});

test.each<readonly [string, KubeObject[], string | undefined]>([
  ['a claim that is bound', [claim('x'), volume('x')], undefined],
  ['no claim', [], 'claim shop/x is not known'],
  ['no volume', [claim('x')], 'volume volume-x of claim shop/x is not known'],
  [
    'a claim that waits for its first consumer',
    [{ ...claim('x', { volumeName: '' }), status: { phase: 'Pending' } }],
    'claim shop/x is not bound',
  ],
  [
    'a claim that another pod uses',
    [claim('x'), volume('x'), using('q', 'b1', 'x')],
    'claim shop/x is used by shop/q as well, and can be on one node only',
  ],
  [
    'a claim that many may use',
    [claim('x', { accessModes: ['ReadWriteMany'] }), volume('x'), using('q', 'b1', 'x')],
    undefined,
  ],
  [
    'a volume that asks for something unknown',
    [claim('x'), volume('x', { nodeAffinity: { required: { nodeSelectorTerms: [{ matchSomething: [] }] } } })],
    'volume volume-x says matchSomething',
  ],
])('%s', (_name, objects, expected) => {
  const placement = new Placement(stateOf([...NODES, using('p', 'a1', 'x'), ...objects]));
  const mine = placement.nodes[0]?.pods[0];
  expect(mine && new ClaimUse(placement).problems(mine)).toEqual(expected === undefined ? [] : [expected]);
});

test('a claim of which nothing is known can be a volume of any driver', () => {
  const own = [using('p', 'a1', 'x'), claim('x'), volume('x'), limits('a2', 1), limits('b1', 2)];
  expect(hinderedBy(question(...own), [using('q', 'a1', 'nobody knows')])).toBe(1);
  expect(letsOnto(question(...own, using('q', 'a2', 'nobody knows')))).toEqual(['b1']);
});

test('each claim of which something is wrong is named', () => {
  const state = stateOf([node('a1'), using('p', 'a1', 'x', 'y', 'z'), claim('y'), volume('y')]);
  const placement = new Placement(state);
  const [mine] = state.pods;
  expect(mine && new ClaimUse(placement).problems(mine)).toEqual([
    'claim shop/x is not known',
    'claim shop/z is not known',
  ]);
});
