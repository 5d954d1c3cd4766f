import { setTimeout as sleep } from 'node:timers/promises';
import { peakRssMiB, startBenchStage } from '../agent/bench-stage.ts';
import { type Figure, atMost, shown } from '../figure.ts';
import { measuredChurn } from './measured-churn.ts';

const PODS = 10_000;
const CHANGES_PER_SECOND = 200;
const MINUTES = 10;

/** The memory of an agent whose platform is away for ten minutes while the cluster goes on, and of its way back. */
export async function awayFigures(report: (line: string) => void): Promise<Figure[]> {
  report(`platform away for ${String(MINUTES)} minutes at ${String(CHANGES_PER_SECOND)} changes/s …`);
  await using stage = await startBenchStage({ pods: PODS, metrics: true });
  const { agent, fake, platform } = stage;
  await agent.synced();
  const churn = await measuredChurn(fake, CHANGES_PER_SECOND);
  await platform.control.addFault({ action: { type: 'drop' } });
  await sleep(MINUTES * 60_000);
  const rate = await churn.stop();
  await platform.control.clearFaults();
  await agent.synced();
  return [
    shown({ figure: 'platform away: changes really made', value: rate, unit: 'changes/s' }),
    atMost(192, {
      figure: 'peak RSS, platform away for 10 min at 200 changes/s',
      value: peakRssMiB(agent),
      unit: 'MiB',
    }),
  ];
}
