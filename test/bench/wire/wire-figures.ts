import { startCluster } from '../../cluster/cluster.ts';
import { seedCluster } from '../../cluster/seed.ts';
import type { Figure } from '../figure.ts';
import type { WireBench } from './wire-bench.ts';
import { wireLatencyFigures } from './wire-latency-figures.ts';
import { wireRestartFigures } from './wire-restart-figures.ts';
import { wireSnapshotFigures } from './wire-snapshot-figures.ts';

/** As many as the issue names; fewer on a machine that would need an hour to write them. */
const PODS = Number(process.env['BENCH_PODS'] ?? 30_000);

/** The suite `wire-v1`: the public API's `agent-deltas` beside our own protocol, on a real API server. */
export async function wireFigures(report: (line: string) => void): Promise<Figure[]> {
  report(`real API server: starting, seeding ${String(PODS)} pods (minutes; BENCH_PODS takes fewer) …`);
  await using cluster = await startCluster({ onProgress: report });
  await seedCluster(cluster, {
    seed: 1,
    nodes: Math.round(PODS / 30),
    pods: PODS,
    onProgress: (written) => {
      if (written % 5_000 === 0) report(`${String(written)} objects written`);
    },
  });
  const serviceAccountDir = await cluster.inClusterDir({ token: cluster.adminToken, namespace: 'default' });
  const bench: WireBench = { cluster, serviceAccountDir, pods: PODS, report };
  return [
    ...(await wireSnapshotFigures(bench)),
    ...(await wireRestartFigures(bench)),
    ...(await wireLatencyFigures(bench)),
  ];
}
