/**
 * The controller and the platform, both whole: what is asked for on a node's page is done in the cluster, and the page says what came of it.
 * The hard cases of the controller alone are beside this; here it is tried that the two mean the same by what they say to each other.
 */
import { eventually } from '@castai/shared/testing/eventually.ts';
import { RecordingServer } from '@castai/shared/testing/recording-server.ts';
import { expect, test } from 'vitest';
import { findProgram, sourceOf } from '../../../scripts/programs.ts';
import type { LoggedRequest } from '../../fakes/kube-apiserver/request-log.ts';
import { begin, end, HandAgent, NODES, upsert } from '../../platform-rig/hand-agent.ts';
import { type FakeCluster, startFakeCluster } from '../../stages/agent/fake-cluster.ts';
import { startLocalPlatform, startMortalPlatform } from '../../stages/agent/staged-platform.ts';
import { type ChildProgram, startProgram } from '../../stages/child-program.ts';

const PATIENCE_MS = 120_000;
/** For a drain that cannot end: long enough for each pod to be asked once on a slow machine. */
const HELD_SECONDS = 8;

function startController(
  cluster: FakeCluster,
  { url, id }: { readonly url: string; readonly id: string },
): ChildProgram {
  const platform = { API_URL: url, API_KEY: 'test', CLUSTER_ID: id };
  return startProgram({
    name: 'cluster-controller',
    entry: sourceOf(findProgram('cluster-controller')),
    env: { ADMIN_PORT: '0', POD_NAMESPACE: 'kube-system', ...cluster.agentEnv, ...platform },
  });
}

/** Tells a platform which nodes a cluster has; the cluster's id there. */
async function tellNodes(cluster: FakeCluster, url: string): Promise<string> {
  const agent = new HandAgent(url);
  const id = await agent.register();
  await agent.mustOpen();
  const nodes = cluster.fake.objects('nodes').map((json) => {
    const { name, uid = '' } = json.metadata;
    return upsert(name, { uid, feedId: NODES.id, namespace: '', json });
  });
  await agent.mustSend(1, 1, [begin(NODES.id), ...nodes, end(nodes.length, '200', NODES.id)]);
  return id;
}

