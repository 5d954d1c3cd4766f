/** The chart on a real API server, by both Helms: what is made, what changes, what is left. */
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiError, type ApiObject } from '../cluster/api-client.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { ResourcePaths } from '../cluster/resource-paths.ts';
import { defineKinds } from './cluster-crds.ts';
import { MONITORING_KINDS, OTHER_KINDS } from './foreign-kinds.ts';
import { createHelm, type Helm, parseObjects } from '../stages/chart/helm.ts';
import { CHART, CI_FOLDER } from '../../scripts/chart/chart-folder.ts';
import { writeJsonSchemas } from './json-schemas.ts';
import { runKubeconform } from './kubeconform.ts';
import { plantMistakes } from './plant-mistakes.ts';
import { presentObjects } from './present-objects.ts';
import { keyOf, type Workload, workloadsIn } from '../stages/chart/rendered-objects.ts';

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
  await defineKinds(cluster, [...MONITORING_KINDS, ...OTHER_KINDS]);
  for (const name of ['shop', 'payments', 'monitoring']) await createNamespace(name, {});
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
  return [...(await presentObjects(cluster, objects, NAMESPACE)), ...items.map(keyOf)];
}

test('Helm 4 installs every object by server-side apply, changes them, and leaves nothing', async () => {
  const said = await helms[4].must('install', 'castai', CHART, '--namespace', NAMESPACE, '--create-namespace', ...FULL);
  expect(said).toContain('helm test castai --namespace castai-agent');
  expect(said).toContain('WARNING: the API key stands');
  const objects = await released();
  expect(await presentObjects(cluster, objects, NAMESPACE)).toEqual(objects.map(keyOf));
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
    'agent.pendingLimit=24Mi',
  );
  expect(await pendingLimit()).toBe('24Mi');
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
  expect((await presentObjects(cluster, objects, NAMESPACE)).filter((key) => key.includes('aks-init-data'))).toEqual(
    [],
  );

  await helms[4].must('uninstall', 'castai', '--namespace', NAMESPACE);
  expect(await leftOvers(objects)).toEqual([]);
});

test('a release of Helm 3 goes on with Helm 4, with and without server-side apply', async () => {
  const at = ['castai', CHART, '--namespace', NAMESPACE, ...MINIMAL];
  await helms[3].must('install', ...at, '--create-namespace');
  const objects = await released();
  expect(await presentObjects(cluster, objects, NAMESPACE)).toEqual(objects.map(keyOf));
  await helms[3].must('upgrade', ...at, '--set', 'agent.pendingLimit=30Mi');
  expect(await pendingLimit()).toBe('30Mi');

  await helms[4].must('upgrade', ...at, '--set', 'agent.pendingLimit=31Mi');
  expect(await pendingLimit()).toBe('31Mi');
  expect(await helmOperations()).toEqual(['Update']);
  await helms[4].must('upgrade', ...at, '--set', 'agent.pendingLimit=28Mi', '--server-side=true');
  expect(await pendingLimit()).toBe('28Mi');
  expect(await helmOperations()).toContain('Apply');
  await helms[4].must('upgrade', ...at, '--set', 'agent.pendingLimit=29Mi');
  expect(await pendingLimit()).toBe('29Mi');

  await helms[3].must('uninstall', 'castai', '--namespace', NAMESPACE);
  expect(await leftOvers(objects)).toEqual([]);
});

/** Every shape as Helm writes it: name → YAML. */
async function renderShapes(): Promise<Map<string, string>> {
  const shapes = new Map<string, string>();
  for (const file of readdirSync(CI_FOLDER)) {
    shapes.set(file, await helms[4].render('--values', join(CI_FOLDER, file)));
  }
  return shapes;
}

test('the API server accepts every object of every shape as it is written', async () => {
  const paths = new ResourcePaths(cluster);
  const refused: string[] = [];
  let count = 0;
  for (const [file, text] of await renderShapes()) {
    for (const object of parseObjects(text)) {
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

test('kubeconform finds nothing wrong with any shape, and each planted mistake', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'castai-kubeconform-'));
  const [shapes, schemas, wrong] = ['shapes', 'schemas', 'wrong'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  try {
    for (const path of [shapes, schemas, wrong]) await mkdir(path);
    const rendered = await renderShapes();
    for (const [file, text] of rendered) await writeFile(join(shapes, file), text);
    const objects = [...rendered.values()].flatMap(parseObjects);
    await writeJsonSchemas(cluster, objects, schemas);

    const verdicts = await runKubeconform(shapes, schemas);
    expect(verdicts.filter(({ status }) => status !== 'statusValid')).toEqual([]);
    expect(verdicts).toHaveLength(objects.length);

    // A field that the kind does not have, once at the top and once as deep as the object goes.
    const oneOfEach = new Map(objects.map((object) => [`${object.apiVersion} ${object.kind}`, object]));
    const mistakes = [...oneOfEach.values()].flatMap((object) => plantMistakes(object));
    for (const [index, mistake] of mistakes.entries()) {
      await writeFile(join(wrong, `${index}.json`), JSON.stringify(mistake));
    }
    const found = await runKubeconform(wrong, schemas);
    expect(
      found.filter(({ status }) => status !== 'statusInvalid').map(({ kind, filename }) => [kind, filename]),
    ).toEqual([]);
    expect(found).toHaveLength(mistakes.length);
    expect(found.length).toBeGreaterThan(30);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('Pod Security admits agent, its check, evictor and cluster controller where it is restricted, the DaemonSets only where it is privileged', async () => {
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
    'castai-evictor': everywhere,
    'castai-cluster-controller': everywhere,
    'castai-spot-handler': privileged,
    'castai-aks-init-data': privileged,
  });
});
