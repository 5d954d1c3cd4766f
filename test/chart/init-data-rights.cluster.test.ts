/** The init data reader at work with the service account that the chart makes, and with exactly its rights. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findProgram, sourceOf } from '../../scripts/programs.ts';
import { ApiError, type ApiObject } from '../cluster/api-client.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { registerAksCluster } from '../stages/aks-init-data/init-data-stage.ts';
import { makePlatformKeys } from '../fakes/waagent/platform-keys.ts';
import { FakeWaagent } from '../fakes/waagent.ts';
import { type ChildProgram, startProgram } from '../stages/child-program.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type PlatformProgram, startPlatformProgram } from '../stages/start-programs.ts';
import { createKeySecret, NAMESPACE, startChartPod } from '../stages/chart/chart-account.ts';
import { ClusterKeysFolder } from '../stages/chart/cluster-keys-folder.ts';
import { begin, end, HandAgent, upsert } from '../platform-rig/hand-agent.ts';
import { pageNotices } from '../platform-rig/page-notices.ts';
import { createHelm, type Helm } from '../stages/chart/helm.ts';
import { CHART } from '../../scripts/chart/chart-folder.ts';
import type { RbacRule } from '../stages/chart/rendered-objects.ts';

const KEYS = makePlatformKeys();
const KEY = 'the-key-of-the-organisation';
const ACCOUNT = `system:serviceaccount:${NAMESPACE}:castai-aks-init-data`;
const RECORD = `/api/v1/namespaces/${NAMESPACE}/configmaps/castai-aks-init-data`;
const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;
const ROLES = {
  cluster: '/apis/rbac.authorization.k8s.io/v1/clusterroles/castai-aks-init-data',
  own: `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/roles/castai-aks-init-data`,
} as const;
/** Shorter pauses than in production, and single attempts told as they fail: what lasts is told once, after a while. */
const QUICK = { CLUSTER_POLL_SECONDS: '1', FILES_POLL_SECONDS: '1', LOG_LEVEL: 'debug' };

let cluster: Cluster;
let platform: PlatformProgram;
let helm: Helm;
let clusterId: string;
let clusterKeys: ClusterKeysFolder;

beforeAll(async () => {
  clusterKeys = new ClusterKeysFolder();
  const tokens = ['--cluster-keys', clusterKeys.path, '--audience', 'the-platform', '--require-token'];
  [cluster, platform] = await Promise.all([
    startCluster({ onProgress: console.log }),
    startPlatformProgram(['--init-data-key', `k1:${KEYS.privateKey}`, '--api-key', KEY, ...tokens]),
  ]);
  helm = await createHelm(4, cluster.kubeconfig);
  clusterId = await registerAksCluster(platform.url, KEY);
  await clusterKeys.add(clusterId, cluster);
  await createKeySecret(cluster, { name: 'castai-api-key', key: 'API_KEY', value: KEY });
  const sets = {
    apiUrl: platform.url,
    'apiKeySecret.name': 'castai-api-key',
    clusterId,
    provider: 'aks',
    'podToken.audience': 'the-platform',
    'agent.enabled': 'false',
    'aksInitData.enabled': 'true',
    'aksInitData.platformKeys': `{k1:${KEYS.publicKey}}`,
  };
  const set = Object.entries(sets).map(([key, value]) => `${key}=${value}`);
  await helm.must('install', 'castai', CHART, '--namespace', NAMESPACE, '--set', set.join(','));
});
afterAll(async () => {
  helm?.[Symbol.dispose]();
  await platform?.[Symbol.asyncDispose]();
  await cluster?.stop();
  clusterKeys?.[Symbol.dispose]();
});

/** A node of an agent pool of its own, and the program on it. */
interface Reader extends AsyncDisposable {
  readonly process: ChildProgram;
  readonly data: FakeWaagent;
  readonly pool: string;
  readiness(): Promise<{ status: number; text: string }>;
}

