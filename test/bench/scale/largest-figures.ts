import { peakRssMiB, startBenchStage } from '../agent/bench-stage.ts';
import { type Figure, atMost, shown } from '../figure.ts';

/** The largest cluster that Kubernetes promises to carry, by its own limits of nodes and pods. */
const PODS = 150_000;
const OTHERS = 450_000;

/** Whether the largest cluster is complete at the platform when its objects are read as protobuf, and what that takes. */
export async function largestFigures(report: (line: string) => void): Promise<Figure[]> {
  report(`${String(PODS)} pods and ${String(OTHERS)} other objects as protobuf: loading the fake (minutes) …`);
  await using stage = await startBenchStage({ pods: PODS, others: OTHERS, options: { READ_ENCODING: 'auto' } });
  const { agent, platform } = stage;
  const startMs = performance.now();
  // Not complete in ten minutes: the figures say so.
  await agent.synced().catch((error: unknown) => report(String(error)));
  const seconds = (performance.now() - startMs) / 1000;
  const [cluster] = (await platform.control.state()).clusters;
  const run = 'largest cluster as protobuf';
  return [
    shown({ figure: `${run}: objects at the platform`, value: cluster?.objects ?? 0, unit: 'objects' }),
    shown({
      figure: `${run}: CPU of the agent`,
      value: (agent.program.usage()?.cpuMs ?? Number.NaN) / 1000,
      unit: 's',
    }),
    atMost(600, { figure: `${run}: complete at the platform after`, value: seconds, unit: 's' }),
    atMost(128, { figure: `${run}: peak RSS`, value: peakRssMiB(agent), unit: 'MiB' }),
  ];
}
