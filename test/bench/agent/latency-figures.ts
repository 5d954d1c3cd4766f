import { setTimeout as sleep } from 'node:timers/promises';
import type { PlatformControl } from '../../platform-rig/client.ts';
import type { Figure } from '../figure.ts';
import { atMost, percentile, shown } from '../figure.ts';
import { startBundledAgent } from './bundled-agent.ts';
import { type BenchFake, startBenchFake, startBenchPlatform } from './servers.ts';
import { WatchObserver } from './watch-observer.ts';

const CHANGES_PER_SECOND = 500;
const SECONDS = 30;

/**
 * From "visible in the cluster" to "committed by the platform", for every change of a busy half minute. Visible is when an independent
 * watch of the same server has it; both instants are of this machine's clock. A change that was superseded counts from its own
 * appearance to the newer state that made it obsolete.
 */
export async function latencyFigures(report: (line: string) => void): Promise<Figure[]> {
  report(`latency: ${String(CHANGES_PER_SECOND)} changes/s for ${String(SECONDS)} s …`);
  await using fake = await startBenchFake({ pods: 1_000 });
  await using platform = await startBenchPlatform();
  await using agent = await startBundledAgent({
    apiServer: fake.url,
    serviceAccountDir: fake.serviceAccountDir,
    platform: platform.url,
  });
  await agent.synced();
  await platform.control.recordHistory(true);
  const observer = await WatchObserver.start(fake.client, fake);
  await changeFor(fake);
  await sleep(3_000);
  observer.stop();
  const delays = delaysMs(observer.seen, await appliedAt(platform.control));
  return [
    shown({ figure: 'changes measured', value: delays.length, unit: 'changes' }),
    atMost(0.4, { figure: 'change visible → acknowledged, p50', value: percentile(delays, 0.5) / 1000, unit: 's' }),
    atMost(1, { figure: 'change visible → acknowledged, p99', value: percentile(delays, 0.99) / 1000, unit: 's' }),
  ];
}

async function changeFor(fake: BenchFake): Promise<void> {
  await fake.steer('churn', { perSecond: CHANGES_PER_SECOND });
  await sleep(SECONDS * 1000);
  await fake.steer('churn', { perSecond: 0 });
}

/** uid → (position, instant) of everything that the platform applied, oldest first. */
async function appliedAt(control: PlatformControl): Promise<Map<string, { position: bigint; atMs: number }[]>> {
  const applied = new Map<string, { position: bigint; atMs: number }[]>();
  for (const { atMs, record } of await control.history()) {
    const { uid, resourceVersion } = record;
    if (typeof uid !== 'string' || typeof resourceVersion !== 'string') continue;
    const list = applied.get(uid) ?? [];
    list.push({ position: BigInt(resourceVersion), atMs });
    applied.set(uid, list);
  }
  return applied;
}

/** A change that the platform never had counts as infinitely late: it must not vanish from the figure. */
function delaysMs(seen: WatchObserver['seen'], applied: Awaited<ReturnType<typeof appliedAt>>): number[] {
  return seen.map(({ uid, position, atMs }) => {
    const covering = applied.get(uid)?.find((one) => one.position >= position);
    return covering === undefined ? Number.POSITIVE_INFINITY : covering.atMs - atMs;
  });
}
