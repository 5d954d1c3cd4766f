import type { Clock } from '@castai/shared/async/clock.ts';
import { createRegistry } from '@castai/shared/metrics/create-registry.ts';
import type { Counter, MetricsRegistry } from '@castai/shared/metrics/metrics.ts';
import type { EventOutcome } from '../announce/announcer.ts';
import { BUDGET_PROBLEMS, type BudgetProblemCode } from '../judge/judge-budgets.ts';
import type { FullReport } from '../report/report.ts';
import { REASON_CODES } from '../simulate/reason.ts';
import { codesOf, registerDriftMetrics } from './drift-metrics.ts';
import type { Show } from './show.ts';
import { registerToldSeries } from './told-series.ts';
import { registerWindows } from './window-metrics.ts';

const PREFIX = 'castai_evictor';

/** What the gauges of the moment are read from. */
export interface MetricsView {
  readonly isReady: () => boolean;
  readonly isLeader: () => boolean;
  /** Undefined: nothing was looked at, or another replica leads. */
  readonly latest: () => FullReport | undefined;
}

/**
 * What the program counts. Names of nodes and pods are in no label. The gauges are those of the latest report, and of a standby all zero, so
 * that a sum over the replicas is right.
 */
export class EvictorMetrics {
  readonly registry: MetricsRegistry;
  readonly #passes: Counter;
  readonly #events: Counter<[labels: { readonly outcome: EventOutcome }]>;

  constructor({ version, clock, view }: { version: string; clock: Clock; view: MetricsView }) {
    const registry = createRegistry({ program: 'castai-evictor', version, clock });
    this.registry = registry;
    this.#passes = registry.counter({ name: `${PREFIX}_passes_total`, help: 'Looks at the cluster.' });
    this.#events = registry.counter({
      name: `${PREFIX}_node_events_total`,
      help: 'Kubernetes Events about nodes: written, failed, or omitted: too many in an hour.',
      labels: { outcome: ['written', 'failed', 'omitted'] },
    });
    const shows = [
      registerLook(registry),
      registerRemoval(registry),
      registerCost(registry),
      registerDriftMetrics(registry, clock),
      registerWindows(registry, clock),
    ];
    const leader = registry.gauge({
      name: `${PREFIX}_leader`,
      help: 'Whether this replica looks at the cluster (1) or stands by (0).',
    });
    const ready = registry.gauge({
      name: `${PREFIX}_ready`,
      help: 'Whether the program is ready: 1 or 0; /readyz says why not.',
    });
    registry.beforeScrape(() => {
      for (const show of shows) show(view.latest());
      leader.set(view.isLeader() ? 1 : 0);
      ready.set(view.isReady() ? 1 : 0);
    });
  }

  /** So many Events about nodes came to this. */
  onEvent(outcome: EventOutcome, count: number): void {
    this.#events.inc({ outcome }, count);
  }

  /** The cluster was looked at once more. */
  onLook(): void {
    this.#passes.inc();
  }
}

function registerLook(registry: MetricsRegistry): Show {
  const gauge = (name: string, help: string) => registry.gauge({ name: `${PREFIX}_${name}`, help });
  const seconds = gauge('pass_seconds', 'How long the last look took.');
  const at = gauge('last_pass_timestamp_seconds', 'When the cluster was last looked at.');
  const nodes = gauge('nodes', 'Nodes of the cluster at the last look.');
  const pods = gauge('pods', 'Pods of the cluster at the last look; none where no report needs them.');
  return (report) => {
    seconds.set((report?.tookMs ?? 0) / 1000);
    at.set((report?.atMs ?? 0) / 1000);
    nodes.set(report?.nodeCount ?? 0);
    pods.set(report?.podCount ?? 0);
  };
}

function registerRemoval(registry: MetricsRegistry): Show {
  const gauge = (name: string, help: string) => registry.gauge({ name: `${PREFIX}_${name}`, help });
  const removable = gauge('removable_nodes', 'Nodes that could go together, as far as looked at.');
  const cores = gauge('reclaimable_cpu_cores', 'Allocatable cores of the nodes that could go.');
  const bytes = gauge('reclaimable_memory_bytes', 'Allocatable memory of the nodes that could go.');
  const reasons = registry.gauge({
    name: `${PREFIX}_blocked_nodes`,
    help: 'Nodes that stay, by each reason; a node with two reasons counts for both.',
    labels: { reason: REASON_CODES },
  });
  const budgets = registry.gauge({
    name: `${PREFIX}_budget_problems`,
    help: 'Disruption budgets that keep nodes for ever or protect nothing, by problem.',
    labels: { problem: BUDGET_CODES },
  });
  return (report) => {
    const { budgets: problems = [] } = report ?? {};
    const { removable: going = [], blocked = [], saved = {} } = report?.removal ?? {};
    removable.set(going.length);
    cores.set((saved['cpu'] ?? 0) / 1000);
    bytes.set(saved['memory'] ?? 0);
    const codes = blocked.map(({ blockers }) => new Set(blockers.map(({ code }) => code)));
    for (const reason of REASON_CODES) reasons.set({ reason }, codes.filter((one) => one.has(reason)).length);
    for (const problem of BUDGET_CODES)
      budgets.set({ problem }, problems.filter(({ code }) => code === problem).length);
  };
}

function registerCost(registry: MetricsRegistry): Show {
  const showPrice = registerToldSeries(registry, {
    name: `${PREFIX}_reclaimable_price_per_hour`,
    help: 'What the nodes that could go cost in an hour, by currency; missing where it is not known.',
    label: 'currency',
  });
  const unpriced = registry.gauge({
    name: `${PREFIX}_reclaimable_unpriced_nodes`,
    help: 'Nodes that could go and have no price, where there are prices.',
  });
  return (report) => {
    const { currency = '', perHour, unpriced: count = 0 } = report?.cost ?? {};
    showPrice(new Map([[currency, perHour]]));
    unpriced.set(count);
  };
}

const BUDGET_CODES = codesOf<BudgetProblemCode>(BUDGET_PROBLEMS);
