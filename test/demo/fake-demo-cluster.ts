import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiClient } from '../cluster/api-client.ts';
import { writeKubeconfig } from '../cluster/cluster-files.ts';
import { startFakeProgram } from '../support/start-programs.ts';
import type { DemoCluster, DemoClusterOptions } from './demo-cluster.ts';

/** Starts a fake API server with a sample cluster in it. Ready within seconds, on any machine. */
export async function startFakeDemoCluster(options: DemoClusterOptions): Promise<DemoCluster> {
  const { nodes, pods, seed } = options;
  const size = ['--nodes', String(nodes), '--pods', String(pods), '--seed', String(seed)];
  const fake = await startFakeProgram(size);
  const directory = mkdtempSync(join(tmpdir(), 'castai-demo-'));
  const kubeconfig = await writeKubeconfig(directory, fake);
  const client = createApiClient({ url: fake.url, token: fake.token });
  return {
    title: `a fake API server with ${nodes} nodes and ${pods} pods`,
    agentEnv: { KUBECONFIG: kubeconfig },
    client,
    isLive: false,
    ended: fake.process.exit.then(({ code, signal }) => `the fake API server ended (${signal ?? `exit code ${code}`})`),
    churn: async (perSecond) => void (await fake.command('churn', { perSecond })),
    change: async (count) => void (await fake.command('change', { count })),
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await fake[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true });
    },
  };
}
