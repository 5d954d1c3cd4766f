import type { Clock } from '@castai/shared/async/clock.ts';
import type { MetricsRegistry } from '@castai/shared/metrics/metrics.ts';
import { DRIFT_REASONS, type DriftReason } from '../judge/judge-drift.ts';
import type { PoolSummary } from '../judge/summarise-pools.ts';
import type { Show } from './show.ts';
import { registerToldSeries } from './told-series.ts';

const PREFIX = 'castai_evictor';

/** Pools that have series of their own; a cluster with more is told by its page. In the order of their names. */
const MOST_POOLS = 64;

/** The codes of a table of reasons. */
export function codesOf<Code extends string>(table: Readonly<Record<Code, unknown>>): Code[] {
  const isCode = (key: string): key is Code => Object.hasOwn(table, key);
  return Object.keys(table).filter(isCode);
}

const CODES = codesOf<DriftReason>(DRIFT_REASONS);

/** Registers what is told of drift and of pools. Series of a pool end with it. */
export function registerDriftMetrics(registry: MetricsRegistry, clock: Pick<Clock, 'now'>): Show {
  const drift = registry.gauge({
    name: `${PREFIX}_drifted_nodes`,
    help: 'Nodes that should be renewed, by reason.',
    labels: { reason: CODES },
  });
  const showVersion = registerToldSeries(registry, {
    name: `${PREFIX}_control_plane_info`,
    help: 'Version of the control plane, once it was told twice; always 1.',
    label: 'version',
  });
  const showPools = registerPools(registry, clock);
  return (report) => {
    const { drift: findings = [], controlPlane: version = '' } = report ?? {};
    for (const reason of CODES) drift.set({ reason }, findings.filter((one) => one.reason === reason).length);
    showVersion(new Map(version === '' ? [] : [[version, 1]]));
    showPools((report?.pools ?? []).slice(0, MOST_POOLS));
  };
}

function registerPools(registry: MetricsRegistry, clock: Pick<Clock, 'now'>): (pools: readonly PoolSummary[]) => void {
  const drifted = registry.gauge({
    name: `${PREFIX}_pool_drifted_nodes`,
    help: 'Nodes that should be renewed, by pool and reason.',
    labels: { pool: [], reason: CODES },
  });
  const gauges = POOL_GAUGES.map(({ name, help, value }) => ({
    show: registerToldSeries(registry, { name: `${PREFIX}_${name}`, help, label: 'pool' }),
    value,
  }));
  let told = new Set<string>();
  return (pools) => {
    const names = new Set(pools.map(({ pool }) => pool));
    for (const pool of told.difference(names)) for (const reason of CODES) drifted.remove({ pool, reason });
    for (const { pool, renew } of pools)
      for (const reason of CODES) drifted.set({ pool, reason }, renew.get(reason) ?? 0);
    for (const { show, value } of gauges) show(new Map(pools.map((pool) => [pool.pool, value(pool, clock.now())])));
    told = names;
  };
}

interface PoolGauge {
  readonly name: string;
  readonly help: string;
  /** Undefined: there is nothing to tell of this pool. */
  readonly value: (pool: PoolSummary, nowMs: number) => number | undefined;
}

const ageSeconds = (atMs: number | undefined, nowMs: number): number | undefined =>
  // A date in the future is a clock that is off.
  atMs === undefined ? undefined : Math.max(0, (nowMs - atMs) / 1000);

const POOL_GAUGES: readonly PoolGauge[] = [
  { name: 'pool_nodes', help: 'Nodes of a pool.', value: ({ nodes }) => nodes },
  {
    name: 'kubelet_minor_skew',
    help: 'How many minor versions the oldest kubelet of a pool is behind the control plane; negative: it is newer.',
    value: ({ minorSkew }) => minorSkew,
  },
  {
    name: 'pool_makes',
    help: 'Different makes of nodes in a pool, by kubelet and image.',
    value: ({ makes }) => makes,
  },
  {
    name: 'pool_mixed_since_timestamp_seconds',
    help: 'Since when the nodes of a pool are of different makes; 0: all are alike.',
    value: ({ mixedSinceMs = 0 }) => mixedSinceMs / 1000,
  },
  {
    name: 'oldest_image_age_seconds',
    help: 'Age of the oldest node image of a pool, where its name tells a date.',
    value: ({ oldestImageAtMs }, nowMs) => ageSeconds(oldestImageAtMs, nowMs),
  },
  {
    name: 'newest_image_age_seconds',
    help: 'Age of the newest node image of a pool, where its name tells a date.',
    value: ({ newestImageAtMs }, nowMs) => ageSeconds(newestImageAtMs, nowMs),
  },
];
