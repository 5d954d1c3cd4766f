/** A pod that nobody wanted to move loses its place, because another one's neighbour has moved: the real scheduler does that. */
import { simulate } from '@castai/evictor/simulate/simulate.ts';
import { stateOf } from '@castai/evictor/testing/state-of.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { expect, test } from 'vitest';
import { JudgedCluster } from './judged/judged-cluster.ts';
import { nodeOf, PlayedPods } from './judged/played-pods.ts';

const POLICY = { isAggressive: true, isScoped: false, nodeGraceMs: 0, headroom: 0, rules: [] };

test(
  'a waiting pod of higher priority whose neighbour moves pushes out a third one',
  { timeout: 180_000 },
  async () => {
    await using cluster = await JudgedCluster.start();
    const pods = new PlayedPods(cluster);
    await cluster.create([node('home', 'a', 4), node('small', 'a', 1), node('other', 'b', 4)]);
    await pods.make([pod('neighbour', 'home', {}), pod('low', 'small', { priorityClassName: 'low' })]);
    await pods.settled();
    const term = { labelSelector: { matchLabels: { app: 'neighbour' } }, topologyKey: 'zone' };
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
    const keptOff = { affinity: { podAntiAffinity }, priorityClassName: 'high' };
    await pods.make([pod('high', 'small', keptOff)]);
    expect((await pods.settled()).map((one) => `${one.metadata.name} ${nodeOf(one)}`).toSorted()).toEqual([
      'high ',
      'low small',
      'neighbour home',
    ]);

    // Without the one that waits the node could go.
    const state = await cluster.state();
    const going = (objects: readonly KubeObject[]): string[] =>
      simulate({ state: stateOf(objects), policy: POLICY, nowMs: Date.now() }).removable.map(
        ({ node: { name } }) => name,
      );
    expect(going(state.map(anywhere))).toEqual([]);
    expect(going(state.map(anywhere).filter(({ metadata }) => metadata.name !== 'high'))).toEqual(['home']);

    await cluster.patchNode('home', { spec: { unschedulable: true } });
    for (const one of state.filter(({ metadata }) => metadata.name === 'neighbour')) await cluster.evict(one);
    await pods.make([pod('neighbour-again', 'other', {})]);
    const after = await pods.until({
      what: 'the one that waited has pushed out another one',
      isThere: (all) => all.some((one) => one.metadata.name === 'high' && nodeOf(one) === 'small'),
    });
    expect(after.filter((one) => nodeOf(one) === '').map((one) => pods.lineOf(one))).toEqual(['low']);
  },
);

function node(name: string, zone: string, cpu: number): KubeObject {
  const stays = String(name !== 'home');
  const labels = { zone, 'kubernetes.io/hostname': name, 'autoscaling.cast.ai/removal-disabled': stays };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: name, labels },
    spec: {},
    status: { allocatable: { cpu: `${cpu}`, pods: '9' }, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** A pod of a core that wants a node, and is of an app of its own. */
function pod(name: string, nodeName: string, spec: Record<string, unknown>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', uid: name, labels: { app: name } },
    spec: {
      containers: [{ name: 'main', image: 'none', resources: { requests: { cpu: '1' } } }],
      nodeSelector: { 'kubernetes.io/hostname': nodeName },
      ...spec,
    },
  };
}

/** The one that moves may be on any node. */
function anywhere(object: KubeObject): KubeObject {
  if (object.metadata.name !== 'neighbour') return object;
  const { nodeSelector: _wanted, ...spec } = object['spec'] as Record<string, unknown>;
  return { ...object, spec };
}
