import { eventually } from '@castai/shared/testing/eventually.ts';
import { type Figure, atMost } from '../figure.ts';
import { type BenchStage, peakRssMiB, startBenchStage } from './bench-stage.ts';
import { requestsFor } from './fake-requests.ts';
import { patienceMs } from './patience.ts';

const SIZES = [1_000, 50_000, 150_000] as const;
/** The fourth look at PodMetrics begins when three are through: a fault that keeps one page shows by then. */
const LOOKS = 4;

/** Peak memory while clusters of three sizes are streamed from nothing, PodMetrics included, and whether it grows with them. */
export async function memoryFigures(report: (line: string) => void): Promise<Figure[]> {
  const peaks: number[] = [];
  for (const pods of SIZES) {
    report(`memory: streaming ${String(pods)} pods and their PodMetrics …`);
    await using stage = await startBenchStage({ pods, metrics: true, options: { POLL_SECONDS: '15' } });
    await stage.agent.synced();
    await looksAtPodMetrics(stage, pods);
    peaks.push(peakRssMiB(stage.agent));
  }
  const [small = Number.NaN, , large = Number.NaN] = peaks;
  return [
    ...SIZES.map((pods, index) =>
      atMost(128, {
        figure: `peak RSS, ${String(pods)} pods with PodMetrics`,
        value: peaks[index] ?? Number.NaN,
        unit: 'MiB',
      }),
    ),
    atMost(1.15, { figure: 'peak RSS, 150000 pods to 1000 pods', value: large / small, unit: 'ratio' }),
  ];
}

async function looksAtPodMetrics({ fake }: BenchStage, pods: number): Promise<void> {
  await eventually({
    what: `${String(LOOKS)} looks at PodMetrics`,
    look: async () => (await requestsFor(fake, 'list')).filter(({ group }) => group === 'metrics.k8s.io').length,
    until: (looks) => looks >= LOOKS,
    timeoutMs: patienceMs(pods),
  });
}
