/** One step installs all: the cluster's id on its way from the agent to the other components, on the real API server. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { CHART, CI_FOLDER } from '../../scripts/chart/chart-folder.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { seedCluster } from '../cluster/seed.ts';
import { createKeySecret, NAMESPACE, startChartPod } from '../stages/chart/chart-account.ts';
import { createHelm, type Helm } from '../stages/chart/helm.ts';
import { type PlatformProgram, startAgentProgram, startPlatformProgram } from '../stages/start-programs.ts';

const KEY = 'the-key-of-the-organisation';
const MAP = `/api/v1/namespaces/${NAMESPACE}/configmaps/castai-cluster`;

let cluster: Cluster;
let platform: PlatformProgram;
let helm: Helm;
beforeAll(async () => {
  const starting = [startCluster({ onProgress: console.log }), startPlatformProgram(['--api-key', KEY])] as const;
  [cluster, platform] = await Promise.all(starting);
  helm = await createHelm(4, cluster.kubeconfig);
  await seedCluster(cluster, { seed: 1, nodes: 2, pods: 10 });
  await createKeySecret(cluster, { name: 'castai-api-key', key: 'API_KEY', value: KEY });
  const values = join(CI_FOLDER, 'one-step-values.yaml');
  await helm.must('install', 'castai', CHART, '--namespace', NAMESPACE, '--values', values);
});
afterAll(async () => {
  helm?.[Symbol.dispose]();
  await platform?.[Symbol.asyncDispose]();
  await cluster?.stop();
});

const dataOf = async (): Promise<unknown> =>
  cluster.request('GET', MAP).then(
    (map) => map['data'],
    () => undefined,
  );

test("the agent's account writes the id into this ConfigMap and no other, and keeps what others have there", async () => {
  const pod = await startChartPod(cluster, { kind: 'deployments', name: 'castai-agent', nodeName: 'n' });
  expect(pod.env).toMatchObject({ CLUSTER_ID_CONFIG_MAP: 'castai-cluster/CLUSTER_ID', POD_NAMESPACE: NAMESPACE });
  // What it writes itself it does not believe.
  expect(pod.env).not.toHaveProperty('CLUSTER_ID');
  const env = { ...pod.env, API_URL: platform.url };
  const written = async (wanted: object): Promise<void> => {
    const clusterId = (await platform.control.state()).clusters[0]?.id ?? 'none yet';
    await eventually({
      what: 'the ConfigMap has the id',
      look: async () => ({ data: await dataOf(), id: (await platform.control.state()).clusters[0]?.id ?? clusterId }),
      until: ({ data, id }) => JSON.stringify(data) === JSON.stringify({ CLUSTER_ID: id, ...wanted }),
      timeoutMs: 60_000,
    });
  };
  {
    await using agent = await startAgentProgram({ env });
    expect(agent.url).toContain('http');
    await written({});
  }
  await cluster.request('PATCH', MAP, { data: { CLUSTER_ID: 'of a cluster that is gone', OTHER: 'x' } });
  await using again = await startAgentProgram({ env });
  expect(again.url).toContain('http');
  await written({ OTHER: 'x' });

  const client = cluster.createClient({ token: pod.token });
  const refused = async (method: 'GET' | 'PATCH' | 'POST', path: string, body?: unknown): Promise<unknown> =>
    client.request(method, path, body).then(
      () => 'taken',
      (error: unknown) => (error as { status?: number }).status,
    );
  const maps = MAP.slice(0, MAP.lastIndexOf('/'));
  expect(await refused('GET', MAP)).toBe(403);
  expect(await refused('PATCH', `${maps}/other`, { data: {} })).toBe(403);
  expect(await refused('POST', maps, { metadata: { name: 'other' } })).toBe(403);
  await client.close();
});

test('the pods of the spot handler wait for it', async () => {
  const { spec } = (await cluster.request(
    'GET',
    `/apis/apps/v1/namespaces/${NAMESPACE}/daemonsets/castai-spot-handler`,
  )) as unknown as {
    spec: { template: { spec: { containers: { env: { name: string; valueFrom?: unknown }[] }[] } } };
  };
  const id = spec.template.spec.containers[0]?.env.find(({ name }) => name === 'CLUSTER_ID');
  expect(id?.valueFrom).toEqual({ configMapKeyRef: { name: 'castai-cluster', key: 'CLUSTER_ID', optional: false } });
});
