import { setTimeout as sleep } from 'node:timers/promises';
import { requestsFor } from '../agent/fake-requests.ts';
import { startBenchStage } from '../agent/bench-stage.ts';
import { type Figure, atMost, shown } from '../figure.ts';
import { measuredChurn } from './measured-churn.ts';

const PODS = 10_000;
const CHANGES_PER_SECOND = 2_000;
const OUTAGE_MS = 4_000;
const WARM_UP_MS = 10_000;
const AFTER_MS = 30_000;

/** What a hiccup of the platform costs the API server while everything changes: nothing that was read is read again. */
export async function outageFigures(report: (line: string) => void): Promise<Figure[]> {
  report(`outage of ${String(OUTAGE_MS / 1000)} s at ${String(CHANGES_PER_SECOND)} changes/s …`);
  await using stage = await startBenchStage({ pods: PODS });
  const { agent, fake, platform } = stage;
  await agent.synced();
  const churn = await measuredChurn(fake, CHANGES_PER_SECOND);
  await sleep(WARM_UP_MS);
  const before = (await requestsFor(fake, 'list')).length;
  const { id } = await platform.control.addFault({ on: 'batch', action: { type: 'status', status: 503 } });
  await sleep(OUTAGE_MS);
  await platform.control.clearFaults(id);
  await sleep(AFTER_MS);
  const lists = (await requestsFor(fake, 'list')).length - before;
  return [
    shown({ figure: 'outage of 4 s: changes really made', value: await churn.stop(), unit: 'changes/s' }),
    atMost(0, { figure: 'outage of 4 s at 2000 changes/s: lists to recover', value: lists, unit: 'requests' }),
  ];
}
