/** Without an election: where deltas go on is kept in a ConfigMap, by the right of one Role, on the real API server. */
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
const MAP = `/api/v1/namespaces/${NAMESPACE}/configmaps/castai-agent-deltas`;
const ROLE = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/roles/castai-agent-deltas`;

let cluster: Cluster;
let platform: PlatformProgram;
let helm: Helm;
beforeAll(async () => {
  const args = ['--api-key', KEY, '--history', '--heartbeat-ms', '1000'];
  const starting = [startCluster({ onProgress: console.log }), startPlatformProgram(args)] as const;
  [cluster, platform] = await Promise.all(starting);
  helm = await createHelm(4, cluster.kubeconfig);
  await seedCluster(cluster, { seed: 1, nodes: 2, pods: 10 });
  await createKeySecret(cluster, { name: 'castai-api-key', key: 'API_KEY', value: KEY });
  const values = join(CI_FOLDER, 'public-api-values.yaml');
  await helm.must(
    'install',
    'castai',
    CHART,
    '--namespace',
    NAMESPACE,
    '--values',
    values,
    '--set',
    'provider=anywhere',
  );
});
afterAll(async () => {
  helm?.[Symbol.dispose]();
  await platform?.[Symbol.asyncDispose]();
  await cluster?.stop();
});

const kept = async (): Promise<string> =>
  cluster.request('GET', MAP).then(
    (map) => (map['data'] as Record<string, string> | undefined)?.['deltas'] ?? '',
    () => '',
  );
const fullSnapshots = async (): Promise<number> =>
  (await platform.control.history()).filter(({ record }) => record.type === 'fullSnapshot').length;
const received = async (): Promise<number> => (await platform.control.state()).clusters[0]?.receivedTotal ?? 0;

/** Runs an agent until the platform has had more of it, and gives what it has written. */
async function runFor(env: Record<string, string>, what: () => Promise<boolean>): Promise<string> {
  const before = await received();
  await using agent = await startAgentProgram({ env: { ...env, API_URL: platform.url, ANYWHERE_CLUSTER_NAME: 'c' } });
  await eventually({
    what: 'a delta is taken, and kept',
    look: async () => (await received()) > before && (await what()),
    until: (isDone) => isDone,
    timeoutMs: 60_000,
  });
  await agent.process.stop();
  return agent.process.lines.map(({ text }) => text).join('\n');
}

test('an agent goes on where the one before has stopped, and without the right each begins anew and says why', async () => {
  const { env } = await startChartPod(cluster, { kind: 'deployments', name: 'castai-agent', nodeName: 'n' });
  expect(env).toMatchObject({
    DELTAS_CONFIG_MAP: 'castai-agent-deltas',
    POD_NAMESPACE: NAMESPACE,
    LEADER_ELECTION: 'false',
  });
  await runFor(env, async () => (await kept()) !== '');
  expect(await fullSnapshots()).toBe(1);
  expect(await runFor(env, async () => true)).toContain('deltas go on from where they were left');
  expect(await fullSnapshots()).toBe(1);
  await cluster.request('PATCH', ROLE, { rules: [] });
  // The authoriser of the server learns of it somewhat later.
  await eventually({
    what: 'the agent is refused, and says so',
    look: () => runFor(env, async () => true),
    until: (output) => output.includes('it cannot be read: ') || output.includes('it cannot be written: '),
    timeoutMs: 120_000,
  });
  await runFor(env, async () => (await fullSnapshots()) >= 2);
});
