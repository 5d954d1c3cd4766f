import { type BudgetProblem, judgeBudgets } from '../judge/judge-budgets.ts';
import { type DriftFinding, type DriftPolicy, judgeDrift } from '../judge/judge-drift.ts';
import type { MixedSince } from '../judge/pool-evenness.ts';
import type { RemovalPolicy } from '../simulate/removal-policy.ts';
import { type Removal, simulate } from '../simulate/simulate.ts';
import type { ClusterState } from '../view/cluster-state.ts';
import type { Report } from '../view/view-feeds.ts';

/** Everything that one look found. */
export interface FullReport {
  readonly atMs: number;
  readonly tookMs: number;
  readonly nodeCount: number;
  readonly podCount: number;
  /** Undefined where it was not asked for. */
  readonly removal: Removal | undefined;
  readonly drift: readonly DriftFinding[] | undefined;
  readonly budgets: readonly BudgetProblem[] | undefined;
  readonly controlPlane: string | undefined;
}

/** What a report is made of. */
export interface ReportInput {
  readonly state: ClusterState;
  readonly reports: readonly Report[];
  readonly removalPolicy: RemovalPolicy;
  /** What was found before, if it still is what would be found. */
  readonly knownRemoval: Removal | undefined;
  readonly driftPolicy: DriftPolicy;
  readonly controlPlane: string | undefined;
  readonly mixedSinceMs: MixedSince;
  readonly nowMs: number;
  readonly hasTime: () => boolean;
}

/** Looks once. */
export function makeReport(input: ReportInput): Omit<FullReport, 'tookMs'> {
  const { state, reports, removalPolicy, knownRemoval, nowMs, hasTime, controlPlane, mixedSinceMs } = input;
  const asks = (report: Report): boolean => reports.includes(report);
  return {
    atMs: nowMs,
    nodeCount: state.nodes.length,
    podCount: state.pods.length,
    removal: asks('removal') ? (knownRemoval ?? simulate({ state, policy: removalPolicy, nowMs, hasTime })) : undefined,
    drift:
      asks('drift') || asks('age')
        ? judgeDrift({
            nodes: state.nodes,
            controlPlane: asks('drift') ? controlPlane : undefined,
            nowMs,
            mixedSinceMs: asks('drift') ? mixedSinceMs : new Map(),
            policy: asks('age') ? input.driftPolicy : { ...input.driftPolicy, imageMaxAgeMs: 0, nodeMaxAgeMs: 0 },
          })
        : undefined,
    budgets: asks('budgets') ? judgeBudgets(state.budgets, state.pods) : undefined,
    controlPlane,
  };
}
