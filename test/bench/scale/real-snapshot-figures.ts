import { join } from 'node:path';
import { type Cluster, startCluster } from '../../cluster/cluster.ts';
import { seedCluster } from '../../cluster/seed.ts';
import { startProgram } from '../../stages/child-program.ts';
import { startBundledAgent } from '../agent/bundled-agent.ts';
import type { Floor, PageForm } from '../agent/read-and-discard.ts';
import { startBenchPlatform } from '../agent/servers.ts';
import { snapshotSeconds } from '../agent/snapshot-seconds.ts';
import { atMost, type Figure, median, shown } from '../figure.ts';

/** BENCH_PODS takes fewer, where a machine that is busy with other work would write for the better part of an hour. */
const PODS = Number(process.env['BENCH_PODS'] ?? 30_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const MIB = 1024 * 1024;

/** What one reader took. */
interface Reading {
  readonly seconds: number;
  readonly cpuMs: number;
}

type Reader = 'bare' | 'auto' | 'json';

/**
 * A snapshot of a real API server, in turns: by a bare client that reads the same pages as protobuf and throws them away, and by the agent, in either
 * form. The client's CPU is that of its reading; the agent's is from its open admin port until the platform has everything.
 */
export async function realSnapshotFigures(report: (line: string) => void): Promise<Figure[]> {
  report(`real API server: starting, seeding ${String(PODS)} pods (minutes; BENCH_PODS takes fewer) …`);
  await using cluster = await startCluster({ onProgress: report });
  const startedAtMs = performance.now();
  await seedCluster(cluster, {
    seed: 1,
    nodes: Math.round(PODS / 33),
    pods: PODS,
    onProgress: (written) =>
      report(`${String(written)} objects after ${String(Math.round((performance.now() - startedAtMs) / 1000))} s`),
  });
  const serviceAccountDir = await cluster.inClusterDir({ token: cluster.adminToken, namespace: 'default' });
  const taken: Record<Reader, Reading[]> = { bare: [], auto: [], json: [] };
  const peaks: Record<'auto' | 'json', number[]> = { auto: [], json: [] };
  let objects = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    taken.bare.push(await bareReading(cluster, 'protobuf'));
    for (const encoding of ['auto', 'json'] as const) {
      const { peakBytes, objects: held, ...reading } = await snapshot(cluster, serviceAccountDir, encoding);
      taken[encoding].push(reading);
      peaks[encoding].push(peakBytes);
      objects = held;
    }
    const told = Object.entries(taken).map(([reader, readings]) => `${reader} ${inWords(readings.at(-1))}`);
    report(`round ${String(round)}: ${told.join(', ')}`);
  }
  const ratio = (key: keyof Reading, one: Reader, other: Reader): number =>
    median(taken[one].map((reading, round) => reading[key] / (taken[other][round]?.[key] ?? Number.NaN)));
  return [
    shown({ figure: 'objects of the snapshot', value: objects, unit: 'objects' }),
    atMost(1.4, {
      figure: 'snapshot, to reading the same pages as protobuf: time',
      value: ratio('seconds', 'auto', 'bare'),
      unit: 'ratio',
    }),
    atMost(2, { figure: 'the same: CPU', value: ratio('cpuMs', 'auto', 'bare'), unit: 'ratio' }),
    atMost(0.35, { figure: 'CPU as protobuf, to JSON', value: ratio('cpuMs', 'auto', 'json'), unit: 'ratio' }),
    shown({ figure: 'time as protobuf, to JSON', value: ratio('seconds', 'auto', 'json'), unit: 'ratio' }),
    shown({ figure: 'peak RSS as protobuf', value: median(peaks.auto) / MIB, unit: 'MiB' }),
    shown({ figure: 'peak RSS as JSON', value: median(peaks.json) / MIB, unit: 'MiB' }),
  ];
}

async function bareReading({ url, caFile, adminToken }: Cluster, form: PageForm): Promise<Reading & Floor> {
  await using program = startProgram({
    name: 'the bare reader',
    entry: join(import.meta.dirname, 'bare-reader.ts'),
    args: [url, caFile, adminToken, form],
  });
  return await program.waitForJson<Reading & Floor>(() => true, 600_000);
}

async function snapshot(
  cluster: Cluster,
  serviceAccountDir: string,
  encoding: 'auto' | 'json',
): Promise<Reading & { readonly peakBytes: number; readonly objects: number }> {
  await using platform = await startBenchPlatform();
  await using agent = await startBundledAgent({
    apiServer: cluster.url,
    serviceAccountDir,
    platform: platform.url,
    pods: PODS,
    options: { READ_ENCODING: encoding },
  });
  const before = agent.program.usage()?.cpuMs ?? Number.NaN;
  await agent.synced();
  const { cpuMs = Number.NaN, peakRssBytes = Number.NaN } = agent.program.usage() ?? {};
  const [state] = (await platform.control.state()).clusters;
  return {
    seconds: await snapshotSeconds(platform.control),
    cpuMs: cpuMs - before,
    peakBytes: peakRssBytes,
    objects: state?.objects ?? Number.NaN,
  };
}

function inWords(reading: Reading | undefined): string {
  return reading === undefined ? '' : `${reading.seconds.toFixed(1)} s (${(reading.cpuMs / 1000).toFixed(2)} s of CPU)`;
}
