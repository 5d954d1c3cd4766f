import { eventually } from '@castai/shared/testing/eventually.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeskBench, type RunningController } from '../testing/desk-bench.ts';
import { SWITCH_NAME } from './kill-switch.ts';

/** Time passes fifty times as fast here: what is not about a limit must not meet one on a busy machine. */
const LONG = 100_000;
const never = new AbortController().signal;
const ids = (name: string) => ({ nodeName: name, nodeId: `id-${name}` });
const drain = (name: string, more: object = {}) => ({ actionDrainNode: { ...ids(name), drainTimeoutSeconds: LONG, ...more } });

let bench: DeskBench;
beforeEach(async () => {
  bench = await DeskBench.start();
});
afterEach(() => bench[Symbol.asyncDispose]());

const acked = async (id: string): Promise<string | null> => {
  const acks = await eventually({ what: `${id} is acknowledged`, look: () => bench.hub.acksOf(id), until: (all) => all.length > 0 });
  return acks[0] ?? null;
};
const writes = (verb: string, resource: string) => bench.kube.fake.requests.entries({ verb, resource });
const node = (name: string) => bench.kube.fake.get({ apiVersion: 'v1', kind: 'Node', name });
const pods = (): string[] => bench.kube.fake.objects('pods').map(({ metadata }) => metadata.name);
const noBugs = (...running: RunningController[]): void => expect(running.flatMap(({ bugs }) => bugs)).toEqual([]);