async function startReader(pool: string): Promise<Reader> {
  const nodeName = `node-of-${pool}`;
  const labels = {
    'kubernetes.azure.com/cluster': 'MC_sample',
    'kubernetes.azure.com/agentpool': pool,
    'kubernetes.azure.com/node-image-version': 'AKSUbuntu-2204gen2containerd-202607.13.0',
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
  };
  await cluster.request('POST', '/api/v1/nodes', { metadata: { name: nodeName, labels } });
  const status = { nodeInfo: { architecture: 'amd64', operatingSystem: 'linux', kubeletVersion: 'v1.33.2' } };
  const node = await cluster.request('PATCH', `/api/v1/nodes/${nodeName}/status`, { status });
  await tellOf(node);
  const pod = await startChartPod(cluster, { kind: 'daemonsets', name: 'castai-aks-init-data', nodeName });
  expect(pod.env).toMatchObject({ NODE_NAME: nodeName, POD_NAMESPACE: NAMESPACE, CLUSTER_ID: clusterId });
  const data = new FakeWaagent();
  const program = findProgram('aks-init-data');
  const child = startProgram({
    entry: sourceOf(program),
    nodeArgs: program.nodeFlags,
    name: 'the init data reader',
    args: pod.args,
    env: { ...pod.env, ...QUICK, WAAGENT_DIR: data.root },
  });
  const dispose = async (): Promise<void> => {
    await child.kill();
    data[Symbol.dispose]();
  };
  const { port } = await child.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
  return {
    process: child,
    data,
    pool,
    readiness: async () => {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`);
      return { status: response.status, text: await response.text() };
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** In place of the agent: the picture of the cluster has this node. */
async function tellOf({ metadata, spec, status }: ApiObject): Promise<void> {
  const agent = new HandAgent(platform.url);
  agent.cluster = clusterId;
  const opened = await agent.open({}, { apiKey: KEY });
  const { name = '', uid = '' } = metadata ?? {};
  const entry = upsert(name, { feedId: 2, namespace: '', uid, json: { metadata, spec, status } });
  const epoch = opened.ok ? opened.value.epoch : 0;
  const sent = await agent.send({ epoch, seq: 1, entries: [begin(2), entry, end(1, '1', 2)] }, { apiKey: KEY });
  expect(sent).toMatchObject({ ok: true });
}

async function deliveryOf({ pool }: Reader): Promise<Record<string, unknown> | undefined> {
  const deliveries = await platform.control.initData(clusterId);
  return deliveries.find(({ description }) => description['agentPool'] === pool) as Record<string, unknown> | undefined;
}

test('the reader does its whole job with the token of its service account: lease, record, sealed delivery', async () => {
  await using reader = await startReader('whole');
  await eventually({ what: 'it is ready', look: () => reader.readiness(), until: ({ status }) => status === 200 });
  expect(await deliveryOf(reader)).toMatchObject({
    keyId: 'k1',
    times: 1,
    cloudConfigBase64: reader.data.customData.toString('base64'),
    protectedSettingsBase64: reader.data.settings.toString('base64'),
  });
  // By the token of its pod, held against the uid of the node that the delivery names, its pool and its architecture.
  const [notice] = await pageNotices(platform.url, clusterId);
  expect(notice).toMatch(/; sent by castai-agent\/castai-aks-init-data-node-of-whole on node-of-whole$/u);
  const lease = await eventually({
    what: 'the lease was given back',
    look: () => cluster.request('GET', `${LEASES}/castai-aks-init-data-whole-amd64`),
    until: ({ spec }) => (spec?.['holderIdentity'] ?? '') === '',
  });
  expect(lease.spec).toMatchObject({ leaseDurationSeconds: 120 });
  const { data } = (await cluster.request('GET', RECORD)) as unknown as { data: Record<string, string> };
  expect(Object.keys(data)).toContain('pool.whole.amd64');
  // Nothing of the content is kept.
  for (const secret of reader.data.canaries) expect(JSON.stringify(data)).not.toContain(secret);
});

test.each([
  { role: 'cluster', verb: 'get', resource: 'nodes', isDelivered: false },
  { role: 'own', verb: 'get', resource: 'leases', isDelivered: false },
  { role: 'own', verb: 'create', resource: 'leases', isDelivered: false },
  { role: 'own', verb: 'patch', resource: 'leases', isDelivered: false },
  { role: 'own', verb: 'get', resource: 'configmaps', isDelivered: false },
  { role: 'own', verb: 'create', resource: 'configmaps', isDelivered: true },
  { role: 'own', verb: 'patch', resource: 'configmaps', isDelivered: true },
] as const)('without the right to $verb $resource it says so', async ({ role, verb, resource, isDelivered }) => {
  const path = ROLES[role];
  const { rules } = (await cluster.request('GET', path)) as unknown as { rules: RbacRule[] };
  const fewer = rules.flatMap((rule) => {
    if (!rule.resources.includes(resource)) return [rule];
    const verbs = rule.verbs.filter((one) => one !== verb);
    return verbs.length === 0 ? [] : [{ ...rule, verbs }];
  });
  expect(fewer).not.toEqual(rules);
  // A record that is not there has to be created.
  await cluster.request('DELETE', RECORD).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  });
  if (resource === 'configmaps' && verb === 'patch') {
    await cluster.request('POST', RECORD.slice(0, RECORD.lastIndexOf('/')), {
      metadata: { name: 'castai-aks-init-data' },
    });
  }
  await cluster.request('PATCH', path, { rules: fewer });
  try {
    await eventually({
      what: 'the API server knows',
      look: () => isAllowed(verb, resource),
      until: (allowed) => !allowed,
    });
    await using reader = await startReader(`${verb}-${resource}`);
    const line = await reader.process.waitForLine((one) => one.includes('the API server cannot be asked'));
    expect(line).toContain('KUBE_FORBIDDEN');
    expect(line).toContain(`cannot ${verb} resource \\"${resource}\\"`);
    // Without any of them the work stands still.
    const look = () => reader.readiness();
    const { text } = await eventually({ what: 'it is not ready', look, until: ({ status }) => status === 503 });
    expect(text).toMatch(/^cluster: /mu);
    // What was delivered before the right was asked for is there; else nothing is.
    expect((await deliveryOf(reader)) !== undefined).toBe(isDelivered);
  } finally {
    await cluster.request('PATCH', path, { rules });
  }
  await eventually({ what: 'the right is back', look: () => isAllowed(verb, resource), until: (allowed) => allowed });
});

test('it may do nothing beside that', async () => {
  const token = await cluster.serviceAccountToken({ namespace: NAMESPACE, name: 'castai-aks-init-data' });
  const reader = cluster.createClient({ token });
  const maps = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
  const f = async (method: 'GET' | 'PATCH', path: string, body?: unknown): Promise<void> =>
    expect(reader.request(method, path, body)).rejects.toMatchObject({ status: 403 });
  try {
    await f('GET', `${maps}/kube-root-ca.crt`);
    await f('GET', maps);
    await f('PATCH', `${maps}/other`, { data: {} });
    await f('GET', '/api/v1/nodes');
    await f('GET', LEASES);
    await f('PATCH', '/api/v1/nodes/node-of-whole', { spec: { unschedulable: true } });
    await f('GET', `/api/v1/namespaces/${NAMESPACE}/secrets`);
    await f('GET', `/api/v1/namespaces/${NAMESPACE}/secrets/castai-api-key`);
    await f('GET', `/apis/coordination.k8s.io/v1/namespaces/default/leases/any`);
  } finally {
    await reader.close();
  }
});

test('the policies let it write Leases of pools and its one ConfigMap, and neither the agent’s Lease nor another object', async () => {
  const token = await cluster.serviceAccountToken({ namespace: NAMESPACE, name: 'castai-aks-init-data' });
  const reader = cluster.createClient({ token });
  const maps = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
  const f = async (method: 'POST' | 'PATCH', path: string, body: unknown): Promise<string> =>
    reader.request(method, path, body).then(
      () => 'done',
      (error: unknown) => (error instanceof ApiError ? `${error.status} ${error.message}` : 'failed'),
    );
  const lease = (name: string) => ({ metadata: { name }, spec: { holderIdentity: 'x', leaseDurationSeconds: 120 } });
  // As large as it may be: whoever takes the lease next has to write one more, which the API server refuses.
  const overflow = { spec: { leaseTransitions: 2_147_483_647 } };
  await cluster.request('POST', LEASES, lease('castai-agent'));
  await cluster.request('DELETE', RECORD).catch(() => undefined);
  try {
    // The policies take effect about a second after the rights.
    await eventually({
      what: 'the policy for Leases is in force',
      look: () => f('PATCH', `${LEASES}/castai-agent`, overflow),
      until: (answer) => /^403 .*no Lease but castai-aks-init-data-<pool>, and not castai-agent/u.test(answer),
    });
    expect(await f('POST', LEASES, lease('castai-other'))).toMatch(/^403 .*and not castai-other/u);
    expect(await f('POST', LEASES, { ...lease(''), metadata: { generateName: 'castai-aks-init-data-' } })).toBe('done');
    expect(await f('POST', LEASES, { ...lease(''), metadata: { generateName: 'castai-agent-' } })).toMatch(/^403 /u);
    expect(await f('POST', LEASES, lease('castai-aks-init-data-p-amd64'))).toBe('done');
    expect(await f('PATCH', `${LEASES}/castai-aks-init-data-p-amd64`, { spec: { leaseTransitions: 1 } })).toBe('done');

    await eventually({
      what: 'the policy for ConfigMaps is in force',
      look: () => f('POST', maps, { metadata: { name: `ca-${Date.now()}` }, data: {} }),
      until: (answer) => /^403 .*no ConfigMap but castai-aks-init-data, and not ca-/u.test(answer),
    });
    const record = { metadata: { name: 'castai-aks-init-data' }, data: { 'pool.p.amd64': '{}', request: '{}' } };
    expect(await f('POST', maps, { ...record, data: { 'run.sh': '' } })).toMatch(/^403 .*and nothing else/u);
    expect(await f('POST', maps, record)).toBe('done');
    expect(await f('PATCH', RECORD, { data: { 'pool.q.arm64': '{}' } })).toBe('done');
    expect(await f('PATCH', RECORD, { data: { 'board.json': '{}' } })).toMatch(/^403 .*and nothing else/u);
    const labels = { grafana_dashboard: '1' };
    expect(await f('PATCH', RECORD, { metadata: { labels } })).toMatch(/^403 .*neither labels nor annotations/u);
    const annotations = { 'reloader.example/match': 'true' };
    expect(await f('PATCH', RECORD, { metadata: { annotations } })).toMatch(/^403 .*neither labels nor annotations/u);
  } finally {
    await reader.close();
  }
});

/** What the API server would answer the service account, of the object that the program uses. */
async function isAllowed(verb: string, resource: 'nodes' | 'leases' | 'configmaps'): Promise<boolean> {
  const name = resource === 'configmaps' && verb !== 'create' ? { name: 'castai-aks-init-data' } : {};
  const at = resource === 'nodes' ? {} : { namespace: NAMESPACE };
  const group = resource === 'leases' ? 'coordination.k8s.io' : '';
  const { status } = await cluster.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    spec: { user: ACCOUNT, resourceAttributes: { verb, resource, group, ...at, ...name } },
  });
  return (status as { allowed?: boolean }).allowed === true;
}
