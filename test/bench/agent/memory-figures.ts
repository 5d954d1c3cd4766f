import type { Figure } from '../figure.ts';
import { atMost } from '../figure.ts';
import { startBundledAgent } from './bundled-agent.ts';
import { startBenchFake, startBenchPlatform } from './servers.ts';

const SIZES = [1_000, 10_000, 50_000] as const;
const MIB = 1024 * 1024;

/** Peak memory while clusters of three sizes are streamed from nothing, and whether it grows with them. */
export async function memoryFigures(report: (line: string) => void): Promise<Figure[]> {
  const peaks: number[] = [];
  for (const pods of SIZES) {
    report(`memory: streaming ${String(pods)} pods …`);
    peaks.push(await peakRssMiB(pods));
  }
  const [small = Number.NaN, , large = Number.NaN] = peaks;
  return [
    ...SIZES.map((pods, index) =>
      atMost(150, { figure: `peak RSS, ${String(pods)} pods`, value: peaks[index] ?? Number.NaN, unit: 'MiB' }),
    ),
    atMost(1.2, { figure: 'peak RSS, 50000 pods to 1000 pods', value: large / small, unit: 'ratio' }),
  ];
}

async function peakRssMiB(pods: number): Promise<number> {
  await using fake = await startBenchFake(pods);
  await using platform = await startBenchPlatform();
  await using agent = await startBundledAgent({
    apiServer: fake.url,
    serviceAccountDir: fake.serviceAccountDir,
    platform: platform.url,
  });
  await agent.synced();
  return (agent.program.usage()?.peakRssBytes ?? Number.NaN) / MIB;
}
