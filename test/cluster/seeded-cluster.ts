import { systemClock } from '@castai/shared/async/clock.ts';
import { connectKube, type KubeConnection } from '@castai/shared/kube/connect-kube.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { type SeedOptions, seedCluster } from './seed.ts';

/** A real API server with the sample's objects, and a connection as the programs have it. */
export interface SeededCluster {
  readonly cluster: Cluster;
  readonly kube: KubeConnection;
  stop(): Promise<void>;
}

/** Starts one; prints the seed of its objects. */
export async function startSeededCluster(options: SeedOptions): Promise<SeededCluster> {
  console.log(`seed ${String(options.seed)}`);
  const cluster = await startCluster({ onProgress: console.log });
  try {
    await seedCluster(cluster, options);
    const kube = await connectKube({
      config: { kubeconfig: cluster.kubeconfig, serviceAccountDir: '' },
      environment: {},
      clock: systemClock,
      userAgent: 'test',
      secrets: new KnownSecrets(),
    });
    const stop = async (): Promise<void> => {
      await kube.close();
      await cluster.stop();
    };
    return { cluster, kube, stop };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
