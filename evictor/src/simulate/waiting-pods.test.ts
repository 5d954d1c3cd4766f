import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { expect, test } from 'vitest';
import { node, pod } from '../testing/objects.ts';
import { stateOf } from '../testing/state-of.ts';
import { atOnce } from './at-once.ts';
import { PodKinds } from './gather-movers.ts';
import type { Mover } from './mover.ts';
import { NodeSet } from './node-set.ts';
import { Placement } from './placement.ts';
import { Proof } from './proof.ts';
import { WaitingPods } from './waiting-pods.ts';

function waitingIn(objects: readonly KubeObject[]): WaitingPods {
  const placement = new Placement(stateOf(objects));
  const kinds = new PodKinds();
  return atOnce(WaitingPods.gather({ placement, proof: new Proof(placement, kinds), kinds, workloads: new Map() }));
}

const onHost = (host: string) => ({ nodeSelector: { 'kubernetes.io/hostname': host } });
const namesOf = (movers: readonly Mover[]): string[] => movers.map((one) => one.pod.name).toSorted();

const CLUSTER = [
  node('a'),
  node('b'),
  node('cordoned', { unschedulable: true }),
  pod('stays', 'a'),
  pod('leaves', 'cordoned'),
  pod('sure', '', { app: 'sure', ...onHost('a') }),
  // Each of the two has room, and not both.
  pod('one', '', { app: 'one', requests: { cpu: '3' }, ...onHost('b') }),
  pod('two', '', { app: 'two', requests: { cpu: '3' }, ...onHost('b') }),
  pod('huge', '', { app: 'huge', requests: { cpu: '64' } }),
  pod('gated', '', { app: 'gated', requests: { cpu: '64' }, schedulingGates: [{ name: 'quota' }] }),
];

test('who may take a place waits, and whoever is on a node that takes nobody', () => {
  expect(namesOf(waitingIn(CLUSTER).all)).toEqual(['gated', 'leaves', 'one', 'sure', 'two']);
});

test('one that waits is sure of a place that nobody else who waits could fill, and of that alone nothing is taken', () => {
  // A gated one may come anywhere, and fill it.
  const waiting = waitingIn(CLUSTER.filter(({ metadata }) => metadata.name !== 'gated'));
  const sure = waiting.pending.filter((mover) => waiting.isSure(mover));
  expect(namesOf(sure)).toEqual(['sure']);
  expect(namesOf(waiting.guarded)).toEqual(['sure']);
});

test('until it is asked, one that has room somewhere is guarded', () => {
  expect(namesOf(waitingIn(CLUSTER).guarded)).toEqual(['gated', 'one', 'sure', 'two']);
});

test('those of a node that goes are met once, as those that move', () => {
  const waiting = waitingIn(CLUSTER);
  const leaving = waiting.all.find((mover) => mover.pod.name === 'leaves');
  if (leaving === undefined) throw new Error('nobody leaves');
  const countWith = (gone: NodeSet): number => waiting.crowdWith([leaving], gone).around(leaving).count;
  // Nodes in their order: a, b, cordoned.
  expect(countWith(NodeSet.of(3, [2]))).toBe(4);
  expect(countWith(NodeSet.of(3, [0]))).toBe(5);
});