/** Asks on the page. */
async function ask(url: string, id: string, wish: object): Promise<void> {
  const answer = await fetch(`${url}/clusters/${id}/actions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wish),
  });
  expect([answer.status, await answer.json()]).toEqual([201, { id: expect.any(String) as string }]);
}

/** What the page says of a node, newest first: `drain: done`. */
async function history(url: string, id: string, node: string): Promise<string[]> {
  const answer = await fetch(`${url}/_page/actions?cluster=${id}&node=${node}`);
  const { rows } = (await answer.json()) as { rows: { name: string; state: string }[] };
  return rows.map(({ name, state }) => `${name}: ${state}`);
}

interface NodeSpec {
  readonly unschedulable?: boolean;
}

const isOpen = (line: string): boolean => /: (?:waits for|handed to) the cluster controller$/u.test(line);

/** The same as soon as nothing is open any more. */
async function outcome(url: string, id: string, node: string): Promise<string[]> {
  return eventually({
    what: `what was asked of ${node} has come to something`,
    look: () => history(url, id, node),
    until: (lines) => lines.length > 0 && !lines.some(isOpen),
    timeoutMs: PATIENCE_MS,
  });
}

function nameOfNode({ fake }: FakeCluster, index: number): string {
  return fake.objects('nodes')[index]?.metadata.name ?? '';
}

const isCordoned = ({ fake }: FakeCluster, name: string): boolean => {
  const { unschedulable } = (fake.get({ apiVersion: 'v1', kind: 'Node', name })?.['spec'] ?? {}) as NodeSpec;
  return unschedulable === true;
};

/** Pods on a node that a drain moves, `namespace/name`. */
function movablePods({ fake }: FakeCluster, node: string): string[] {
  return fake
    .objects('pods')
    .filter((pod) => (pod['spec'] as { nodeName?: string }).nodeName === node)
    .filter(({ metadata }) => !JSON.stringify(metadata['ownerReferences'] ?? []).includes('"DaemonSet"'))
    .filter((pod) => !/Succeeded|Failed/u.test((pod['status'] as { phase?: string }).phase ?? ''))
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
    .sort();
}

function asked({ fake }: FakeCluster, isWanted: (request: LoggedRequest) => boolean): readonly LoggedRequest[] {
  return fake.requests
    .entries()
    .filter(({ userAgent }) => userAgent?.startsWith('castai-cluster-controller/') === true)
    .filter(isWanted);
}

const isEviction = ({ path }: LoggedRequest): boolean => path.endsWith('/eviction');
/** `namespace/name` of an eviction. */
const podOf = ({ path }: LoggedRequest): string =>
  path.replace(/^.*\/namespaces\/([^/]+)\/pods\/([^/]+)\/.*$/u, '$1/$2');

/** What an API server says for a budget. */
const HELD = {
  type: 'respond',
  status: 429,
  body: {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason: 'TooManyRequests',
    code: 429,
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: { causes: [{ reason: 'DisruptionBudget', message: 'needs 1 healthy pods and has 1 currently' }] },
  },
} as const;

test('what is asked for on the page is done in the cluster, and the page says what came of each', async () => {
  await using cluster = await startFakeCluster({ nodes: 4, pods: 60 });
  await using platform = await startLocalPlatform({ mayAct: true });
  const { url } = platform;
  const id = await tellNodes(cluster, url);
  const [cordoned, emptied, held] = [0, 1, 2].map((index) => nameOfNode(cluster, index)) as [string, string, string];
  const moving = movablePods(cluster, emptied);
  const [blocked = ''] = movablePods(cluster, held);
  const [namespace, pod] = blocked.split('/');
  cluster.fake.faults.add({
    match: { path: `/api/v1/namespaces/${namespace}/pods/${pod}/eviction` },
    action: HELD,
  });
  await ask(url, id, { node: cordoned, action: 'cordon' });
  await ask(url, id, { node: held, action: 'drain', drainSeconds: HELD_SECONDS });
  await ask(url, id, { node: emptied, action: 'drain' });
  await ask(url, id, { node: emptied, action: 'remove' });
  await using controller = startController(cluster, { url, id });
  const said = await Promise.all([cordoned, emptied, held].map((name) => outcome(url, id, name)));
  expect(said).toEqual([
    ['cordon: done'],
    ['remove: done', 'drain: done'],
    [expect.stringMatching(/^drain: pdb_blocked: after 8 s \d+ pods are left: .*; the node stays cordoned$/u)],
  ]);
  expect(said[2]?.[0]).toContain(`${blocked} (budget: `);
  expect([isCordoned(cluster, cordoned), isCordoned(cluster, held)]).toEqual([true, true]);
  expect(cluster.fake.get({ apiVersion: 'v1', kind: 'Node', name: emptied })).toBe(undefined);
  const evicted = asked(cluster, isEviction).map(podOf);
  expect(evicted.filter((name) => moving.includes(name)).sort()).toEqual(moving);
  expect(moving.length).toBeGreaterThan(1);
  expect(await controller.stop()).toEqual({ code: 0, signal: null });
});

test('of ten acknowledgements in a row that are lost, before the platform or behind it, each is told again and nothing is done twice', async () => {
  await using cluster = await startFakeCluster({ nodes: 10, pods: 10 });
  await using platform = await startLocalPlatform({ mayAct: true });
  const id = await tellNodes(cluster, platform.url);
  const nodes = Array.from({ length: 10 }, (_, index) => nameOfNode(cluster, index));
  for (const node of nodes) await ask(platform.url, id, { node, action: 'cordon' });
  await using line = await RecordingServer.start();
  const acks = (): number => line.requests.filter(({ url }) => url.endsWith('/ack')).length;
  line.react = ({ method, url, headers, body }, response) => {
    const loses = url.endsWith('/ack') && acks() <= 10;
    // Half of them never arrive, of the others the answers are lost.
    if (loses && acks() % 2 === 0) {
      response.socket?.destroy();
      return;
    }
    void forward(new URL(url, platform.url), { method, key: String(headers['x-api-key']), body }, (status, text) => {
      if (loses) response.socket?.destroy();
      else response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
  };
  await using controller = startController(cluster, { url: line.url.href, id });
  for (const node of nodes) expect(await outcome(platform.url, id, node)).toEqual(['cordon: done']);
  // Also those whose answers were lost are told until one comes.
  await eventually({ what: 'all are told', look: acks, until: (count) => count >= 20, timeoutMs: PATIENCE_MS });
  const patched = asked(cluster, ({ method, path }) => method === 'PATCH' && path.startsWith('/api/v1/nodes/'));
  expect(patched.map(({ path }) => path.split('/').at(-1) ?? '').sort()).toEqual(nodes.toSorted());
  expect(await controller.stop()).toEqual({ code: 0, signal: null });
});

test('a platform that ends in the middle of a drain, and begins again when it is over, is told what it had asked for', async () => {
  await using cluster = await startFakeCluster({ nodes: 3, pods: 40 });
  await using platform = await startMortalPlatform(['--allow-actions']);
  const { url } = platform;
  const id = await tellNodes(cluster, url);
  const node = nameOfNode(cluster, 0);
  const moving = movablePods(cluster, node);
  const release = cluster.fake.faults.add({ match: { resource: 'pods', verb: 'create' }, action: HELD });
  await ask(url, id, { node, action: 'drain' });
  await using controller = startController(cluster, { url, id });
  await eventually({
    what: 'a pod was not let go',
    look: () => asked(cluster, isEviction).length,
    until: (count) => count > 0,
    timeoutMs: PATIENCE_MS,
  });
  await platform.kill();
  release();
  await controller.waitForLine((text) => text.includes('drainNode is done'), PATIENCE_MS);
  await platform.start();
  expect(await outcome(url, id, node)).toEqual(['drain: done']);
  expect(movablePods(cluster, node)).toEqual([]);
  expect(moving.length).toBeGreaterThan(1);
  expect(await controller.stop()).toEqual({ code: 0, signal: null });
});

/** Sends a request on, and gives its answer back. */
async function forward(
  url: URL,
  { method, key, body }: { readonly method: string; readonly key: string; readonly body: Buffer },
  giveBack: (status: number, text: string) => void,
): Promise<void> {
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  const answer = await fetch(url, { method, headers, ...(method === 'GET' ? {} : { body: body.toString() }) });
  giveBack(answer.status, await answer.text());
}
