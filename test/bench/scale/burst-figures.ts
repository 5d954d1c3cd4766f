import { setTimeout as sleep } from 'node:timers/promises';
import { parseMetrics, sumOf } from '@castai/shared/testing/parse-metrics.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type BenchStage, peakRssMiB, startBenchStage } from '../agent/bench-stage.ts';
import { type Figure, atMost, percentile, shown } from '../figure.ts';
import { demotions, sum } from './demotions.ts';
import { measuredChurn, type Newest } from './measured-churn.ts';

/** So many changes a second for so long; how late the last of them may be, and the slowest hundredth. */
interface Burst {
  readonly perSecond: number;
  readonly seconds: number;
  readonly target: (lagsMs: readonly number[], run: string) => Figure;
}

const PODS = 10_000;
/** As in the overload: the others cost the fake 0.4 ms of a core each. */
const TOUCH_SHARE = 0.98;
/** Two questions each time, of the fake and of the platform, which have enough to do. */
const LOOK_MS = 100;

const BURSTS: readonly Burst[] = [
  {
    perSecond: 2_000,
    seconds: 60,
    target: (lagsMs, run) =>
      atMost(0.5, { figure: `${run}: change to acknowledged, p99`, value: percentile(lagsMs, 0.99) / 1000, unit: 's' }),
  },
  {
    perSecond: 20_000,
    seconds: 5,
    target: (lagsMs, run) =>
      atMost(10, { figure: `${run}: time until even`, value: (lagsMs.at(-1) ?? Number.NaN) / 1000, unit: 's' }),
  },
];

/** How late the platform is while a cluster changes faster than any should, and whether something had to be given up for it. */
export async function burstFigures(report: (line: string) => void): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const burst of BURSTS) {
    const { perSecond, seconds } = burst;
    report(`${String(perSecond)} changes/s for ${String(seconds)} s …`);
    await using stage = await startBenchStage({ pods: PODS });
    await stage.agent.synced();
    const before = await lookAtAll(stage);
    const { rate, lagsMs } = await measure(stage, burst);
    const all = sinceThen(before, await lookAtAll(stage));
    // A fake on a busy machine makes fewer changes than it was asked for.
    const run = `${rate.toFixed(0)} of ${String(perSecond)} changes/s for ${String(seconds)} s`;
    figures.push(
      burst.target(lagsMs, run),
      atMost(0, { figure: `${run}: demotions`, value: sum(await demotions(stage.agent)), unit: 'demotions' }),
      shown({ figure: `${run}: the same, p50`, value: percentile(lagsMs, 0.5) / 1000, unit: 's' }),
      shown({ figure: `${run}: CPU of the agent`, value: (all.agentMs * 1000) / (rate * seconds), unit: 'µs/change' }),
      ...(['fakeMs', 'agentMs', 'platformMs'] as const).map((part) =>
        shown({ figure: `${run}: ${part.slice(0, -2)}`, value: (all[part] / all.nowMs) * 100, unit: '% of a core' }),
      ),
      shown({ figure: `${run}: entries of a batch`, value: all.entries / all.batches, unit: 'entries' }),
      shown({ figure: `${run}: batch sent to acknowledged`, value: all.ackSeconds / all.batches, unit: 's' }),
      shown({ figure: `${run}: peak RSS`, value: peakRssMiB(stage.agent), unit: 'MiB' }),
    );
  }
  return figures;
}

/** What everybody has used so far: where it is late. */
interface Look {
  readonly nowMs: number;
  readonly fakeMs: number;
  readonly agentMs: number;
  readonly platformMs: number;
  readonly batches: number;
  readonly entries: number;
  readonly ackSeconds: number;
}

async function lookAtAll({ fake, agent, platform }: BenchStage): Promise<Look> {
  const cpuMs = ({ program }: Pick<BenchStage['agent'], 'program'>): number => program.usage()?.cpuMs ?? Number.NaN;
  const samples = parseMetrics(await (await fetch(`${agent.admin}/metrics`)).text());
  return {
    nowMs: performance.now(),
    fakeMs: cpuMs(fake),
    agentMs: cpuMs(agent),
    platformMs: cpuMs(platform),
    batches: sumOf(samples, 'castai_agent_batch_duration_seconds_count'),
    entries: sumOf(samples, 'castai_agent_batch_entries_sum'),
    ackSeconds: sumOf(samples, 'castai_agent_batch_duration_seconds_sum'),
  };
}

function sinceThen(before: Look, now: Look): Look {
  const keys = Object.keys(now) as (keyof Look)[];
  return Object.fromEntries(keys.map((key) => [key, now[key] - before[key]])) as unknown as Look;
}

/**
 * How long after it was in the cluster each state that was looked at was at the platform, in milliseconds, oldest first; the last one is that of
 * the end. A state is at the platform when the point up to which it has all pods, the busiest kind, is as new: that may only come later
 * than the change itself. Both moments are told by those whose they are, so that neither what a question takes nor the time between two of them
 * counts, but for batches that came between two looks: the last one stands for all.
 */
async function measure(stage: BenchStage, { perSecond, seconds }: Burst): Promise<{ rate: number; lagsMs: number[] }> {
  const { fake } = stage;
  const waiting: Newest[] = [];
  const lagsMs: number[] = [];
  const look = async (): Promise<void> => {
    const { point, appliedAtMs } = await pointOfPods(stage);
    while (waiting[0] !== undefined && waiting[0].version <= point)
      lagsMs.push(Math.max(0, appliedAtMs - (waiting.shift()?.atMs ?? 0)));
  };
  const churn = await measuredChurn(fake, perSecond, TOUCH_SHARE);
  for (const endMs = performance.now() + seconds * 1000; performance.now() < endMs;) {
    waiting.push(await churn.newest());
    await look();
    await sleep(LOOK_MS);
  }
  const rate = await churn.stop();
  // Of a pod: the point of pods does not move for what is changed of other kinds.
  waiting.push({ version: await changeOfAPod(stage), atMs: Date.now() });
  await eventually({
    what: 'the platform to have everything',
    look,
    until: () => waiting.length === 0,
    timeoutMs: 300_000,
  });
  return { rate, lagsMs };
}

async function pointOfPods({ platform }: BenchStage): Promise<{ point: bigint; appliedAtMs: number }> {
  const [cluster] = (await platform.control.state()).clusters;
  const pods = cluster?.feeds.find(({ resource }) => resource === 'pods');
  return { point: BigInt(pods?.resumePoint ?? '0'), appliedAtMs: pods?.appliedAtMs ?? Number.NaN };
}

async function changeOfAPod({ fake }: BenchStage): Promise<bigint> {
  const [pod] = (await fake.client.request('GET', '/api/v1/pods?limit=1')).items ?? [];
  const path = `/api/v1/namespaces/${pod?.metadata?.namespace ?? ''}/pods/${pod?.metadata?.name ?? ''}`;
  const { metadata } = await fake.client.request('PATCH', path, { metadata: { labels: { burst: 'over' } } });
  return BigInt(metadata?.resourceVersion ?? '0');
}
