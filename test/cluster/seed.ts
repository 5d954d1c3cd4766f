import { sampleCluster } from '../samples/sample-cluster.ts';
import type { Cluster } from './cluster.ts';
import { writeObjects } from './write-objects.ts';

/** How much to write, and from which number to make it: the same number gives the same objects. */
export interface SeedOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly pods: number;
  /** Told the number of objects written so far after every thousandth. */
  readonly onProgress?: (written: number) => void;
}

/** The server's CPU is the limit: on two cores 32 connections were slower than these. */
const CONNECTIONS = 16;
const PROGRESS_STEP = 1000;

/**
 * Fills a cluster with realistic objects: namespaces, nodes, workloads, pods and what belongs to them, each with the
 * managers and the status that a running cluster would give it. On two cores 3,000 pods and the 2,250 objects around
 * them take 24 s, nearly all of it the server's CPU time.
 * Returns how many objects of each kind were written. Throws ApiError when the server refuses one.
 */
export async function seedCluster(
  cluster: Pick<Cluster, 'createClient' | 'adminToken'>,
  options: SeedOptions,
): Promise<Record<string, number>> {
  const { seed, nodes, pods, onProgress } = options;
  const counts: Record<string, number> = {};
  let written = 0;
  const client = cluster.createClient({ token: cluster.adminToken, connections: CONNECTIONS });
  try {
    await writeObjects(sampleCluster({ seed, nodes, pods }), {
      client,
      concurrency: CONNECTIONS,
      onWritten: ({ kind }) => {
        counts[kind] = (counts[kind] ?? 0) + 1;
        written += 1;
        if (written % PROGRESS_STEP === 0) onProgress?.(written);
      },
    });
  } finally {
    await client.close();
  }
  return counts;
}
