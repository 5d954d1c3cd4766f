import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { ensureKubeScheduler } from '../../scripts/tools/binaries.ts';
import type { Cluster } from './cluster.ts';
import { findFreePort } from './free-port.ts';
import { ProcessGroup } from './process-group.ts';

/** A real kube-scheduler of a cluster. */
export interface KubeScheduler extends AsyncDisposable {
  /** Throws with its last lines when it has ended. */
  check(): Promise<void>;
  /** Whether no pod is in one of its queues: those that wait have been tried since the last thing that could help them. */
  isIdle(): Promise<boolean>;
}

/**
 * Starts the scheduler of a cluster, with its defaults but for how soon it tries again. It ends with this process, however that ends.
 * Throws ClusterUnavailable when the executable cannot be had.
 */
export async function startKubeScheduler(cluster: Pick<Cluster, 'kubeconfig' | 'adminToken'>): Promise<KubeScheduler> {
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
  const port = await findFreePort();
  const server = processes.start({
    name: 'kube-scheduler',
    program,
    args: [
      `--config=${configFile}`,
      `--authentication-kubeconfig=${cluster.kubeconfig}`,
      `--authorization-kubeconfig=${cluster.kubeconfig}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${processes.directory}`,
    ],
  });
  let dispatcher: Agent | undefined;
  return {
    check: async () => {
      if (server.hasEnded())
        throw new Error(`kube-scheduler ended: ${await server.ended}\n${await server.lastLines()}`);
    },
    isIdle: async () => {
      // It signs its own certificate.
      dispatcher ??= new Agent({
        connect: { ca: await readFile(join(processes.directory, 'kube-scheduler.crt'), 'utf8') },
        allowH2: false,
      });
      const headers = { authorization: `Bearer ${cluster.adminToken}` };
      const answer = await request(`https://127.0.0.1:${port}/metrics`, { dispatcher, headers });
      const metrics = await answer.body.text();
      const queued = [...metrics.matchAll(/^scheduler_pending_pods\{queue="(?:active|backoff)"\} (?<pods>\d+)$/gmu)];
      if (queued.length === 0) throw new Error(`kube-scheduler tells nothing of its queues: ${metrics.slice(0, 200)}`);
      return queued.every(({ groups }) => groups?.['pods'] === '0');
    },
    [Symbol.asyncDispose]: async () => {
      await dispatcher?.destroy();
      await processes.stop();
    },
  };
}
