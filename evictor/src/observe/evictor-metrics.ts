import type { Clock } from '@castai/shared/async/clock.ts';
import { createRegistry } from '@castai/shared/metrics/create-registry.ts';
import type { MetricsRegistry } from '@castai/shared/metrics/metrics.ts';
import { BUDGET_PROBLEMS, type BudgetProblemCode } from '../judge/judge-budgets.ts';
import { DRIFT_REASONS, type DriftReason } from '../judge/judge-drift.ts';
import type { FullReport } from '../report/report.ts';
import { REASON_CODES } from '../simulate/reason.ts';

const PREFIX = 'castai_evictor';

/** What the program counts. Names of nodes and pods are in no label. */
export class EvictorMetrics {
  readonly registry: MetricsRegistry;
  readonly #set: (report: FullReport) => void;

  constructor({ version, clock, isReady }: { version: string; clock: Clock; isReady: () => boolean }) {
    const registry = createRegistry({ program: 'castai-evictor', version, clock });
    this.registry = registry;
    const gauge = (name: string, help: string) => registry.gauge({ name: `${PREFIX}_${name}`, help });
    const passes = registry.counter({ name: `${PREFIX}_passes_total`, help: 'Looks at the cluster.' });
    const seconds = gauge('pass_seconds', 'How long the last look took.');
    const at = gauge('last_pass_timestamp_seconds', 'When the cluster was last looked at.');
    const removable = gauge('removable_nodes', 'Nodes that could go together, as things stand.');
    const cores = gauge('reclaimable_cpu_cores', 'Allocatable cores of the nodes that could go.');
    const bytes = gauge('reclaimable_memory_bytes', 'Allocatable memory of the nodes that could go.');
    const reasons = registry.gauge({
      name: `${PREFIX}_blocked_nodes`,
      help: 'Nodes that stay, by each reason; a node with two reasons counts for both.',
      labels: { reason: REASON_CODES },
    });
    const drift = registry.gauge({
      name: `${PREFIX}_drifted_nodes`,
      help: 'Nodes that should be renewed, by reason.',
      labels: { reason: DRIFT_CODES },
    });
    const budgets = registry.gauge({
      name: `${PREFIX}_budget_problems`,
      help: 'Disruption budgets that keep nodes for ever or protect nothing, by problem.',
      labels: { problem: BUDGET_CODES },
    });
    const ready = gauge('ready', 'Whether the program is ready: 1 or 0; /readyz says why not.');
    registry.beforeScrape(() => ready.set(isReady() ? 1 : 0));
    this.#set = ({ removal, drift: findings = [], budgets: problems = [], tookMs, atMs }) => {
      passes.inc();
      seconds.set(tookMs / 1000);
      at.set(atMs / 1000);
      removable.set(removal?.removable.length ?? 0);
      cores.set((removal?.saved['cpu'] ?? 0) / 1000);
      bytes.set(removal?.saved['memory'] ?? 0);
      for (const reason of REASON_CODES) {
        const blocked = removal?.blocked.filter(({ blockers }) => blockers.some(({ code }) => code === reason));
        reasons.set({ reason }, blocked?.length ?? 0);
      }
      for (const reason of DRIFT_CODES) drift.set({ reason }, findings.filter((one) => one.reason === reason).length);
      for (const problem of BUDGET_CODES)
        budgets.set({ problem }, problems.filter(({ code }) => code === problem).length);
    };
  }

  onReport(report: FullReport): void {
    this.#set(report);
  }
}

const DRIFT_CODES = keysOf(DRIFT_REASONS);
const BUDGET_CODES = keysOf(BUDGET_PROBLEMS);

function keysOf<Code extends DriftReason | BudgetProblemCode>(table: Readonly<Record<Code, unknown>>): Code[] {
  const isCode = (key: string): key is Code => Object.hasOwn(table, key);
  return Object.keys(table).filter(isCode);
}
