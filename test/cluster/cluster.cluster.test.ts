import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from './cluster.ts';

const PODS = '/api/v1/namespaces/default/pods';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const SERVICE_ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ users: [{ name: 'visitor', token: 'visitor-token' }], onProgress: console.log });
});

afterAll(async () => {
  await cluster?.stop();
});

const pod = (name: string) => ({
  metadata: { name },
  spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }] },
});

test('the namespaces default and kube-system are there from the start', async () => {
  const { items } = await cluster.request('GET', '/api/v1/namespaces');
  expect(items?.map((item) => item.metadata?.name)).toEqual(expect.arrayContaining(['default', 'kube-system']));
});

test('the server reports a released version', async () => {
  const version = await cluster.request('GET', '/version');
  expect(version['gitVersion']).toMatch(/^v1\.\d+\.\d+$/);
});

test('a pod without a service account is accepted', async () => {
  const created = await cluster.request('POST', PODS, pod('plain'));
  expect(created.status).toMatchObject({ phase: 'Pending' });
});

test('a user of the token file has no rights until something is bound', async () => {
  const visitor = cluster.createClient({ token: 'visitor-token' });
  try {
    await expect(visitor.request('GET', PODS)).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('User "visitor" cannot list resource "pods"'),
    });
    await cluster.request('POST', `${RBAC}/clusterroles`, {
      metadata: { name: 'pod-reader' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
    });
    await cluster.request('POST', `${RBAC}/clusterrolebindings`, {
      metadata: { name: 'visitor' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'pod-reader' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'visitor' }],
    });
    // The authorizer learns of the binding through a watch.
    await expect.poll(() => visitor.request('GET', PODS), { timeout: 10_000 }).toMatchObject({ kind: 'PodList' });
  } finally {
    await visitor.close();
  }
});

test('an unknown token is answered 401', async () => {
  const stranger = cluster.createClient({ token: 'nobody' });
  await expect(stranger.request('GET', PODS)).rejects.toMatchObject({ status: 401, body: { reason: 'Unauthorized' } });
  await stranger.close();
});

test('a service account token in an in-cluster folder identifies the account', async () => {
  await cluster.request('POST', SERVICE_ACCOUNTS, { metadata: { name: 'agent' } });
  const token = await cluster.serviceAccountToken({ namespace: 'default', name: 'agent', expirationSeconds: 600 });
  const directory = await cluster.inClusterDir({ token, namespace: 'default' });
  expect((await readdir(directory)).sort()).toEqual(['ca.crt', 'namespace', 'token']);
  expect(await readFile(join(directory, 'namespace'), 'utf8')).toBe('default');
  const account = cluster.createClient({ token: await readFile(join(directory, 'token'), 'utf8') });
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  await expect(
    account.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', review),
  ).resolves.toMatchObject({ status: { userInfo: { username: 'system:serviceaccount:default:agent' } } });
  await account.close();
});

test('a token bound to a pod carries the pod', async () => {
  const created = await cluster.request('POST', PODS, {
    ...pod('bound'),
    spec: { ...pod('bound').spec, serviceAccountName: 'bound' },
  });
  await cluster.request('POST', SERVICE_ACCOUNTS, { metadata: { name: 'bound' } });
  const boundPod = { name: 'bound', uid: created.metadata?.uid ?? '' };
  const token = await cluster.serviceAccountToken({ namespace: 'default', name: 'bound', boundPod });
  const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as unknown;
  expect(payload).toMatchObject({ 'kubernetes.io': { pod: boundPod } });
});

test('a token for an account that does not exist is refused with 404', async () => {
  const token = cluster.serviceAccountToken({ namespace: 'default', name: 'absent' });
  await expect(token).rejects.toMatchObject({ status: 404 });
});

test('the kubeconfig names the server, its CA and the admin token', async () => {
  const { clusters, users } = JSON.parse(await readFile(cluster.kubeconfig, 'utf8')) as Record<string, unknown[]>;
  expect(clusters).toMatchObject([{ cluster: { server: cluster.url, 'certificate-authority': cluster.caFile } }]);
  expect(users).toMatchObject([{ user: { token: cluster.adminToken } }]);
});

test('an array is sent as a JSON patch and an object as a merge patch', async () => {
  await cluster.request('POST', CONFIG_MAPS, { metadata: { name: 'patched' }, data: { a: '1', b: '2' } });
  const path = `${CONFIG_MAPS}/patched`;
  const jsonPatched = await cluster.request('PATCH', path, [{ op: 'remove', path: '/data/a' }]);
  expect(jsonPatched['data']).toEqual({ b: '2' });
  const mergePatched = await cluster.request('PATCH', path, { data: { b: null, c: '3' } });
  expect(mergePatched['data']).toEqual({ c: '3' });
});

test('a frozen server answers nothing until it is resumed', async () => {
  cluster.pause();
  let isAnswered = false;
  const answer = cluster.request('GET', PODS).finally(() => {
    isAnswered = true;
  });
  await sleep(500);
  expect(isAnswered).toBe(false);
  cluster.resume();
  await expect(answer).resolves.toMatchObject({ kind: 'PodList' });
});

test('objects and address survive a restart of the API server', async () => {
  const created = await cluster.request('POST', CONFIG_MAPS, { metadata: { name: 'durable' } });
  const { url } = cluster;
  await cluster.stopApiServer();
  await expect(cluster.request('GET', CONFIG_MAPS)).rejects.toMatchObject({ code: expect.any(String) });
  await cluster.startApiServer();
  expect(cluster.url).toBe(url);
  const found = await cluster.request('GET', `${CONFIG_MAPS}/durable`);
  expect(found.metadata?.uid).toBe(created.metadata?.uid);
  await expect(cluster.startApiServer()).rejects.toThrow('already runs');
});

test('flags of the caller reach the servers and a stopped cluster leaves nothing behind', async () => {
  await using second = await startCluster({
    serviceAccountAdmission: true,
    apiServerArgs: ['--feature-gates=WatchList=false'],
  });
  await expect(second.request('POST', PODS, pod('plain'))).rejects.toMatchObject({ status: 403 });
  await expect(second.request('GET', `${PODS}?watch=1&sendInitialEvents=false`)).rejects.toMatchObject({ status: 422 });
  await second.stop();
  await expect(stat(second.caFile)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a server that refuses its flags is reported with its own words', async () => {
  await expect(startCluster({ apiServerArgs: ['--no-such-flag'] })).rejects.toThrow(/unknown flag: --no-such-flag/);
});
