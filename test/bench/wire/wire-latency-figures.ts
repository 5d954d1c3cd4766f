import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiObject } from '../../cluster/api-client.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type BenchPlatform, startBenchPlatform } from '../agent/servers.ts';
import { atMost, type Figure, percentile, shown } from '../figure.ts';
import { startOnWire, takenBy, type WireBench } from './wire-bench.ts';

const CHANGES = 300;
const PAUSE_MS = 200;

interface Change {
  readonly uid: string;
  readonly position: bigint;
  readonly atMs: number;
}

/** From the API server's answer to a write to the delta that has it, at the pace of the API's documents and at the shortest that is permitted. */
export async function wireLatencyFigures(bench: WireBench): Promise<Figure[]> {
  await using platform = await startBenchPlatform();
  await using agent = await startOnWire(bench, { wire: 'agent-deltas', platform });
  await agent.synced();
  await platform.control.recordHistory(true);
  bench.report('latency, a delta every 15 s …');
  const slow = await delaysMs(bench, platform);
  await platform.control.setLimits({ heartbeatMs: 1_000 });
  await untilHeeded(bench, platform);
  bench.report('latency, a delta every second, because the platform permits it …');
  const fast = await delaysMs(bench, platform);
  const seconds = (delays: readonly number[], share: number): number => percentile(delays, share) / 1000;
  return [
    atMost(15.5, { figure: 'change → accepted, p99, by default', value: seconds(slow, 0.99), unit: 's' }),
    shown({ figure: 'change → accepted, p50, by default', value: seconds(slow, 0.5), unit: 's' }),
    atMost(1.5, {
      figure: 'change → accepted, p99, where the platform permits',
      value: seconds(fast, 0.99),
      unit: 's',
    }),
    shown({ figure: 'change → accepted, p50, where the platform permits', value: seconds(fast, 0.5), unit: 's' }),
  ];
}

/** Five changes a second for a minute, and when each was there. */
async function delaysMs({ cluster }: WireBench, platform: BenchPlatform): Promise<number[]> {
  const pods = (await cluster.request('GET', '/api/v1/pods?limit=50')).items ?? [];
  const changes: Change[] = [];
  for (let index = 0; index < CHANGES; index += 1) {
    const changed = await touch(cluster, pods[index % pods.length], index);
    changes.push(changed);
    await sleep(PAUSE_MS);
  }
  const last = changes.at(-1);
  await eventually({
    what: 'the last change is there',
    look: () => platform.control.history(),
    until: (history) =>
      history.some(({ record }) => record['uid'] === last?.uid && covers(record['resourceVersion'], last)),
    timeoutMs: 60_000,
  });
  const history = await platform.control.history();
  return changes.map((change) => {
    const taken = history.find(
      ({ record }) => record['uid'] === change.uid && covers(record['resourceVersion'], change),
    );
    return taken === undefined ? Number.POSITIVE_INFINITY : taken.atMs - change.atMs;
  });
}

/** Real API servers count in one row: a newer state of the object has the change in it. */
function covers(version: unknown, change: Change | undefined): boolean {
  return typeof version === 'string' && change !== undefined && BigInt(version) >= change.position;
}

async function touch(cluster: WireBench['cluster'], pod: ApiObject | undefined, index: number): Promise<Change> {
  const { namespace = '', name = '' } = pod?.metadata ?? {};
  const labels = { touched: String(index) };
  const { metadata } = await cluster.request('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}`, {
    metadata: { labels },
  });
  return { uid: metadata?.uid ?? '', position: BigInt(metadata?.resourceVersion ?? '0'), atMs: Date.now() };
}

/** The agent asks for wishes every quarter of a minute; after that what changes all the time goes out every second. */
async function untilHeeded({ cluster }: WireBench, platform: BenchPlatform): Promise<void> {
  const [pod] = (await cluster.request('GET', '/api/v1/pods?limit=1')).items ?? [];
  let before = await takenBy(platform);
  let round = 0;
  await eventually({
    what: 'deltas are sent every second',
    look: async () => {
      for (let turn = 0; turn < 20; turn += 1) {
        round += 1;
        await touch(cluster, pod, round);
        await sleep(PAUSE_MS);
      }
      const now = await takenBy(platform);
      const more = now.requests - before.requests;
      before = now;
      return more;
    },
    until: (more) => more >= 3,
    timeoutMs: 120_000,
  });
}
