/** The chart on a real API server, by both Helms: what is made, what changes, what is left. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiError, type ApiObject } from '../cluster/api-client.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { ResourcePaths } from '../cluster/resource-paths.ts';
import { defineKinds, MONITORING_KINDS, OTHER_KINDS } from './cluster-crds.ts';
import { CHART, CI_FOLDER, createHelm, type Helm, parseObjects } from './helm.ts';
import { keyOf, type Workload, workloadsIn } from './rendered-objects.ts';

const FULL = ['--values', join(CI_FOLDER, 'full-values.yaml')];
const MINIMAL = ['--values', join(CI_FOLDER, 'minimal-values.yaml')];
const NAMESPACE = 'castai-agent';
const DEPLOYMENT = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/castai-agent`;

let cluster: Cluster;
let helms: Record<3 | 4, Helm>;

beforeAll(async () => {
  cluster = await startCluster({ onProgress: console.log });
  const helm3 = await createHelm(3, cluster.kubeconfig);
  helms = { 3: helm3, 4: await createHelm(4, cluster.kubeconfig) };
  await defineKinds(cluster, MONITORING_KINDS);
  for (const name of ['shop', 'payments']) await createNamespace(name, {});
});
afterAll(async () => {
  helms?.[3][Symbol.dispose]();
  helms?.[4][Symbol.dispose]();
  await cluster?.stop();
});

async function createNamespace(name: string, labels: Record<string, string>): Promise<void> {
  await cluster.request('POST', '/api/v1/namespaces', { metadata: { name, labels } });
}

async function released(): Promise<ApiObject[]> {
  return parseObjects(await helms[4].must('get', 'manifest', 'castai', '--namespace', NAMESPACE));
}

/** Of these objects, those that the API server has. */
async function present(objects: readonly ApiObject[]): Promise<string[]> {
  const paths = new ResourcePaths(cluster);
  const found: string[] = [];
  for (const object of objects) {
    const { apiVersion = '', kind = '', metadata = {} } = object;
    const { collection } = await paths.find({
      apiVersion,
      kind,
      metadata: { namespace: NAMESPACE, ...metadata, name: metadata.name ?? '' },
    });
    try {
      await cluster.request('GET', `${collection}/${metadata.name}`);
      found.push(keyOf(object));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
  }
  return found;
}

async function pendingLimit(): Promise<string | undefined> {
  const agent = (await cluster.request('GET', DEPLOYMENT)) as unknown as Workload;
  return agent.spec.template.spec.containers[0]?.env.find(({ name }) => name === 'PENDING_LIMIT')?.value;
}

/** How Helm wrote the Deployment last. */
async function helmOperations(): Promise<string[]> {
  const { metadata } = await cluster.request('GET', DEPLOYMENT);
  const managers = metadata?.['managedFields'] as { manager: string; operation: string }[];
  return managers.filter(({ manager }) => manager === 'helm').map(({ operation }) => operation);
}

async function leftOvers(objects: readonly ApiObject[]): Promise<string[]> {
  const { items = [] } = await cluster.request(
    'GET',
    `/api/v1/namespaces/${NAMESPACE}/secrets?labelSelector=owner%3Dhelm`,
  );
  return [...(await present(objects)), ...items.map(keyOf)];
}

test('Helm 4 installs every object by server-side apply, changes them, and leaves nothing', async () => {
  const said = await helms[4].must('install', 'castai', CHART, '--namespace', NAMESPACE, '--create-namespace', ...FULL);
  expect(said).toContain('helm test castai --namespace castai-agent');
  expect(said).toContain('WARNING: the API key stands');
  const objects = await released();
  expect(await present(objects)).toEqual(objects.map(keyOf));
  expect(await helmOperations()).toEqual(['Apply']);

  // Somebody scales: the chart does not write the field, so nobody fights over it.
  await cluster.request('PATCH', DEPLOYMENT, { spec: { replicas: 0 } });
  await helms[4].must(
    'upgrade',
    'castai',
    CHART,
    '--namespace',
    NAMESPACE,
    ...FULL,
    '--set',
    'agent.pendingLimit=64Mi',
  );
  expect(await pendingLimit()).toBe('64Mi');
  expect(await cluster.request('GET', DEPLOYMENT)).toMatchObject({ spec: { replicas: 0 } });

  // What is switched off goes.
  await helms[4].must(
    'upgrade',
    'castai',
    CHART,
    '--namespace',
    NAMESPACE,
    ...FULL,
    '--set',
    'aksInitData.enabled=false',
  );
  expect((await present(objects)).filter((key) => key.includes('aks-init-data'))).toEqual([]);

  await helms[4].must('uninstall', 'castai', '--namespace', NAMESPACE);
  expect(await leftOvers(objects)).toEqual([]);
});

test('a release of Helm 3 goes on with Helm 4, with and without server-side apply', async () => {
  const at = ['castai', CHART, '--namespace', NAMESPACE, ...MINIMAL];
  await helms[3].must('install', ...at, '--create-namespace');
  const objects = await released();
  expect(await present(objects)).toEqual(objects.map(keyOf));
  await helms[3].must('upgrade', ...at, '--set', 'agent.pendingLimit=33Mi');
  expect(await pendingLimit()).toBe('33Mi');

  await helms[4].must('upgrade', ...at, '--set', 'agent.pendingLimit=34Mi');
  expect(await pendingLimit()).toBe('34Mi');
  expect(await helmOperations()).toEqual(['Update']);
  await helms[4].must('upgrade', ...at, '--set', 'agent.pendingLimit=35Mi', '--server-side=true');
  expect(await pendingLimit()).toBe('35Mi');
  expect(await helmOperations()).toContain('Apply');
  await helms[4].must('upgrade', ...at, '--set', 'agent.pendingLimit=36Mi');
  expect(await pendingLimit()).toBe('36Mi');

  await helms[3].must('uninstall', 'castai', '--namespace', NAMESPACE);
  expect(await leftOvers(objects)).toEqual([]);
});

test('the API server accepts every object of every shape as it is written', async () => {
  await defineKinds(cluster, OTHER_KINDS);
  await createNamespace('monitoring', {});
  const paths = new ResourcePaths(cluster);
  const refused: string[] = [];
  let count = 0;
  for (const file of readdirSync(CI_FOLDER)) {
    for (const object of await helms[4].template('--values', join(CI_FOLDER, file))) {
      const { apiVersion = '', kind = '', metadata = {} } = object;
      const at = { namespace: NAMESPACE, ...metadata, name: metadata.name ?? '' };
      const { collection } = await paths.find({ apiVersion, kind, metadata: at });
      const probe = { ...object, metadata: { ...at, name: `probe-${metadata.name}` } };
      await cluster
        .request('POST', `${collection}?dryRun=All&fieldValidation=Strict`, probe)
        .catch((error: unknown) => refused.push(`${file} ${keyOf(object)}: ${String(error)}`));
      count += 1;
    }
  }
  expect(refused).toEqual([]);
  expect(count).toBeGreaterThan(150);
});

test('Pod Security admits the agent and its check where it is restricted, the DaemonSets only where it is privileged', async () => {
  for (const level of ['restricted', 'baseline', 'privileged']) {
    await createNamespace(`level-${level}`, { 'pod-security.kubernetes.io/enforce': level });
  }
  const objects = await helms[4].template('--values', join(CI_FOLDER, 'aks-values.yaml'));
  const doctor = objects.find(({ kind }) => kind === 'Pod');
  const templates = workloadsIn(objects).map(({ metadata, spec }) => [metadata?.name, spec.template] as const);
  const answers: Record<string, string[]> = {};
  for (const [name = '', { spec }] of [...templates, ['castai-doctor', { spec: doctor?.spec }] as const]) {
    for (const level of ['restricted', 'baseline', 'privileged']) {
      const pod = { metadata: { name: 'probe' }, spec };
      const answer = await cluster.request('POST', `/api/v1/namespaces/level-${level}/pods?dryRun=All`, pod).then(
        () => 'admitted',
        (error: unknown) => (error instanceof ApiError ? String(error.status) : 'failed'),
      );
      answers[name] = [...(answers[name] ?? []), `${level} ${answer}`];
    }
  }
  const everywhere = ['restricted admitted', 'baseline admitted', 'privileged admitted'];
  const privileged = ['restricted 403', 'baseline 403', 'privileged admitted'];
  expect(answers).toEqual({
    'castai-agent': everywhere,
    'castai-doctor': everywhere,
    'castai-spot-handler': privileged,
    'castai-aks-init-data': privileged,
  });
});
