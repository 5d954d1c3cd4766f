import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { expect, test } from 'vitest';
import { node, pod, type PodWishes, replicaSet } from '../testing/objects.ts';
import { stateOf } from '../testing/state-of.ts';
import type { RemovalPolicy } from './removal-policy.ts';
import { type SearchBefore, turnsAfter } from './search-before.ts';
import { simulate, simulateInSteps } from './simulate.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const POLICY: RemovalPolicy = { isAggressive: false, isScoped: false, nodeGraceMs: 300_000, headroom: 0, rules: [] };

const STAYS = { labels: { 'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true' } };

/** A pod that asks for this many cores, and for 1 GiB. */
const asks = (cpu: string): PodWishes => ({ requests: { cpu, memory: '1Gi' } });

function removal(objects: readonly KubeObject[], policy: Partial<RemovalPolicy> = {}): Record<string, string[]> {
  const { removable, blocked } = simulate({ state: stateOf(objects), policy: { ...POLICY, ...policy }, nowMs: NOW });
  const going = removable.map(({ node: { name }, moves }) => [
    name,
    moves.map((move) => `${move.pod.name} to ${move.to}`),
  ]);
  const staying = blocked.map(({ node: { name }, blockers }) => [name, blockers.map(({ code }) => code)]);
  return Object.fromEntries([...going, ...staying]);
}

test('the emptiest node goes, its pods to where there is room, and the next one only while there is', () => {
  const objects = [
    replicaSet('web', 3),
    node('a'),
    node('b'),
    node('c'),
    pod('a1', 'a'),
    ...['b1', 'b2'].map((name) => pod(name, 'b')),
    ...['c1', 'c2', 'c3'].map((name) => pod(name, 'c')),
  ];
  expect(removal(objects)).toEqual({ a: ['a1 to b'], b: ['crowded'], c: ['later'] });
});

test('who is on a node that is gone looks for a place soon', () => {
  const objects = [replicaSet('web', 3), node('a'), node('b', STAYS), pod('a1', 'a', asks('2'))];
  expect(removal([...objects, pod('bare', 'gone', { ...asks('3'), owner: null })])).toMatchObject({ a: ['a1 to b'] });
  const successor = [...objects, pod('lost', 'gone', asks('3'))];
  expect(removal(successor)['a']).toEqual(['crowded']);
});

test('a topology key that no node has makes no domain, however it is called', () => {
  const antiAffinity = [{ topologyKey: 'constructor', labelSelector: { matchLabels: { app: 'web' } } }];
  const apart = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: antiAffinity } } };
  const objects = [replicaSet('web', 2), node('a'), node('b', STAYS), pod('a1', 'a', apart), pod('b1', 'b', apart)];
  expect(removal(objects)['a']).toEqual(['a1 to b']);
});

test('pods of one template go to nodes of the kind that each of them is on', () => {
  const on = (os: string) => ({ labels: { 'kubernetes.io/os': os } });
  const stays = (os: string) => ({ labels: { ...on(os).labels, ...STAYS.labels } });
  const objects = [
    replicaSet('web', 4),
    node('l1', on('linux')),
    node('l2', stays('linux')),
    node('w1', on('windows')),
  ];
  const pods = [pod('a', 'l1'), pod('b', 'w1')];
  expect(removal([...objects, ...pods])).toMatchObject({ l1: ['a to l2'], w1: ['platform'] });
  expect(removal([...objects, ...pods, node('w2', stays('windows'))])).toMatchObject({
    l1: ['a to l2'],
    w1: ['b to w2'],
  });
});

test('what a virtual kubelet reports to have is not saved', () => {
  const room = { cpu: '10000', memory: '4Ti', pods: '5000' };
  const taints = [{ key: 'virtual-kubelet.io/provider', value: 'azure', effect: 'NoSchedule' }];
  const options = { state: stateOf([node('virtual-node-aci-linux', { allocatable: room, taints }), node('a')]) };
  const { removable, saved, blocked } = simulate({ ...options, policy: POLICY, nowMs: NOW });
  expect(removable.map((one) => one.node.name)).toEqual(['a']);
  expect(saved['cpu']).toBe(4000);
  expect(blocked.map(({ blockers }) => blockers.map(({ code }) => code))).toEqual([['virtual_node']]);
});