describe('the controller', () => {
  it('drains a node, deletes it, and acknowledges both', async () => {
    bench.addNode('n-1');
    bench.addNode('n-2');
    for (const name of ['a', 'b', 'c']) bench.addPod(name, 'n-1');
    bench.addPod('other', 'n-2');
    bench.hub.ask('d-1', drain('n-1'));
    const running = bench.start();
    expect(await acked('d-1')).toBe(null);
    expect([pods(), node('n-1')?.['spec']]).toEqual([['other'], { unschedulable: true }]);
    bench.hub.ask('r-1', { actionDeleteNode: ids('n-1') });
    expect(await acked('r-1')).toBe(null);
    expect([node('n-1'), node('n-2')?.['spec']]).toEqual([undefined, {}]);
    expect(running.news.map(({ reason }) => reason)).toEqual(['Draining', 'Drained']);
    noBugs(running);
  });

  it('refuses at once what it does not carry out, in words that name kind and version', async () => {
    bench.hub.ask('x-1', { actionChartUpsert: { releaseName: 'r' } });
    bench.hub.ask('x-2', { actionDrainNode: ids('n'), actionDeleteNode: ids('n') });
    bench.hub.ask('x-3', { actionDisconnectCluster: {} });
    bench.hub.ask('x-4', { actionDelete: { id: { group: '', version: 'v1', resource: 'secrets', namespace: 'default', name: 's' } } });
    const running = bench.start();
    expect(await acked('x-1')).toBe(
      'unsupported: actionChartUpsert is no kind that is carried out (castai-cluster-controller/0.0.0)',
    );
    expect(await acked('x-2')).toMatch(/^invalid: the action has more than one kind: /u);
    expect(await acked('x-3')).toMatch(/^unsupported: /u);
    expect(await acked('x-4')).toMatch(/^unsupported: secrets is not among/u);
    noBugs(running);
  });

  it('defect 2: does once what is asked for again, after acknowledgements that were lost and by a new leader', async () => {
    const set = { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'set', controller: true }] };
    bench.addNode('n-1');
    bench.addPod('web-0', 'n-1', set);
    bench.hub.ask('e-1', { actionEvictPod: { namespace: 'default', podName: 'web-0', timeoutSeconds: LONG } });
    bench.hub.refuseAcks = 3;
    const first = bench.start();
    await eventually({ what: 'three were refused', look: () => bench.hub.acks.length, until: (count) => count >= 3 });
    const successor = bench.addPod('web-0', 'n-1', set);
    await first.stop();
    const second = bench.start({ epoch: { lease: 'l', transitions: 2 } });
    await eventually({ what: 'it is taken', look: () => bench.hub.openIds, until: (open) => open.length === 0 });
    expect(new Set(bench.hub.acksOf('e-1'))).toEqual(new Set([null]));
    expect(bench.kube.fake.objects('pods').map(({ metadata }) => metadata.uid)).toEqual([successor]);
    expect(writes('create', 'pods')).toHaveLength(1);
    noBugs(first, second);
  });

  it('goes on where a process before has ended, with the node that was meant', async () => {
    bench.addNode('n-1');
    bench.addPod('kept', 'n-1', { annotations: {}, finalizers: ['example.com/slow'] });
    bench.hub.ask('d-1', drain('n-1'));
    const first = bench.start();
    await eventually({
      what: 'the node is cordoned and the pod is asked',
      look: () => writes('create', 'pods').length,
      until: (count) => count > 0,
    });
    await first.stop();
    // The machine goes, and another one takes the name, with pods of its own.
    bench.kube.fake.delete({ apiVersion: 'v1', kind: 'Pod', name: 'kept', namespace: 'default' });
    bench.kube.fake.delete({ apiVersion: 'v1', kind: 'Node', name: 'n-1' });
    bench.addNode('n-1');
    bench.addPod('new', 'n-1');
    const second = bench.start({ epoch: { lease: 'l', transitions: 2 } });
    expect(await acked('d-1')).toBe(null);
    expect([pods(), node('n-1')?.['spec']]).toEqual([['new'], {}]);
    noBugs(first, second);
  });

  it('of two at once, the one that was leader before does nothing more', async () => {
    bench.addNode('n-1');
    const first = bench.start();
    await eventually({ what: 'it polls', look: () => bench.hub.requests.length, until: (count) => count > 1 });
    const second = bench.start({ epoch: { lease: 'l', transitions: 2 } });
    await eventually({
      what: 'the second one has taken over',
      look: () => bench.kube.fake.objects('configmaps').map(({ metadata }) => JSON.stringify(metadata['annotations'])),
      until: (all) => all.length > 0 && all.every((text) => text.includes('transitions\\":2')),
    });
    bench.hub.ask('p-1', { actionPatchNode: { ...ids('n-1'), labels: { a: '1' } } });
    expect(await acked('p-1')).toBe(null);
    expect(writes('patch', 'nodes')).toHaveLength(1);
    noBugs(first, second);
  });

  it('begins nothing while the switch says so, and goes on when it does not', async () => {
    bench.addNode('n-1');
    const path = '/api/v1/namespaces/castai-agent/configmaps';
    const metadata = { name: SWITCH_NAME };
    await bench.kube.client.create(path, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { paused: 'true' } }, never);
    bench.hub.ask('p-1', { actionPatchNode: { ...ids('n-1'), labels: { a: '1' } } });
    const running = bench.start();
    await eventually({ what: 'it has read the switch', look: () => running.desk.isPaused, until: (isPaused) => isPaused });
    expect(bench.hub.acks).toEqual([]);
    await bench.kube.client.patch(`${path}/${SWITCH_NAME}`, { contentType: 'application/merge-patch+json', body: { data: { paused: 'false' } } }, never);
    expect(await acked('p-1')).toBe(null);
    noBugs(running);
  });

  it('defect 1: a foreign taint that comes between reading and writing survives', async () => {
    bench.addNode('n-1');
    const reference = { apiVersion: 'v1', kind: 'Node', name: 'n-1' };
    const foreign = { key: 'foreign', effect: 'NoSchedule' };
    const { client } = bench.kube;
    const { get } = client;
    let isAdded = false;
    client.get = async (path, signal) => {
      const found = await get.call(client, path, signal);
      // Between every read of the node that plans a patch and the patch.
      if (path === '/api/v1/nodes/n-1' && !isAdded && writes('get', 'nodes').length > 1) {
        isAdded = true;
        bench.kube.fake.update(reference, (object) => {
          object['spec'] = { taints: [foreign] };
        });
      }
      return found;
    };
    bench.hub.ask('p-1', { actionPatchNode: { ...ids('n-1'), taints: [{ key: 'own', value: 'x', effect: 'NoSchedule' }] } });
    const running = bench.start();
    expect(await acked('p-1')).toBe(null);
    expect(node('n-1')?.['spec']).toEqual({ taints: [foreign, { key: 'own', value: 'x', effect: 'NoSchedule' }] });
    expect(isAdded).toBe(true);
    noBugs(running);
  });

  it('defect 10: has no more under way than the cap says', async () => {
    for (const name of ['n-1', 'n-2', 'n-3']) {
      bench.addNode(name);
      bench.addPod(`slow-${name}`, name, { finalizers: ['example.com/slow'] });
      bench.hub.ask(`d-${name}`, drain(name));
    }
    const running = bench.start({ ofKind: { drainNode: 1 } });
    await eventually({ what: 'one is under way', look: () => running.desk.counts.get('running') ?? 0, until: (count) => count > 0 });
    await eventually({ what: 'the others were looked at', look: () => bench.hub.requests.length, until: (count) => count > 3 });
    expect([running.desk.counts.get('running'), running.desk.counts.get('received')]).toEqual([1, 2]);
    noBugs(running);
  });

  it('defect 11: cleans up what is left of a node that was deleted when the process before ended', async () => {
    const uid = bench.addNode('n-1');
    bench.addPod('left', 'n-1');
    const attachment = { apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttachment', metadata: { name: 'va' } };
    bench.kube.fake.create({ ...attachment, spec: { nodeName: 'n-1', attacher: 'x', source: { persistentVolumeName: 'v' } } });
    bench.kube.fake.update({ apiVersion: 'v1', kind: 'Node', name: 'n-1' }, (object) => {
      object['status'] = { conditions: [{ type: 'Ready', status: 'Unknown' }] };
    });
    bench.hub.ask('r-1', { actionDeleteNode: ids('n-1') });
    const { client } = bench.kube;
    const { delete: remove } = client;
    let isOver = false;
    const first: RunningController = bench.start();
    client.delete = async (path, options, signal) => {
      await remove.call(client, path, options, signal);
      // The process ends between the deletion and what follows.
      if (path === '/api/v1/nodes/n-1' && !isOver) {
        isOver = true;
        void first.stop();
      }
    };
    await eventually({ what: 'the node is gone', look: () => isOver, until: (over) => over });
    await first.stop();
    expect([pods(), bench.hub.acks]).toEqual([['left'], []]);
    const second = bench.start({ epoch: { lease: 'l', transitions: 2 } });
    expect(await acked('r-1')).toBe(null);
    expect([pods(), bench.kube.fake.objects('volumeattachments.storage.k8s.io'), uid === '']).toEqual([[], [], false]);
    noBugs(first, second);
  });

  it('defect 7: asks each pod once, those of the platform as well', async () => {
    bench.addNode('n-1');
    const spec = { nodeName: 'n-1', containers: [], terminationGracePeriodSeconds: 0 };
    bench.kube.fake.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'own', namespace: 'castai-agent' }, spec });
    bench.addPod('a', 'n-1');
    bench.hub.ask('d-1', drain('n-1'));
    const running = bench.start();
    expect(await acked('d-1')).toBe(null);
    // How many are planned, and not how many requests there were: one that is not answered in time is sent again.
    expect(running.news[0]).toEqual({ type: 'Normal', reason: 'Draining', message: '2 pods are asked to leave' });
    expect(pods()).toEqual([]);
    noBugs(running);
  });

  it('defect 8: one pod that cannot be asked ends the drain neither for the others nor for itself', async () => {
    bench.addNode('n-1');
    for (const name of ['bad', 'good-1', 'good-2']) bench.addPod(name, 'n-1');
    const path = '/api/v1/namespaces/default/pods/bad/eviction';
    bench.kube.fake.faults.add({ match: { path }, action: { type: 'respond', status: 500 } });
    bench.hub.ask('d-1', drain('n-1'));
    const running = bench.start();
    await eventually({ what: 'the others have left', look: pods, until: (left) => left.length === 1 });
    const before = bench.kube.fake.requests.entries({ path }).length;
    await eventually({
      what: 'it is asked again',
      look: () => bench.kube.fake.requests.entries({ path }).length,
      until: (count) => count > before,
    });
    expect([pods(), bench.hub.acks, running.desk.counts.get('running')]).toEqual([['bad'], [], 1]);
    noBugs(running);
  });

  it('defect 14: a drain that fails is an event on its node', async () => {
    bench.addNode('n-1');
    bench.addPod('kept', 'n-1');
    bench.kube.fake.faults.add({ match: { verb: 'create', resource: 'pods' }, action: { type: 'respond', status: 429 } });
    bench.hub.ask('d-1', drain('n-1', { drainTimeoutSeconds: 60 }));
    const running = bench.start();
    expect(await acked('d-1')).toMatch(/^[a-z_]+: after 60 s 1 pods are left: default\/kept \(.*; the node stays cordoned$/u);
    expect(running.news.at(-1)).toMatchObject({ type: 'Warning', reason: 'DrainFailed' });
    noBugs(running);
  });

  it('defect 11: deletes no node whose pods run, unless a drain of its own emptied it', async () => {
    for (const name of ['n-1', 'n-2']) {
      bench.addNode(name);
      bench.addPod(`pod-${name}`, name);
    }
    bench.hub.ask('d-1', drain('n-1'));
    bench.hub.ask('r-2', { actionDeleteNode: ids('n-2') });
    const running = bench.start();
    expect(await acked('d-1')).toBe(null);
    // It tolerates the cordon, as a critical pod may.
    bench.addPod('late', 'n-1');
    bench.hub.ask('r-1', { actionDeleteNode: ids('n-1') });
    expect(await acked('r-1')).toBe(null);
    expect(await acked('r-2')).toMatch(/^refused: the kubelet of node n-2 is alive and 1 pods run there: default\/pod-n-2/u);
    expect([node('n-1'), node('n-2')?.['spec'], pods()]).toEqual([undefined, {}, ['pod-n-2']]);
    noBugs(running);
  });

  it('defect 15: several wait for a node to be ready, whatever the API server does meanwhile', async () => {
    bench.addNode('n-1');
    const reference = { apiVersion: 'v1', kind: 'Node', name: 'n-1' };
    const status = (ready: string) => (object: { status?: unknown }) => {
      object.status = { conditions: [{ type: 'Ready', status: ready }] };
    };
    bench.kube.fake.update(reference, status('False'));
    for (const id of ['c-1', 'c-2']) {
      bench.hub.ask(id, { actionCheckNodeStatus: { ...ids('n-1'), nodeStatus: 'NodeStatus_READY', waitTimeoutSeconds: LONG } });
    }
    const running = bench.start();
    await eventually({ what: 'both look', look: () => writes('get', 'nodes').length, until: (count) => count > 3 });
    bench.kube.fake.abortConnections();
    const disarm = bench.kube.fake.faults.add({ match: { resource: 'nodes' }, action: { type: 'respond', status: 503 } });
    const before = writes('get', 'nodes').length;
    await eventually({ what: 'they look again', look: () => writes('get', 'nodes').length, until: (count) => count > before });
    disarm();
    expect(bench.hub.acks).toEqual([]);
    bench.kube.fake.update(reference, status('True'));
    expect([await acked('c-1'), await acked('c-2')]).toEqual([null, null]);
    noBugs(running);
  });

  it('force does not pass over a mark to stay', async () => {
    bench.addNode('n-1');
    bench.addPod('stays', 'n-1', { labels: { 'autoscaling.cast.ai/removal-disabled': 'true' } });
    bench.kube.fake.faults.add({ match: { verb: 'create', resource: 'pods' }, action: { type: 'respond', status: 429 } });
    bench.hub.ask('d-1', drain('n-1', { force: true, drainTimeoutSeconds: 0 }));
    const running = bench.start();
    expect(await acked('d-1')).toMatch(/^[a-z_]+: after 0 s 1 pods are left: default\/stays \(/u);
    expect(pods()).toEqual(['stays']);
    noBugs(running);
  });
});
