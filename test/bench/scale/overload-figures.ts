import { setTimeout as sleep } from 'node:timers/promises';
import { peakRssMiB, startBenchStage } from '../agent/bench-stage.ts';
import type { PlatformControl } from '../../platform-rig/client.ts';
import { type Figure, atMost, shown } from '../figure.ts';
import { demotions, sum } from './demotions.ts';
import { type MeasuredChurn, measuredChurn } from './measured-churn.ts';

/** BENCH_PODS takes fewer, where a machine that is busy with other work could not list so many in time. */
const PODS = Number(process.env['BENCH_PODS'] ?? 150_000);
const CHANGES_PER_SECOND = 2_000;
const ACK_MS = 1_500;
/** The others create, delete and change, each of which takes the fake 0.4 ms of a core: 2,000 of them a second would take most of one. */
const TOUCH_SHARE = 0.98;
/** After the first snapshot: long enough for a feed to be demoted again and again. */
const AFTER_MS = 180_000;
const SAMPLE = 200;

/** The largest cluster that changes as fast as it can with a platform that answers late: what is demoted must not be so for ever. */
export async function overloadFigures(report: (line: string) => void): Promise<Figure[]> {
  report(`overload: ${String(PODS)} pods, ${String(CHANGES_PER_SECOND)} changes/s, acks after ${String(ACK_MS)} ms …`);
  let churn: MeasuredChurn | undefined;
  await using stage = await startBenchStage({
    pods: PODS,
    beforeAgent: async ({ fake, platform }) => {
      await platform.control.addFault({ on: 'batch', action: { type: 'delay', ms: ACK_MS } });
      churn = await measuredChurn(fake, CHANGES_PER_SECOND, TOUCH_SHARE);
    },
  });
  const { agent, platform } = stage;
  const startedAtMs = performance.now();
  const seconds = await agent.synced().then(
    () => (performance.now() - startedAtMs) / 1000,
    () => Number.POSITIVE_INFINITY,
  );
  const snapshotRate = (await churn?.rate()) ?? Number.NaN;
  await sleep(AFTER_MS);
  const rate = (await churn?.stop()) ?? Number.NaN;
  // A fake on a busy machine makes fewer changes than it was asked for: what is judged bears the rate of the run in its name.
  const run = `overload of ${rate.toFixed(0)} changes/s, ${String(PODS)} pods`;
  const demoted = await demotions(agent);
  return [
    shown({ figure: `${run}: rate until everything was complete`, value: snapshotRate, unit: 'changes/s' }),
    shown({ figure: `${run}: a pod as sent`, value: await meanBytes(platform.control), unit: 'bytes' }),
    shown({ figure: `${run}: peak RSS`, value: peakRssMiB(agent), unit: 'MiB' }),
    shown({ figure: `${run}: demotions`, value: sum(demoted), unit: 'demotions' }),
    atMost(600, { figure: `${run}: everything complete at the platform after`, value: seconds, unit: 's' }),
    atMost(0, {
      figure: `${run}: demotions that repeat`,
      value: sum(demoted.map((count) => Math.max(0, count - 1))),
      unit: 'demotions',
    }),
  ];
}

/** Bytes of a pod's body as the platform has it, over the first of them. */
async function meanBytes(control: PlatformControl): Promise<number> {
  let [bytes, pods] = [0, 0];
  for await (const { body } of control.objects({ feed: 'pods' })) {
    bytes += Buffer.byteLength(JSON.stringify(body));
    pods += 1;
    if (pods === SAMPLE) break;
  }
  return bytes / pods;
}
