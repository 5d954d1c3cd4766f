/**
 * The judge is the real kube-scheduler: what the evictor proposes for random clusters is carried out, and it must find a place for
 * everybody who had one. What is played beside it is a kubelet that does nothing and a controller that makes evicted pods anew.
 */
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { simulate } from '@castai/evictor/simulate/simulate.ts';
import { objectsOf, roomyClusters } from '../../samples/played-cluster.ts';
import { stateOf } from '@castai/evictor/testing/state-of.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cluster, startCluster } from '../../cluster/cluster.ts';
import { startKubeScheduler } from '../../cluster/kube-scheduler.ts';

const PLANS = Number(process.env['CASTAI_TEST_PLANS'] ?? 200);
const POLICY = { isAggressive: true, isScoped: false, nodeGraceMs: 0, headroom: 0, rules: [] };

test(`${PLANS} plans for random clusters leave nobody without a place`, { timeout: 3_600_000 }, async () => {
  // Without a node controller nobody would take the taint of a new node off again.
  await using cluster = await startCluster({ apiServerArgs: ['--disable-admission-plugins=TaintNodesByCondition'] });
  await using scheduler = await startKubeScheduler(cluster);
  await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  const seed = Number(process.env['CASTAI_TEST_SEED'] ?? Date.now() % 2 ** 31);
  console.log(`seed ${seed}`);
  let [plans, nodes, pods] = [0, 0, 0];
  for (const played of fc.sample(roomyClusters, { numRuns: PLANS * 20, seed })) {
    if (plans === PLANS) break;
    const objects = objectsOf(played);
    // Of three random clusters two have no plan, or one of empty nodes: those are for the tests that need no cluster.
    if (planFor(objects).moves === 0) continue;
    await make(cluster, objects);
    await scheduler.check();
    const { gone, moves } = planFor(await settled(cluster));
    const moved = await carryOut(cluster, gone);
    await eventually({
      what: `the scheduler finds a place for ${moved.join(', ')} of ${JSON.stringify(played)} without ${[...gone].join(', ')}`,
      look: async () => (await list(cluster, 'pods')).filter(({ metadata }) => moved.includes(metadata.name)),
      until: (all) => all.length === moved.length && all.every((one) => nodeOf(one) !== ''),
    });
    await clear(cluster);
    expect(moved.length).toBe(moves);
    if (moves > 0) plans += 1;
    nodes += gone.size;
    pods += moved.length;
  }
  console.log(`${plans} plans, ${nodes} nodes, ${pods} pods`);
  expect(plans).toBe(PLANS);
});

function planFor(objects: readonly KubeObject[]): { readonly gone: ReadonlySet<string>; readonly moves: number } {
  const { removable } = simulate({ state: stateOf(objects), policy: POLICY, nowMs: 0 });
  return { gone: new Set(removable.map(({ node }) => node.name)), moves: removable.flatMap((one) => one.moves).length };
}

async function list(cluster: Cluster, resource: 'nodes' | 'pods'): Promise<KubeObject[]> {
  const { items } = (await cluster.request('GET', `/api/v1/${resource}`)) as unknown as { items: KubeObject[] };
  return items.map((item) => ({ ...item, kind: resource === 'nodes' ? 'Node' : 'Pod' }));
}

const nodeOf = (pod: KubeObject): string => (pod['spec'] as { nodeName?: string }).nodeName ?? '';

/** Nodes before pods: a pod that names its node must find it. */
async function make(cluster: Cluster, objects: readonly KubeObject[]): Promise<void> {
  const of = (wanted: string): KubeObject[] => objects.filter(({ kind }) => kind === wanted);
  await Promise.all(
    of('Node').map(async (object) => {
      await cluster.request('POST', '/api/v1/nodes', object);
      await cluster.request('PATCH', `/api/v1/nodes/${object.metadata.name}/status`, { status: object['status'] });
    }),
  );
  await Promise.all(of('Pod').map((object) => makePod(cluster, object)));
}

async function makePod(cluster: Cluster, { metadata, spec }: KubeObject): Promise<void> {
  const { name, labels, ownerReferences } = metadata;
  const { containers, ...rest } = spec as { containers: object[] };
  const body = {
    metadata: { name, labels, ownerReferences },
    spec: { ...rest, containers: containers.map((one) => ({ image: 'none', ...one })) },
  };
  await cluster.request('POST', '/api/v1/namespaces/shop/pods', body);
}

/** The cluster when the scheduler has decided for everybody who waits. */
async function settled(cluster: Cluster): Promise<KubeObject[]> {
  let before = '';
  return eventually({
    what: 'the scheduler has decided for everybody',
    look: async () => [...(await list(cluster, 'nodes')), ...(await list(cluster, 'pods'))],
    until: (objects) => {
      const pods = objects.filter(({ kind }) => kind === 'Pod');
      const now = JSON.stringify(pods.map(nodeOf));
      const isSame = now === before;
      before = now;
      return isSame && pods.every((pod) => nodeOf(pod) !== '' || isRefused(pod));
    },
  });
}

function isRefused(pod: KubeObject): boolean {
  const { conditions = [] } = pod['status'] as { conditions?: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === 'PodScheduled' && status === 'False');
}

/** Cordons the nodes, evicts who is on them, and makes them anew; gives their names. */
async function carryOut(cluster: Cluster, gone: ReadonlySet<string>): Promise<string[]> {
  for (const name of gone) await cluster.request('PATCH', `/api/v1/nodes/${name}`, { spec: { unschedulable: true } });
  const moved = (await list(cluster, 'pods')).filter((pod) => gone.has(nodeOf(pod)));
  await Promise.all(
    moved.map(async (pod) => {
      await remove(cluster, `/api/v1/namespaces/shop/pods/${pod.metadata.name}`);
      const { nodeName: _left, ...spec } = pod['spec'] as Record<string, unknown>;
      await makePod(cluster, { ...pod, metadata: { ...pod.metadata, name: `${pod.metadata.name}-again` }, spec });
    }),
  );
  return moved.map(({ metadata }) => `${metadata.name}-again`);
}

async function clear(cluster: Cluster): Promise<void> {
  const names = async (resource: 'nodes' | 'pods') =>
    (await list(cluster, resource)).map(({ metadata }) => metadata.name);
  const pods = await names('pods');
  await Promise.all(pods.map((name) => remove(cluster, `/api/v1/namespaces/shop/pods/${name}`)));
  const nodes = await names('nodes');
  await Promise.all(nodes.map((name) => remove(cluster, `/api/v1/nodes/${name}`)));
}

async function remove(cluster: Cluster, path: string): Promise<void> {
  await cluster.request('DELETE', path, { gracePeriodSeconds: 0 });
}
