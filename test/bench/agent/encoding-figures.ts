import { startCluster } from '../../cluster/cluster.ts';
import { seedCluster } from '../../cluster/seed.ts';
import { atMost, type Figure, median, shown } from '../figure.ts';
import { startBundledAgent } from './bundled-agent.ts';
import { startBenchPlatform } from './servers.ts';

const PODS = 5_000;
const ROUNDS = 3;
const ENCODINGS = ['json', 'auto'] as const;

/**
 * What a snapshot of a real API server costs the agent in either form, in turns: CPU from when its admin port is open until the platform has
 * everything.
 */
export async function encodingFigures(report: (line: string) => void): Promise<Figure[]> {
  report(`real API server: starting, seeding ${String(PODS)} pods …`);
  await using cluster = await startCluster({ onProgress: report });
  await seedCluster(cluster, { seed: 1, nodes: 150, pods: PODS });
  const serviceAccountDir = await cluster.inClusterDir({ token: cluster.adminToken, namespace: 'default' });
  const cpuMs: Record<(typeof ENCODINGS)[number], number[]> = { json: [], auto: [] };
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const encoding of ENCODINGS) {
      await using platform = await startBenchPlatform();
      const options = { READ_ENCODING: encoding };
      await using agent = await startBundledAgent({
        apiServer: cluster.url,
        serviceAccountDir,
        platform: platform.url,
        options,
      });
      const startMs = agent.program.usage()?.cpuMs ?? Number.NaN;
      await agent.synced();
      const spent = (agent.program.usage()?.cpuMs ?? Number.NaN) - startMs;
      report(`round ${String(round)}, READ_ENCODING=${encoding}: ${String(Math.round(spent))} ms of CPU`);
      cpuMs[encoding].push(spent);
    }
  }
  return [
    shown({ figure: `CPU of a snapshot of ${String(PODS)} pods read as JSON`, value: median(cpuMs.json), unit: 'ms' }),
    atMost(0.35, {
      figure: 'CPU of the same snapshot read as protobuf, to JSON',
      value: median(cpuMs.auto) / median(cpuMs.json),
      unit: 'ratio',
    }),
  ];
}
