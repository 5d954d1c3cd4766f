import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster } from '../cluster/cluster.ts';
import { seedCluster } from '../cluster/seed.ts';
import { ClusterChanger } from '../cluster/change-cluster.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { Churner } from './churner.ts';
import type { DemoCluster, DemoClusterOptions } from './demo-cluster.ts';

/**
 * Starts a real etcd and kube-apiserver and fills them with the sample cluster. Takes minutes the first time, when both
 * are built. Throws ClusterUnavailable where they cannot be.
 */
export async function startRealDemoCluster(options: DemoClusterOptions): Promise<DemoCluster> {
  const { nodes, pods, seed, onProgress } = options;
  const cluster = await startCluster({ onProgress });
  try {
    onProgress(`filling the cluster with ${nodes} nodes and ${pods} pods`);
    await seedCluster(cluster, {
      nodes,
      pods,
      seed,
      onProgress: (written) => onProgress(`${written} objects written`),
    });
    const { hostname, port } = new URL(cluster.url);
    const changer = new ClusterChanger({ client: cluster, random: new SeededRandom(seed) });
    const churner = new Churner((count) => changer.change(count));
    return {
      title: `a real kube-apiserver with ${nodes} nodes and ${pods} pods, ${cluster.url}`,
      // As in a pod: the service account's folder and the two variables that Kubernetes sets.
      agentEnv: {
        SERVICE_ACCOUNT_DIR: await cluster.inClusterDir({ token: cluster.adminToken, namespace: 'castai-agent' }),
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
      },
      client: cluster,
      isLive: false,
      endsPods: false,
      ended: new Promise(() => {}),
      churn: (perSecond) => churner.run(perSecond),
      change: (count) => changer.change(count),
      stopApiServer: async (forMs) => {
        await cluster.stopApiServer();
        await sleep(forMs);
        await cluster.startApiServer();
      },
      [Symbol.asyncDispose]: async () => {
        await churner.run(0).catch(() => undefined);
        await cluster.stop();
      },
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
