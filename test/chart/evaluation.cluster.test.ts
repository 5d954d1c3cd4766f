/** The platform in the cluster, for whoever has no account: one value, on a real API server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { CHART } from '../../scripts/chart/chart-folder.ts';
import { findProgram, sourceOf } from '../../scripts/programs.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { seedCluster } from '../cluster/seed.ts';
import { NAMESPACE, startChartPod } from '../stages/chart/chart-account.ts';
import { createHelm, type Helm, parseObjects } from '../stages/chart/helm.ts';
import { keyOf, type Workload } from '../stages/chart/rendered-objects.ts';
import { startProgram } from '../stages/child-program.ts';
import { startAgentProgram } from '../stages/start-programs.ts';
import { presentObjects } from './present-objects.ts';

const EVALUATION = ['--set', 'platform.enabled=true,image.registry=registry.example.com'];
const AT = ['castai', CHART, '--namespace', NAMESPACE];
const SECRET = `/api/v1/namespaces/${NAMESPACE}/secrets/castai-platform-key`;

let cluster: Cluster;
let helm: Helm;
let folder: string;
let notes: string;

beforeAll(async () => {
  cluster = await startCluster({ onProgress: console.log });
  helm = await createHelm(4, cluster.kubeconfig);
  folder = await mkdtemp(join(tmpdir(), 'castai-evaluation-'));
  await seedCluster(cluster, { seed: 1, nodes: 2, pods: 10 });
  notes = await helm.must('install', ...AT, '--create-namespace', ...EVALUATION);
});
afterAll(async () => {
  helm?.[Symbol.dispose]();
  await cluster?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

async function keyInSecret(): Promise<string> {
  const { data } = (await cluster.request('GET', SECRET)) as unknown as { data: Record<string, string> };
  return Buffer.from(data['API_KEY'] ?? '', 'base64').toString();
}

test('the notes say that it is for evaluation, and how its page is seen', async () => {
  expect(notes).toContain('FOR EVALUATION ONLY');
  const [, service, port] = /port-forward --namespace castai-agent service\/(\S+) 8080:(\d+)/u.exec(notes) ?? [];
  const { spec } = await cluster.request('GET', `/api/v1/namespaces/${NAMESPACE}/services/${service}`);
  expect(spec?.['ports']).toEqual([expect.objectContaining({ port: Number(port), targetPort: 8080 })]);
  const pods = await cluster.request('GET', `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/castai-platform`);
  const { template } = (pods as unknown as Workload).spec;
  expect(template.metadata.labels).toMatchObject(spec?.['selector'] as object);
  // Nobody is told to make a Secret that the chart makes.
  expect(notes).not.toContain('create secret');
  expect(notes).not.toContain('http address');
});

test('one value installs an agent that the platform of the same release takes, and the page shows the cluster', async () => {
  const { items = [] } = await cluster.request('GET', '/api/v1/nodes');
  const nodeName = items[0]?.metadata?.name ?? '';
  const [ofPlatform, ofAgent] = await Promise.all(
    ['castai-platform', 'castai-agent'].map((name) => startChartPod(cluster, { kind: 'deployments', name, nodeName })),
  );
  expect(ofAgent?.env['API_URL']).toBe(`http://castai-platform.${NAMESPACE}.svc:8080`);
  expect(ofPlatform?.env).toMatchObject({ HOST: '*', PORT: '8080', ADMIN_HOST: '*' });
  // Only ports and the place of the volume are not those of the pod: other programs of this machine have theirs.
  const own = { PORT: '0', DATABASE_FILE: join(folder, 'platform.db') };
  await using platform = startProgram({
    name: 'the platform',
    entry: sourceOf(findProgram('platform')),
    env: { ...ofPlatform?.env, ...own },
  });
  const told = await platform.waitForJson<{ message: string }>(({ message }) => message.startsWith('the page is at '));
  const url = told.message.replace('the page is at ', '');
  const stranger = await fetch(`${url}/v1/kubernetes/external-clusters`, {
    method: 'POST',
    headers: { 'x-api-key': 'any' },
  });
  expect(stranger.status).toBe(401);
  await using agent = await startAgentProgram({ env: { ...ofAgent?.env, API_URL: url } });
  const shown = await eventually({
    what: 'the page shows the nodes of the cluster',
    look: async () => (await fetch(`${url}/_page/clusters`)).json() as Promise<{ rows: { nodes: number }[] }>,
    until: ({ rows }) => (rows[0]?.nodes ?? 0) === items.length,
  });
  expect(shown.rows).toHaveLength(1);
  expect((await fetch(`${agent.url}/healthz`)).status).toBe(200);
});

test('its account may do nothing, and no token of it is of use', async () => {
  const objects = parseObjects(await helm.must('get', 'manifest', 'castai', '--namespace', NAMESPACE));
  const subjects = objects.flatMap((object) => (object['subjects'] ?? []) as { name: string }[]);
  expect(subjects.map(({ name }) => name)).not.toContain('castai-platform');
});

test('an upgrade keeps the key, and with a key of one’s own, or without the platform, the made-up one goes', async () => {
  const before = await keyInSecret();
  expect(before).toMatch(/^[A-Za-z0-9]{40}$/u);
  await helm.must('upgrade', ...AT, ...EVALUATION, '--set', 'agent.pageSize=100');
  expect(await keyInSecret()).toBe(before);
  await helm.must('upgrade', ...AT, '--set', 'apiKeySecret.name=mine,image.registry=registry.example.com');
  const left = parseObjects(await helm.must('get', 'manifest', 'castai', '--namespace', NAMESPACE));
  expect(left.map(keyOf).filter((key) => key.includes('platform'))).toEqual([]);
  await expect(cluster.request('GET', SECRET)).rejects.toThrow('404');
  expect(await presentObjects(cluster, left, NAMESPACE)).toEqual(left.map(keyOf));
});
