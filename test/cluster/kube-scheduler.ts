import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureKubeScheduler } from '../../scripts/tools/binaries.ts';
import type { Cluster } from './cluster.ts';
import { findFreePort } from './free-port.ts';
import { ProcessGroup } from './process-group.ts';

/** A real kube-scheduler of a cluster. */
export interface KubeScheduler extends AsyncDisposable {
  /** Throws with its last lines when it has ended. */
  check(): Promise<void>;
}

/**
 * Starts the scheduler of a cluster, with its defaults but for how soon it tries again. It ends with this process, however that ends.
 * Throws ClusterUnavailable when the executable cannot be had.
 */
export async function startKubeScheduler(cluster: Pick<Cluster, 'kubeconfig'>): Promise<KubeScheduler> {
  const program = await ensureKubeScheduler(() => undefined);
  const processes = new ProcessGroup(await mkdtemp(join(tmpdir(), 'castai-scheduler-')));
  const configFile = join(processes.directory, 'config.yaml');
  await writeFile(
    configFile,
    JSON.stringify({
      apiVersion: 'kubescheduler.config.k8s.io/v1',
      kind: 'KubeSchedulerConfiguration',
      clientConnection: { kubeconfig: cluster.kubeconfig, qps: 1_000, burst: 1_000 },
      leaderElection: { leaderElect: false },
      // A pod that did not fit is tried again at once: what is wanted is where it ends up, not how long it waits.
      podInitialBackoffSeconds: 1,
      podMaxBackoffSeconds: 1,
    }),
  );
  const server = processes.start({
    name: 'kube-scheduler',
    program,
    args: [
      `--config=${configFile}`,
      `--authentication-kubeconfig=${cluster.kubeconfig}`,
      `--authorization-kubeconfig=${cluster.kubeconfig}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${await findFreePort()}`,
      `--cert-dir=${processes.directory}`,
    ],
  });
  return {
    check: async () => {
      if (server.hasEnded())
        throw new Error(`kube-scheduler ended: ${await server.ended}\n${await server.lastLines()}`);
    },
    [Symbol.asyncDispose]: () => processes.stop(),
  };
}
