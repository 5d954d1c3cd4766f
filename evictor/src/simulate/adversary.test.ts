/** Clusters in which one order of the scheduler's decisions leaves somebody without a place, each found by a second reading of the proof. */
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { expect, test } from 'vitest';
import { node, pod, replicaSet } from '../testing/objects.ts';
import { stateOf } from '../testing/state-of.ts';
import type { RemovalPolicy } from './removal-policy.ts';
import { simulate } from './simulate.ts';

const POLICY: RemovalPolicy = { isAggressive: false, isScoped: false, nodeGraceMs: 0, headroom: 0, rules: [] };
const KEPT = { 'autoscaling.cast.ai/removal-disabled': 'true' };
const kept = (
  name: string,
  labels: Record<string, string> = {},
  allocatable: Record<string, string> = {},
): KubeObject => node(name, { labels: { ...labels, ...KEPT }, allocatable });
const apart = (...terms: readonly (readonly [app: string, topologyKey: string])[]) => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: terms.map(([app, topologyKey]) => ({
        labelSelector: { matchLabels: { app } },
        topologyKey,
      })),
    },
  },
});

const spreadOver = (topologyKey: string, app: string): Record<string, unknown> => ({
  topologyKey,
  maxSkew: 1,
  whenUnsatisfiable: 'DoNotSchedule',
  labelSelector: { matchLabels: { app } },
});

function removable(objects: readonly KubeObject[], policy: Partial<RemovalPolicy> = {}): string[] {
  const sets = ['web', 'a', 'b'].map((name) => replicaSet(name, 3));
  const state = stateOf([...sets, ...objects]);
  return simulate({ state, policy: { ...POLICY, ...policy }, nowMs: 0 }).removable.map(({ node: { name } }) => name);
}

function ending(object: KubeObject): KubeObject {
  object.metadata['deletionTimestamp'] = '2026-06-01T00:00:00Z';
  return object;
}

test('pods that share no node meet in a zone', () => {
  const inPool = (pool: string): Record<string, unknown> => ({ nodeSelector: { pool } });
  const nodes = [
    node('a0', { labels: { pool: 'a', zone: '0' } }),
    kept('a1', { pool: 'a', zone: '1' }),
    kept('a2', { pool: 'a', zone: '2' }),
    node('b0', { labels: { pool: 'b', zone: '3' } }),
    kept('b1', { pool: 'b', zone: '1' }),
    kept('b2', { pool: 'b', zone: '2' }),
  ];
  const a = pod('a', 'a0', { app: 'a', ...inPool('a'), ...apart(['b', 'zone']) });
  const bs = ['x', 'y'].map((name) => pod(name, 'b0', { app: 'b', ...inPool('b') }));
  expect(removable([...nodes, a, ...bs])).toEqual(['a0']);
  expect(removable([...nodes, a, ...bs.slice(0, 1)])).toEqual(['a0', 'b0']);
});

test('one pod closes a zone and a rack at once', () => {
  const nodes = [
    node('home'),
    kept('a', { zone: '1', rack: '1' }),
    kept('b', { zone: '1', rack: '2' }),
    kept('c', { zone: '2', rack: '1' }),
  ];
  const moved = pod('m', 'home', { app: 'a', ...apart(['b', 'zone'], ['b', 'rack']) });
  expect(removable([...nodes, moved])).toEqual(['home']);
  expect(removable([...nodes, moved, pod('x', 'home', { app: 'b' })])).toEqual([]);
});

test('all terms of an affinity have to mean the same pod', () => {
  const term = (key: string, value: string): Record<string, unknown> => ({
    labelSelector: { matchLabels: { [key]: value } },
    topologyKey: 'zone',
  });
  const near = {
    affinity: {
      podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term('db', 'y'), term('tier', 'be')] },
    },
  };
  const nodes = [node('home', { labels: { zone: 'a' } }), kept('b', { zone: 'b' })];
  const db = pod('db', 'b', { labels: { db: 'y' } });
  expect(removable([...nodes, pod('m', 'home', near), db, pod('be', 'b', { labels: { tier: 'be' } })])).toEqual([]);
  expect(
    removable([...nodes, pod('m', 'home', near), db, pod('both', 'b', { labels: { db: 'y', tier: 'be' } })]),
  ).toEqual(['home']);
});

test('a pod that is ending and made anew only afterwards needs a place', () => {
  const nodes = [node('home'), kept('b')];
  const set = { owner: { kind: 'StatefulSet', name: 's' } };
  expect(removable([...nodes, ending(pod('s-0', 'home', set))])).toEqual([]);
  // Of a ReplicaSet the next one is there already; one that is recreated has a ReplicaSet that wants none.
  expect(removable([...nodes, ending(pod('w', 'home'))])).toEqual(['home']);
  expect(removable([...nodes, ending(pod('r', 'home', { app: 'recreated' }))])).toEqual([]);
});

test('what is made anew elsewhere may take the only place', () => {
  const nodes = [node('home'), kept('b', {}, { cpu: '2' }), kept('c', {}, { cpu: '1' })];
  const moved = pod('m', 'home');
  const set = ending(pod('s-0', 'c', { owner: { kind: 'StatefulSet', name: 's' } }));
  expect(removable([...nodes, moved])).toEqual(['home']);
  expect(removable([...nodes, moved, set, pod('f', 'b', { requests: { cpu: '1' } })])).toEqual([]);
});

