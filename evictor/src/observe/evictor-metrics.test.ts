import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { expect, test } from 'vitest';
import type { PoolSummary } from '../judge/summarise-pools.ts';
import type { FullReport } from '../report/report.ts';
import { EvictorMetrics } from './evictor-metrics.ts';

const EMPTY: FullReport = {
  atMs: 1_000,
  tookMs: 20,
  nodeCount: 3,
  podCount: 40,
  removal: undefined,
  drift: undefined,
  pools: undefined,
  budgets: undefined,
  cost: undefined,
  controlPlane: undefined,
  windows: [],
};
const pool = (name: string, more: Partial<PoolSummary> = {}): PoolSummary => ({
  pool: name,
  nodes: 2,
  minorSkew: 1,
  makes: 1,
  oldestImageAtMs: undefined,
  newestImageAtMs: undefined,
  mixedSinceMs: undefined,
  renew: new Map([['kubelet_minor', 2]]),
  ...more,
});

let latest: FullReport | undefined;
const metrics = new EvictorMetrics({
  version: '1.2.3',
  clock: new ManualClock(100_000),
  view: { isReady: () => true, isLeader: () => latest !== undefined, latest: () => latest },
});

/** The series whose names begin so, of which the value is not 0. */
async function shown(report: FullReport | undefined, ...names: readonly string[]): Promise<string[]> {
  latest = report;
  const { text } = await metrics.registry.expose();
  const isWanted = (line: string): boolean => names.some((name) => line.startsWith(`castai_evictor_${name}`));
  return text.split('\n').filter((line) => isWanted(line) && !line.endsWith(' 0'));
}

test('series of a pool come and go with it, and those of a version', async () => {
  const names = ['pool_', 'kubelet_minor_skew', 'control_plane', 'oldest_image'];
  const pools = [pool('blue', { oldestImageAtMs: 40_000 }), pool('green', { minorSkew: undefined, renew: new Map() })];
  expect(await shown({ ...EMPTY, pools, controlPlane: 'v1.37.2' }, ...names)).toEqual([
    'castai_evictor_control_plane_info{version="v1.37.2"} 1',
    'castai_evictor_pool_drifted_nodes{pool="blue",reason="kubelet_minor"} 2',
    'castai_evictor_pool_nodes{pool="blue"} 2',
    'castai_evictor_pool_nodes{pool="green"} 2',
    'castai_evictor_kubelet_minor_skew{pool="blue"} 1',
    'castai_evictor_pool_makes{pool="blue"} 1',
    'castai_evictor_pool_makes{pool="green"} 1',
    'castai_evictor_oldest_image_age_seconds{pool="blue"} 60',
  ]);
  expect(await shown({ ...EMPTY, pools: pools.slice(1), controlPlane: 'v1.38.0' }, ...names)).toEqual([
    'castai_evictor_control_plane_info{version="v1.38.0"} 1',
    'castai_evictor_pool_nodes{pool="green"} 2',
    'castai_evictor_pool_makes{pool="green"} 1',
  ]);
  expect(await shown(undefined, ...names)).toEqual([]);
});

test('money that is not known has no series: 0 would be a lie', async () => {
  const names = ['reclaimable_price', 'reclaimable_unpriced'];
  const cost = { currency: 'EUR', perHour: 1.5, unpriced: 1 };
  expect(await shown({ ...EMPTY, cost }, ...names)).toEqual([
    'castai_evictor_reclaimable_price_per_hour{currency="EUR"} 1.5',
    'castai_evictor_reclaimable_unpriced_nodes 1',
  ]);
  expect(await shown({ ...EMPTY, cost: { ...cost, perHour: undefined } }, ...names)).toEqual([
    'castai_evictor_reclaimable_unpriced_nodes 1',
  ]);
  latest = EMPTY;
  expect((await metrics.registry.expose()).text).not.toContain('reclaimable_price_per_hour{');
});

test('of a standby everything is zero, so that a sum over the replicas is right', async () => {
  const names = ['nodes', 'pods', 'leader', 'last_pass'];
  expect(await shown(EMPTY, ...names)).toEqual([
    'castai_evictor_last_pass_timestamp_seconds 1',
    'castai_evictor_nodes 3',
    'castai_evictor_pods 40',
    'castai_evictor_leader 1',
  ]);
  expect(await shown(undefined, ...names)).toEqual([]);
});

test('a cluster of thousands of pools tells 64 of them', async () => {
  const pools = Array.from({ length: 3_000 }, (_, index) => pool(`p${String(index)}`));
  expect(await shown({ ...EMPTY, pools }, 'pool_nodes')).toHaveLength(64);
});

test('windows are told while they are known; one that is open closes when its time comes, without another look', async () => {
  const names = ['window_'];
  const window = { kind: 'node_os', closesAtMs: 101_000, nextStartMs: 500_000, lastEndMs: undefined } as const;
  expect(await shown({ ...EMPTY, windows: [window] }, ...names)).toEqual([
    'castai_evictor_window_open{kind="node_os"} 1',
    'castai_evictor_window_next_start_timestamp_seconds{kind="node_os"} 500',
  ]);
  expect(await shown({ ...EMPTY, windows: [{ ...window, closesAtMs: 99_000 }] }, 'window_open')).toEqual([]);
  expect(await shown(EMPTY, ...names)).toEqual([]);
  expect((await metrics.registry.expose()).text).not.toContain('window_open{');
});
