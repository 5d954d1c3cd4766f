import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeInClusterFiles, writeKubeconfig } from '../cluster/cluster-files.ts';
import { type FakeProgram, startFakeProgram } from '../stages/start-programs.ts';
import type { DemoCluster, DemoClusterOptions } from './demo-cluster.ts';

/** Starts a fake API server with a sample cluster in it. Ready within seconds, on any machine. */
export async function startFakeDemoCluster(options: DemoClusterOptions): Promise<DemoCluster> {
  const { nodes, pods, seed } = options;
  const size = ['--nodes', String(nodes), '--pods', String(pods), '--seed', String(seed)];
  const fake = await startFakeProgram(hasOpenssl() ? [...size, '--tls'] : size);
  const directory = mkdtempSync(join(tmpdir(), 'castai-demo-'));
  return {
    title: `a fake API server with ${nodes} nodes and ${pods} pods`,
    agentEnv: await agentEnv(fake, directory),
    client: fake.client,
    isLive: false,
    endsPods: true,
    ended: fake.process.exit.then(({ code, signal }) => `the fake API server ended (${signal ?? `exit code ${code}`})`),
    churn: async (perSecond) => void (await fake.command('churn', { perSecond })),
    change: async (count) => void (await fake.command('change', { count })),
    stopApiServer: async (downMs) => void (await fake.command('restart', { downMs, historyLost: false })),
    [Symbol.asyncDispose]: async () => {
      await fake[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true });
    },
  };
}

/**
 * As in a pod where that is possible: in-cluster credentials are for HTTPS only, and the certificate for it comes from
 * the openssl program. Elsewhere a kubeconfig, whose library costs the agent some 50 MiB.
 */
async function agentEnv(fake: FakeProgram, directory: string): Promise<Record<string, string>> {
  const { url, token, caFile } = fake;
  if (caFile === undefined) return { KUBECONFIG: await writeKubeconfig(directory, fake) };
  const ca = readFileSync(caFile, 'utf8');
  const { hostname, port } = new URL(url);
  return {
    SERVICE_ACCOUNT_DIR: await writeInClusterFiles(directory, { token, ca, namespace: 'castai-agent' }),
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
  };
}

function hasOpenssl(): boolean {
  return spawnSync('openssl', ['version'], { stdio: 'ignore' }).status === 0;
}