test('of a pod that may not move its budget is told as well', () => {
  const budget = {
    kind: 'PodDisruptionBudget',
    metadata: { name: 'x', namespace: 'shop', uid: 'x', generation: 1 },
    spec: { selector: {} },
    status: { observedGeneration: 1, disruptionsAllowed: 0, expectedPods: 1, desiredHealthy: 1, currentHealthy: 1 },
  };
  const objects = [node('a'), node('b', STAYS), pod('p', 'a', { owner: null }), budget];
  expect(removal(objects)['a']).toEqual(['bare_pod', 'pdb_no_budget']);
});

test('of what keeps a pod off other nodes the want of room is told, where that came last', () => {
  const objects = [
    replicaSet('web', 2),
    node('a'),
    node('b', { taints: [{ key: 'own', effect: 'NoSchedule' }] }),
    node('c', STAYS),
    ...['a', 'c'].map((name) => pod(`on-${name}`, name, asks('3'))),
  ];
  expect(removal(objects)['a']).toEqual(['no_room_cpu']);
});

test('of many nodes that take pods of one kind, each of them is shown on others than those that the one before was compared on', () => {
  const many = Array.from({ length: 130 }, (_nothing, index) => node(`n${String(index).padStart(3, '0')}`, STAYS));
  const objects = [replicaSet('web', 3), node('a'), ...many, ...['1', '2', '3'].map((name) => pod(name, 'a'))];
  expect(removal(objects)['a']).toEqual(['1 to n000', '2 to n064', '3 to n128']);
});

test('nodes that are kept by their own pods are not asked first again and again where there is no time for all', () => {
  const names = ['a', 'b', 'c'];
  const objects = [
    replicaSet('web', 4),
    ...[...names, 'd'].map((name) => node(name)),
    ...names.map((name) => pod(`on-${name}`, name, { nodeSelector: { 'kubernetes.io/hostname': name } })),
    ...['1', '2'].map((name) => pod(`on-d${name}`, 'd')),
  ];
  let before: SearchBefore | undefined;
  const asked = [1, 2, 3, 4].map(() => {
    const options = { state: stateOf(objects), policy: POLICY, nowMs: NOW, hasTime: () => false, before };
    const found = simulate(options);
    before = { removal: found, isSameCluster: false, turns: turnsAfter(found, before?.turns) };
    const staying = found.blocked.filter(({ blockers }) => blockers.every(({ code }) => code !== 'not_looked_at'));
    return [...found.removable, ...staying].map(({ node: { name } }) => name);
  });
  expect(asked).toEqual([['a'], ['b'], ['c'], ['d']]);
});

test('others have their turn between any two kinds of pods that are asked, and any two pods that are shown to move', () => {
  const stepsWith = (kinds: number): number => {
    const apps = Array.from({ length: kinds }, (_nothing, index) => `app-${String(index)}`);
    const pods = apps.map((app) => pod(app, 'a', { app }));
    const state = stateOf([
      node('a'),
      node('z', { ...KEPT, allocatable: { cpu: '64', memory: '256Gi', pods: '100' } }),
      ...apps.map((app) => replicaSet(app, 2)),
      ...pods,
    ]);
    const steps = simulateInSteps({ state, policy: POLICY, nowMs: NOW });
    for (let count = 0; ; count += 1) {
      const { done, value } = steps.next();
      if (done !== true) continue;
      expect(value.removable.map(({ moves }) => moves.length)).toEqual([kinds]);
      return count;
    }
  };
  // Alone, with the others, and to be shown.
  expect(stepsWith(6) - stepsWith(2)).toBe(4 * 3);
});

