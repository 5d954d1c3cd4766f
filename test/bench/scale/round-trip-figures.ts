import { type Figure, atMost, shown } from '../figure.ts';
import { startBenchStage } from '../agent/bench-stage.ts';
import { snapshotSeconds } from '../agent/snapshot-seconds.ts';

/** About 50,000 objects of all kinds. */
const PODS = 30_300;
const NEAR_MS = 1;
const FAR_MS = 200;

/** How much longer a snapshot takes when each acknowledgement comes late: throughput must not hang on the round trip. */
export async function roundTripFigures(report: (line: string) => void): Promise<Figure[]> {
  const near = await snapshot(NEAR_MS, report);
  const far = await snapshot(FAR_MS, report);
  return [
    shown({ figure: `snapshot of ${String(near.objects)} objects, 1 ms per ack`, value: near.seconds, unit: 's' }),
    shown({ figure: `snapshot of ${String(far.objects)} objects, 200 ms per ack`, value: far.seconds, unit: 's' }),
    atMost(1.2, { figure: 'snapshot at 200 ms to 1 ms per ack', value: far.seconds / near.seconds, unit: 'ratio' }),
  ];
}

async function snapshot(ms: number, report: (line: string) => void): Promise<{ seconds: number; objects: number }> {
  report(`snapshot with ${String(ms)} ms per ack …`);
  await using stage = await startBenchStage({
    pods: PODS,
    beforeAgent: async ({ platform }) =>
      void (await platform.control.addFault({ on: 'batch', action: { type: 'delay', ms } })),
  });
  await stage.agent.synced();
  const { control } = stage.platform;
  const [cluster] = (await control.state()).clusters;
  return { seconds: await snapshotSeconds(control), objects: cluster?.objects ?? Number.NaN };
}