test('a pod that waits for another one to end has its place already', () => {
  const nodes = [node('home'), kept('b', {}, { cpu: '5' })];
  const victim = ending(pod('v', 'b', { requests: { cpu: '3' } }));
  const waiting = pod('w', '', { app: 'a', requests: { cpu: '5' }, nodeSelector: { 'kubernetes.io/hostname': 'b' } });
  expect(removable([...nodes, pod('m', 'home', { requests: { cpu: '2' } }), victim])).toEqual(['home']);
  expect(removable([...nodes, pod('m', 'home', { requests: { cpu: '2' } }), victim, waiting])).toEqual([]);
});

test('a node that somebody drains will send its pods where others were to go', () => {
  const drained = kept('d');
  drained['spec'] = { unschedulable: true };
  const nodes = [node('home'), kept('b', {}, { cpu: '4' }), drained];
  const moved = pod('m', 'home', { requests: { cpu: '2' } });
  expect(removable([...nodes, moved])).toEqual(['home']);
  expect(removable([...nodes, moved, pod('x', 'd', { requests: { cpu: '3' } })])).toEqual([]);
});

test('the place of a pod that waits for the scheduler is kept', () => {
  const nodes = [node('a'), kept('b', {}, { cpu: '500m' })];
  expect(removable(nodes)).toEqual(['a']);
  expect(removable([...nodes, pod('w', '')])).toEqual([]);
});

test('a pod of another scheduler may come anywhere', () => {
  const nodes = [node('home'), kept('b', {}, { cpu: '1' })];
  const foreign = pod('f', '', { app: 'a', schedulerName: 'volcano', nodeSelector: { pool: 'none' } });
  expect(removable([...nodes, pod('m', 'home')])).toEqual(['home']);
  expect(removable([...nodes, pod('m', 'home'), foreign])).toEqual([]);
  // Nor does it have to find the room that it asks for.
  const large = pod('f', '', { app: 'a', schedulerName: 'volcano', requests: { cpu: '100' } });
  expect(removable([...nodes, pod('m', 'home'), large])).toEqual([]);
});

test('a place that can be filled up in two ways takes away one place, not two', () => {
  const nodes = [node('home'), kept('wide', {}, { cpu: '10' }), kept('narrow', {}, { cpu: '1', pods: '1' })];
  const waiting = ['x', 'y'].map((name) => pod(name, '', { app: 'a', requests: { cpu: '500m', memory: '1Gi' } }));
  expect(removable([...nodes, pod('m', 'home'), ...waiting])).toEqual(['home']);
});

test('a pod that waits may push others out once its neighbour has moved', () => {
  const nodes = [
    node('home', { labels: { zone: 'a' } }),
    kept('a', { zone: 'a' }, { cpu: '1' }),
    kept('b', { zone: 'b' }),
  ];
  const there = [...nodes, pod('m', 'home', { app: 'b' }), pod('low', 'a', { priority: -10 })];
  const waiting = (spec: Record<string, unknown>): KubeObject =>
    pod('w', '', { app: 'a', priority: 100, nodeSelector: { 'kubernetes.io/hostname': 'a' }, ...spec });
  const keptOff = apart(['b', 'zone']);
  expect(removable([...there, waiting(keptOff)])).toEqual([]);
  expect(removable([...there, waiting({ topologySpreadConstraints: [spreadOver('rack', 'b')] })])).toEqual([]);
  const near = keptOff.affinity;
  expect(removable([...there, waiting({ affinity: { podAffinity: near.podAntiAffinity } })])).toEqual([]);
  const holder = pod('m', 'home', { app: 'b', ...apart(['a', 'zone']) });
  const others = there.filter(({ metadata }) => metadata.name !== 'm');
  expect(removable([...others, holder, waiting({})])).toEqual([]);
  // A node that goes is a domain less.
  expect(removable([...there, waiting({ topologySpreadConstraints: [spreadOver('zone', 'x')] })])).toEqual([]);
  expect(removable([...there, waiting({ topologySpreadConstraints: [spreadOver('rack', 'x')] })])).toEqual(['home']);
  // What waits for room alone or for somebody else, never preempts, or is of no higher priority puts nobody out.
  expect(removable([...there, waiting({})])).toEqual(['home']);
  expect(removable([...there, waiting(apart(['x', 'zone']))])).toEqual(['home']);
  expect(removable([...there, waiting({ ...keptOff, preemptionPolicy: 'Never' })])).toEqual(['home']);
  expect(removable([...there, waiting({ ...keptOff, priority: -10 })])).toEqual(['home']);
  const elsewhere = pod('low', 'b', { priority: -10, requests: { cpu: '1' } });
  const taken = pod('equal', 'a', { priority: 100 });
  const reach = [...nodes, pod('m', 'home', { app: 'b' }), elsewhere, taken];
  expect(removable([...reach, waiting(keptOff)])).toEqual(['home']);
});