/** It stays, so that a test says where the pods of others go. */
const KEPT = { labels: { 'autoscaling.cast.ai/removal-disabled': 'true' } };

test('two pods that fit on the other node one by one, but not together, stay', () => {
  const objects = [
    replicaSet('web', 3),
    node('a'),
    node('b', { ...KEPT, allocatable: { cpu: '2' } }),
    pod('a1', 'a', asks('1500m')),
    pod('a2', 'a', asks('1500m')),
  ];
  expect(removal(objects)).toEqual({ a: ['crowded'], b: ['removal_disabled'] });
});

test('a pod that waits already is given its place first', () => {
  const objects = [replicaSet('web', 3), node('a'), node('b', { ...KEPT, allocatable: { cpu: '1' } }), pod('a1', 'a')];
  const waiting = pod('w', '', { app: 'wait', nodeSelector: { 'kubernetes.io/hostname': 'b' } });
  expect(removal(objects)).toEqual({ a: ['a1 to b'], b: ['removal_disabled'] });
  expect(removal([...objects, waiting])).toEqual({ a: ['crowded'], b: ['removal_disabled'] });
});

test("a pod that waits and fits nowhere takes nobody's place", () => {
  const objects = [replicaSet('web', 3), node('a'), node('b', { ...KEPT, allocatable: { cpu: '1' } }), pod('a1', 'a')];
  const waiting = pod('w', '', { app: 'wait', ...asks('64') });
  expect(removal([...objects, waiting])).toEqual({ a: ['a1 to b'], b: ['removal_disabled'] });
});

test('what a pod that waits is not sure of need not be kept for it', () => {
  const objects = [node('a'), node('b', KEPT)];
  const waiting = ['x', 'y'].map((name) =>
    pod(name, '', { app: name, ...asks('3'), nodeSelector: { 'kubernetes.io/hostname': 'b' } }),
  );
  expect(removal([...objects, ...waiting])['a']).toEqual([]);
  expect(removal([...objects, ...waiting.slice(1)])['a']).toEqual([]);
});

test('the successor of one that is ending looks for one place, not for two when its node goes', () => {
  const objects = [node('a'), node('b', { ...KEPT, allocatable: { cpu: '3' } })];
  const ending = pod('s', 'a', { ...asks('2'), owner: { kind: 'StatefulSet', name: 's' } });
  const metadata = { ...ending.metadata, deletionTimestamp: '2026-06-01T00:00:00Z' };
  expect(removal([...objects, { ...ending, metadata }], { isAggressive: true })['a']).toEqual(['s to b']);
});

test('headroom is kept free on the nodes that pods come to', () => {
  const objects = [replicaSet('web', 3), node('a'), node('b', { ...KEPT, allocatable: { cpu: '1' } }), pod('a1', 'a')];
  expect(removal(objects, { headroom: 0.05 })).toEqual({ a: ['no_room_cpu'], b: ['removal_disabled'] });
});

test('a node that may go with more headroom may go with less, although a place in the way of the proof has room then', () => {
  const own = { tolerations: [{ key: 'own', operator: 'Exists' }], requests: { cpu: '500m', memory: '512Mi' } };
  const small = { ...KEPT, allocatable: { cpu: '3', memory: '3Gi' } };
  const objects = [
    replicaSet('web', 3),
    replicaSet('others', 6),
    node('a'),
    node('b', { taints: own.tolerations.map(({ key }) => ({ key, effect: 'NoSchedule' })) }),
    // The others of b are sure of a place here, and could come to the small nodes instead.
    node('big', {
      ...KEPT,
      allocatable: { cpu: '64', memory: '256Gi' },
      taints: [{ key: 'own', effect: 'NoSchedule' }],
    }),
    ...['s1', 's2', 's3'].map((name) => node(name, small)),
    node('tight', { ...KEPT, allocatable: { cpu: '4', memory: '4Gi' } }),
    pod('filler', 'tight', { requests: { cpu: '2900m', memory: '2970Mi' } }),
    pod('a1', 'a'),
    ...['1', '2', '3', '4', '5', '6'].map((name) => pod(`b${name}`, 'b', { app: 'others', ...own })),
  ];
  const going = (headroom: number): string[] =>
    Object.entries(removal(objects, { headroom })).flatMap(([name, [first = '']]) =>
      first.includes(' to ') ? [name] : [],
    );
  expect(going(0.03)).toEqual(['a', 'b']);
  expect(going(0)).toEqual(['a', 'b']);
});

