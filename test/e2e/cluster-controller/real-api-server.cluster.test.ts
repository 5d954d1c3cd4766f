/**
 * The controller against a real API server: what it does is read from the requests that arrive there, and what it says from the
 * acknowledgements. Nodes, pods and budgets are of a kind of their own per test, so that one cluster serves all.
 */
import { eventually } from '@castai/shared/testing/eventually.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../../cluster/cluster.ts';
import type { Judgement, WitnessedRequest } from '../../fakes/api-witness.ts';
import type { ChildProgram } from '../../stages/child-program.ts';
import { ControllerStage } from '../../stages/cluster-controller/controller-stage.ts';

const ROTATED = 'rotated-token-0001';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ users: [{ name: 'rotated', token: ROTATED, groups: ['system:masters'] }] });
});
afterAll(async () => {
  await cluster?.stop();
});

const ids = (name: string) => ({ nodeName: name, nodeId: `id-${name}` });
const drain = (name: string, more: object = {}) => ({
  actionDrainNode: { ...ids(name), drainTimeoutSeconds: 600, ...more },
});

const acked = (stage: ControllerStage, id: string): Promise<string | null | undefined> =>
  eventually({
    what: `${id} is acknowledged`,
    look: async () => {
      await stage.playKubelet();
      return stage.hub.acksOf(id);
    },
    until: (acks) => acks.length > 0,
    timeoutMs: 120_000,
  }).then(([first]) => first);

const isEviction = ({ path }: WitnessedRequest): boolean => path.endsWith('/eviction');
const taken = ({ status }: WitnessedRequest): boolean => status >= 200 && status < 300;
/** The uid on condition of which a pod was asked to go. */
const uidOf = ({ body }: WitnessedRequest): string => {
  const { deleteOptions, preconditions } = body as {
    deleteOptions?: { preconditions?: { uid?: string } };
    preconditions?: { uid?: string };
  };
  return (deleteOptions?.preconditions ?? preconditions)?.uid ?? '';
};
/** All but the election, the events, and the taking over of records by a process that begins. */
const isStep = ({ path, body }: WitnessedRequest): boolean => {
  if (/\/(?:leases|events)(?:\/|$)/u.test(path)) return false;
  return !path.includes('/configmaps') || Object.keys((body as { data?: object }).data ?? {}).length > 0;
};

test('of a drain and a deletion during which it dies after every single write, each is done once, on what was meant', async () => {
  await using stage = await ControllerStage.start(cluster);
  await stage.addNode('crash-1');
  const names = ['crash-web-0', 'crash-web-1'];
  const meant = await Promise.all(names.map((name) => stage.addPod(name, 'crash-1')));
  const daemon = await stage.addPod('crash-daemon', 'crash-1', {
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'd', controller: true }],
  });
  const va = '/apis/storage.k8s.io/v1/volumeattachments';
  await stage.api('POST', va, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: { name: 'crash-va' },
    spec: { attacher: 'csi.example.com', nodeName: 'crash-1', source: { persistentVolumeName: 'v' } },
  });
  stage.hub.ask('1-drain', drain('crash-1'));
  let controller: ChildProgram | undefined;
  let lives = 0;
  let left = 0;
  const isCounted = (request: WitnessedRequest): boolean => request.method !== 'GET' && isStep(request);
  stage.witness.before = (request) => {
    if (!isCounted(request)) return 'pass';
    left -= 1;
    return left > 0 ? 'pass' : 'lose';
  };
  stage.witness.after = async (request) => {
    if (!isCounted(request)) return;
    if (left <= 0) {
      const dying = controller;
      controller = undefined;
      await dying?.kill();
    }
    // The set puts a successor of the same name elsewhere as soon as one has gone.
    for (const name of await stage.playKubelet()) await stage.addPod(name, '');
  };
  const live = async (id: string): Promise<string | null | undefined> => {
    while (stage.hub.acksOf(id).length === 0) {
      if (controller === undefined) {
        // The first write of a process that goes on is that it does: it dies after the one that follows.
        left = lives === 0 ? 1 : 2;
        lives += 1;
        controller = stage.controller();
      }
      await eventually({
        what: 'it dies, or tells',
        look: () => controller === undefined || stage.hub.acksOf(id).length > 0,
        until: (isOver) => isOver,
        timeoutMs: 60_000,
      });
    }
    return stage.hub.acksOf(id)[0];
  };
  expect(await live('1-drain')).toBe(null);
  stage.hub.ask('2-delete', { actionDeleteNode: ids('crash-1') });
  expect(await live('2-delete')).toBe(null);
  expect(lives).toBeGreaterThan(8);
  const writes = stage.witness.writes.filter((request) => isStep(request) && taken(request));
  expect(writes.filter(isEviction).map(uidOf).toSorted()).toEqual(meant.toSorted());
  const deleted = writes.filter(({ method }) => method === 'DELETE');
  expect(deleted.map(({ path }) => path.split('/').at(-1) ?? '').toSorted()).toEqual([
    'crash-1',
    'crash-daemon',
    'crash-va',
  ]);
  expect(deleted.find(({ path }) => path.endsWith('crash-daemon'))).toMatchObject({ status: 200 });
  expect(deleted.map(uidOf)).toContain(daemon);
  const there = (await stage.pods())
    .map(({ metadata }) => metadata?.name ?? '')
    .filter((name) => name.startsWith('crash'));
  expect(there.toSorted()).toEqual(names);
});

