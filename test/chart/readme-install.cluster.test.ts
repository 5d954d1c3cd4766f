/** README's "Install", as it stands there, on a real API server; then the agent as its Deployment says. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { ensureKubectl } from '../../scripts/tools/binaries.ts';
import { seedCluster } from '../cluster/seed.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type PlatformProgram, startAgentProgram, startPlatformProgram } from '../stages/start-programs.ts';
import { NAMESPACE, startChartPod } from '../stages/chart/chart-account.ts';
import { ensureHelm } from '../../scripts/tools/chart-binaries.ts';
import { parseObjects } from '../stages/chart/helm.ts';
import { readmeCommands, runInShell } from './readme-commands.ts';
import { presentObjects } from './present-objects.ts';
import { keyOf, type Workload } from '../stages/chart/rendered-objects.ts';

const KEY = 'the-key-of-the-organisation';

let cluster: Cluster;
let platform: PlatformProgram;
let home: string;

beforeAll(async () => {
  // The platform takes this key and no other.
  const starting = [startCluster({ onProgress: console.log }), startPlatformProgram(['--api-key', KEY])] as const;
  [cluster, platform] = await Promise.all(starting);
  home = await mkdtemp(join(tmpdir(), 'castai-home-'));
  await seedCluster(cluster, { seed: 1, nodes: 2, pods: 10 });
});
afterAll(async () => {
  if (home !== undefined) await rm(home, { recursive: true });
  await platform?.[Symbol.asyncDispose]();
  await cluster?.stop();
});

test('the three commands install it, and the agent that they describe registers and delivers', async () => {
  const commands = readmeCommands('install');
  expect(commands).toHaveLength(3);
  const shell = {
    path: [dirname(await ensureHelm(4, console.log)), dirname(await ensureKubectl(console.log))],
    env: { HOME: home, KUBECONFIG: cluster.kubeconfig, CASTAI_API_KEY: KEY, REGISTRY: 'registry.example.com' },
  };
  for (const command of commands) await runInShell(command, shell);

  const objects = parseObjects(await runInShell(`helm get manifest castai --namespace ${NAMESPACE}`, shell));
  expect(objects.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Deployment']),
  );
  expect(await presentObjects(cluster, objects, NAMESPACE)).toEqual(objects.map(keyOf));

  const { items = [] } = await cluster.request('GET', '/api/v1/nodes');
  const nodeName = items[0]?.metadata?.name ?? '';
  const pod = await startChartPod(cluster, { kind: 'deployments', name: 'castai-agent', nodeName });
  expect(pod.env).toMatchObject({ API_URL: 'https://api.cast.ai' });
  expect(pod.env).not.toHaveProperty('API_KEY');
  // Only the address is not that of the commands: the reference platform is here.
  await using agent = await startAgentProgram({ env: { ...pod.env, API_URL: platform.url } });
  const registered = await eventually({
    what: 'the platform has the whole cluster',
    look: async () => ({
      status: (await fetch(`${agent.url}/readyz`)).status,
      cluster: (await platform.control.state()).clusters[0],
    }),
    until: ({ status, cluster: known }) => status === 200 && (known?.receivedTotal ?? 0) > 0,
  });
  const nodes = await platform.control.allObjects({ cluster: registered.cluster?.id ?? '', feed: 'nodes' });
  expect(nodes.map(({ name }) => name).sort()).toEqual(items.map(({ metadata }) => metadata?.name ?? '').sort());
});

/** The commands of the notes, as they stand there; only what is in angle brackets is filled in. */
function notedCommands(said: string, after: string): string[] {
  const text = said.split(after)[1]?.split('\n\n')[0] ?? '';
  const lines = text.split('\n').filter((line) => /^ {2}(?:kubectl|helm) /u.test(line));
  return lines.map((line) => line.trim().replaceAll('<chart>', 'charts/castai').replaceAll('<key>', KEY));
}

test('whoever follows the notes, word by word, keeps the key and has pods that can start', async () => {
  const shell = {
    path: [dirname(await ensureHelm(4, console.log)), dirname(await ensureKubectl(console.log))],
    env: { HOME: home, KUBECONFIG: cluster.kubeconfig },
  };
  const values = `apiKey=${KEY},image.registry=registry.example.com,clusterId=c,spotHandler.enabled=true,fullnameOverride=notes`;
  const install = `helm install notes charts/castai --namespace notes --create-namespace --set ${values}`;
  const said = await runInShell(install, shell);
  const own = notedCommands(said, 'WARNING: spot-handler has the same key');
  const better = notedCommands(said, 'WARNING: the API key stands');
  expect([own.length, better.length]).toEqual([2, 2]);
  for (const command of [...own, ...better]) await runInShell(command, shell);
  for (const [kind, program, secret] of [
    ['deployments', 'agent', 'castai-api-key'],
    ['daemonsets', 'spot-handler', 'castai-spot-handler-key'],
  ] as const) {
    const workload = await cluster.request('GET', `/apis/apps/v1/namespaces/notes/${kind}/notes-${program}`);
    const { volumes } = (workload as unknown as Workload).spec.template.spec;
    const source = volumes.find(({ name }) => name === 'api-key')?.secret;
    expect([program, source?.secretName]).toEqual([program, secret]);
    const stored = await cluster.request('GET', `/api/v1/namespaces/notes/secrets/${secret}`);
    const key = source?.items?.[0]?.key ?? '';
    expect((stored as unknown as { data: Record<string, string> }).data[key]).toBe(Buffer.from(KEY).toString('base64'));
  }
});