test('what a node that finds no room leaves in a budget does not free others: more headroom would free more', () => {
  const gpu = { labels: { gpu: 'yes' } };
  const tiny = { requests: { cpu: '100m', memory: '1Mi' }, nodeSelector: { gpu: 'no' } };
  const wants = { nodeSelector: { gpu: 'yes' }, app: 'train', labels: { tier: 'front' } };
  const budget = {
    kind: 'PodDisruptionBudget',
    metadata: { name: 'front', namespace: 'shop', uid: 'pdb', generation: 1 },
    spec: { selector: { matchLabels: { tier: 'front' } }, maxUnavailable: 2 },
    status: { disruptionsAllowed: 2, observedGeneration: 1, currentHealthy: 4, desiredHealthy: 2, expectedPods: 4 },
  };
  const objects = [
    replicaSet('web', 3),
    replicaSet('train', 2),
    budget,
    ...['a', 'c'].map((name) =>
      node(name, {
        labels: { gpu: 'no', ...(name === 'c' ? KEPT.labels : {}) },
        ...(name === 'c' ? { allocatable: { cpu: '200m' } } : {}),
      }),
    ),
    ...['a1', 'a2'].map((name) => pod(name, 'a', { ...tiny, labels: { tier: 'front' } })),
    ...['x', 'y'].map((name) => node(name, gpu)),
    node('z', { labels: { ...gpu.labels, ...KEPT.labels } }),
    pod('x1', 'x', wants),
    pod('y1', 'y', wants),
  ];
  const going = (headroom: number): string[] =>
    Object.entries(removal(objects, { headroom })).flatMap(([name, [first = '']]) =>
      first.includes(' to ') ? [name] : [],
    );
  expect(going(0)).toEqual(['a']);
  expect(going(0.05)).toEqual([]);
});

test('a budget is one account across all nodes that go', () => {
  const budget = {
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web', namespace: 'shop', uid: 'pdb', generation: 1 },
    spec: { selector: { matchLabels: { app: 'web' } }, maxUnavailable: 1 },
    status: { disruptionsAllowed: 1, observedGeneration: 1, currentHealthy: 3, desiredHealthy: 2, expectedPods: 3 },
  };
  const objects = [replicaSet('web', 3), node('a'), node('b'), node('c', KEPT), pod('a1', 'a'), pod('b1', 'b'), budget];
  expect(removal(objects)).toEqual({ a: ['a1 to c'], b: ['pdb_no_budget'], c: ['removal_disabled'] });
});

test('what stops one kind of node does not stop another kind', () => {
  const gpu = { labels: { gpu: 'yes' }, taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] };
  const wants = { nodeSelector: { gpu: 'yes' }, tolerations: [{ key: 'gpu', operator: 'Exists' }] };
  const objects = [
    replicaSet('web', 3),
    replicaSet('train', 2),
    ...['a', 'b'].map((name) => node(name)),
    ...['x', 'y'].map((name) => node(name, gpu)),
    ...['a1', 'a2', 'a3'].map((name) => pod(name, 'a')),
    ...['b1', 'b2', 'b3', 'b4'].map((name) => pod(name, 'b', { nodeSelector: { 'kubernetes.io/os': 'linux' } })),
    pod('x1', 'x', { app: 'train', ...wants }),
    pod('y1', 'y', { app: 'train', ...asks('2'), ...wants }),
  ];
  expect(removal(objects)).toMatchObject({ x: ['x1 to y'], y: ['node_affinity'] });
});