test('a leader that was frozen past its lease does nothing more when it goes on', async () => {
  await using stage = await ControllerStage.start(cluster);
  await stage.addNode('frozen-1');
  const uid = await stage.addPod('frozen-web', 'frozen-1', { labels: { app: 'frozen' } });
  await stage.addBudget('frozen');
  const second = await stage.addWitness();
  const election = { LEADER_ELECTION: 'true' };
  const first = stage.controller({ ...election, POD_NAME: 'pod-a' });
  await first.waitForJson(({ message }) => message === 'this replica leads');
  stage.hub.ask('d-1', drain('frozen-1'));
  await eventually({
    what: 'the budget has refused',
    look: () => stage.witness.requests.filter(isEviction),
    until: (asked) => asked.some(({ status }) => status === 429),
  });
  first.signal('SIGSTOP');
  const next = stage.controller({ ...election, POD_NAME: 'pod-b' }, second);
  // Its lease is believed for a minute, and its last renewal may have been seen half a minute late.
  await next.waitForJson(({ message }) => message === 'this replica leads', 180_000);
  await stage.api('DELETE', '/apis/policy/v1/namespaces/default/poddisruptionbudgets/frozen');
  expect(await acked(stage, 'd-1')).toBe(null);
  const before = stage.witness.requests.length;
  first.signal('SIGCONT');
  await eventually({
    what: 'the first one has found out, and follows',
    look: () => first.lines.some(({ text }) => text.includes('another replica leads')),
    until: (follows) => follows,
  });
  const late = stage.witness.requests.slice(before).filter((request) => request.method !== 'GET' && taken(request));
  expect(late.filter(isStep)).toEqual([]);
  const evictions = [...stage.witness.writes, ...second.writes].filter(isEviction).filter(taken);
  expect(evictions.map(uidOf)).toEqual([uid]);
  // One of the two has acknowledged, and said what was stored.
  expect(new Set(stage.hub.acksOf('d-1'))).toEqual(new Set([null]));
});

test('what others put on a node between any two steps stays', async () => {
  await using stage = await ControllerStage.start(cluster);
  await stage.addNode('foreign-1');
  let added = 0;
  stage.witness.before = async ({ method, path }): Promise<Judgement> => {
    if (method !== 'PATCH' || !path.startsWith('/api/v1/nodes/foreign-1')) return 'pass';
    // Three times in a row, so that it has to look again each time; then it is let through.
    if (added % 4 < 3) {
      const { spec } = await stage.api('GET', '/api/v1/nodes/foreign-1');
      const taints = (spec?.['taints'] as object[] | undefined) ?? [];
      await stage.api('PATCH', '/api/v1/nodes/foreign-1', {
        metadata: { labels: { [`foreign-${added}`]: '1' } },
        spec: { taints: [{ key: `foreign-${added}`, effect: 'PreferNoSchedule' }, ...taints] },
      });
    }
    added += 1;
    return 'pass';
  };
  stage.hub.ask('p-1', {
    actionPatchNode: {
      ...ids('foreign-1'),
      labels: { own: '1' },
      taints: [{ key: 'own', value: 'x', effect: 'NoSchedule' }],
    },
  });
  stage.controller();
  expect(await acked(stage, 'p-1')).toBe(null);
  stage.hub.ask('d-1', drain('foreign-1'));
  expect(await acked(stage, 'd-1')).toBe(null);
  stage.hub.ask('p-2', {
    actionPatchNode: {
      ...ids('foreign-1'),
      labels: { '-own': '' },
      taints: [{ key: '-own', effect: 'NoSchedule' }],
      unschedulable: false,
    },
  });
  expect(await acked(stage, 'p-2')).toBe(null);
  const { metadata, spec } = await stage.api('GET', '/api/v1/nodes/foreign-1');
  const foreign = Array.from({ length: added }, (_, index) => index).filter((index) => index % 4 < 3);
  const keys = ((spec?.['taints'] ?? []) as { key: string }[]).map(({ key }) => key);
  // The API server's own is there from the beginning.
  const expected = ['node.kubernetes.io/not-ready', ...foreign.map((index) => `foreign-${index}`)];
  expect(keys.toSorted()).toEqual(expected.toSorted());
  const labels = Object.keys(metadata?.['labels'] as object).filter((label) => label !== 'provisioner.cast.ai/node-id');
  expect(labels.toSorted()).toEqual(foreign.map((index) => `foreign-${index}`).toSorted());
  expect([spec?.['unschedulable'], foreign.length > 2]).toEqual([undefined, true]);
});

test('a drain goes on over a token that is rotated and an API server that is restarted; a budget that never allows is named', async () => {
  await using stage = await ControllerStage.start(cluster);
  await stage.addNode('rest-1');
  await stage.addNode('rest-2');
  await stage.addPod('rest-web', 'rest-1', { labels: { app: 'rest' } });
  await stage.addPod('rest-stays', 'rest-2', { labels: { app: 'stays' } });
  await stage.addBudget('rest');
  await stage.addBudget('stays');
  stage.hub.ask('d-1', drain('rest-1'));
  stage.hub.ask('d-2', drain('rest-2', { drainTimeoutSeconds: '8' }));
  stage.controller();
  expect(await acked(stage, 'd-2')).toMatch(
    /^pdb_blocked: after 8 s 1 pods are left: default\/rest-stays \(budget: .*violate the pod's disruption budget.*\); the node stays cordoned$/u,
  );
  stage.writeToken(ROTATED);
  stage.witness.before = ({ authorization }) => (authorization === `Bearer ${ROTATED}` ? 'pass' : 401);
  await cluster.stopApiServer();
  const before = stage.witness.requests.length;
  await eventually({
    what: 'it asks in vain',
    look: () => stage.witness.requests.length,
    until: (count) => count > before,
  });
  await cluster.startApiServer();
  await stage.api('DELETE', '/apis/policy/v1/namespaces/default/poddisruptionbudgets/rest');
  expect(await acked(stage, 'd-1')).toBe(null);
  expect((await stage.pods()).map(({ metadata }) => metadata?.name)).not.toContain('rest-web');
});

test('an eviction that fails with 500 is asked for again, and holds up no other pod', async () => {
  await using stage = await ControllerStage.start(cluster);
  await stage.addNode('broken-1');
  const uids = [await stage.addPod('broken-web-0', 'broken-1'), await stage.addPod('broken-web-1', 'broken-1')];
  let failures = 0;
  stage.witness.before = (request) => {
    if (!isEviction(request) || !request.path.includes('broken-web-0') || failures >= 2) return 'pass';
    failures += 1;
    return 500;
  };
  stage.hub.ask('d-1', drain('broken-1'));
  stage.controller();
  expect(await acked(stage, 'd-1')).toBe(null);
  expect(failures).toBe(2);
  expect(stage.witness.writes.filter(isEviction).filter(taken).map(uidOf).toSorted()).toEqual(uids.toSorted());
});

test('what cannot be meant is answered at once; clocks that differ by five minutes do not matter', async () => {
  await using stage = await ControllerStage.start(cluster);
  await stage.addNode('words-1', 'another-machine');
  await stage.addNode('words-2');
  const at = (ms: number) => ({ createdAt: new Date(Date.now() + ms).toISOString() });
  const MINUTE = 60_000;
  stage.hub.ask('two kinds', {});
  stage.hub.ask('two-kinds', { actionDeleteNode: ids('words-2'), ...drain('words-2') });
  stage.hub.ask('unknown', { actionReticulateSplines: { count: 3 } });
  stage.hub.ask('chart', { actionChartUpsert: { releaseName: 'x' } });
  stage.hub.ask('expired', { ...at(-60 * MINUTE), ...drain('words-2') });
  stage.hub.ask('reused', drain('words-1'));
  stage.hub.ask('not-meant', { actionPatchNode: { ...ids('words-1'), labels: { a: '1' } } });
  stage.hub.ask('early', { ...at(5 * MINUTE), actionPatchNode: { ...ids('words-2'), labels: { early: '1' } } });
  stage.hub.ask('late', {
    ...at(-5 * MINUTE),
    actionDrainNode: { ...ids('words-2'), drainTimeoutSeconds: '1', force: 'false' },
  });
  stage.hub.ask('strings', {
    actionCheckNodeStatus: { ...ids('words-2'), nodeStatus: 'NodeStatus_READY', waitTimeoutSeconds: '60' },
  });
  stage.controller();
  const said: Record<string, string> = {};
  for (const id of ['two-kinds', 'unknown', 'chart', 'expired', 'reused', 'not-meant', 'early', 'late', 'strings']) {
    said[id] = ((await acked(stage, id)) ?? 'done').split(/[:;(]/u, 2).join(':');
  }
  expect(said).toEqual({
    'two-kinds': 'invalid: the action has more than one kind',
    unknown: 'unsupported: actionReticulateSplines is no kind that is carried out ',
    chart: 'unsupported: actionChartUpsert is no kind that is carried out ',
    expired: 'timeout: the action came later than it may take',
    reused: 'done',
    'not-meant': 'mismatch: words-1 is the name of another machine',
    early: 'done',
    late: 'done',
    strings: 'done',
  });
  expect(stage.witness.writes.filter(({ path }) => path.startsWith('/api/v1/nodes/words-1'))).toEqual([]);
  // Without a usable id there is nothing by which it could be answered.
  expect(stage.hub.openIds).toEqual(['two kinds']);
});

test('of a thousand actions at once each is done once, and those on one node in the order in which they were made', async () => {
  await using stage = await ControllerStage.start(cluster);
  const nodes = Array.from({ length: 50 }, (_, index) => `many-${index}`);
  for (const name of nodes) await stage.addNode(name);
  const startedAt = Date.now() - 10_000;
  const nodeOf = (index: number): string => nodes[index < 50 ? 0 : 1 + (index % (nodes.length - 1))] ?? '';
  const wanted = Array.from({ length: 1000 }, (_, index) => ({ index, node: nodeOf(index) }));
  // The latest first: the order of an answer says nothing.
  for (const { index, node } of wanted.toReversed()) {
    const createdAt = new Date(startedAt + index).toISOString();
    stage.hub.ask(`p-${index}`, { createdAt, actionPatchNode: { ...ids(node), annotations: { step: String(index) } } });
  }
  stage.controller();
  await eventually({
    what: 'all are acknowledged',
    look: () => stage.hub.openIds.length,
    until: (count) => count === 0,
    timeoutMs: 240_000,
  });
  expect(new Set(stage.hub.acks.map(({ error }) => error))).toEqual(new Set([null]));
  for (const node of nodes) {
    const patches = stage.witness.writes.filter(({ path }) => path === `/api/v1/nodes/${node}`).filter(taken);
    const steps = patches.map(({ body }) => (body as { path: string; value: unknown }[]).at(-1)?.value);
    expect(steps).toEqual(wanted.filter((one) => one.node === node).map(({ index }) => String(index)));
  }
});
