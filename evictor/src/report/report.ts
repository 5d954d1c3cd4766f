import { type BudgetProblem, judgeBudgets } from '../judge/judge-budgets.ts';
import { type DriftFinding, type DriftPolicy, judgeDrift } from '../judge/judge-drift.ts';
import type { KarpenterDrift } from '../judge/node-claim.ts';
import type { MixedSince } from '../judge/pool-evenness.ts';
import { type MaintenancePlan, windowStatus, type WindowStatus } from '../judge/maintenance.ts';
import { type Cost, costOf, type PriceList } from '../judge/prices.ts';
import { type PoolSummary, summarisePools } from '../judge/summarise-pools.ts';
import type { RemovalPolicy } from '../simulate/removal-policy.ts';
import type { Removal } from '../simulate/removal.ts';
import type { SearchBefore } from '../simulate/search-before.ts';
import { simulateInSteps } from '../simulate/simulate.ts';
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
  /** Undefined where neither drift nor age was asked for. */
  readonly pools: readonly PoolSummary[] | undefined;
  readonly budgets: readonly BudgetProblem[] | undefined;
  /** What the nodes that could go cost; undefined where nobody said what nodes cost, or they were not looked for. */
  readonly cost: Cost | undefined;
  readonly controlPlane: string | undefined;
  /** Maintenance windows that are known. */
  readonly windows: readonly WindowStatus[];
}

/** What a report is made of. */
export interface ReportInput {
  readonly state: ClusterState;
  readonly reports: readonly Report[];
  readonly removalPolicy: RemovalPolicy;
  /** What was found before, if it still is what would be found. */
  readonly knownRemoval: Removal | undefined;
  /** Where a search goes on from; undefined: it begins anew. */
  readonly searchBefore: SearchBefore | undefined;
  readonly driftPolicy: DriftPolicy;
  readonly prices: PriceList | undefined;
  readonly controlPlane: string | undefined;
  readonly mixedSinceMs: MixedSince;
  /** What Karpenter says of its nodes. */
  readonly karpenterDrift: KarpenterDrift;
  readonly plans: readonly MaintenancePlan[];
  readonly nowMs: number;
  readonly hasTime: () => boolean;
}

/** Looks once, a little at a time. */
export function* makeReport(input: ReportInput): Generator<undefined, Omit<FullReport, 'tookMs'>> {
  const { state, reports, removalPolicy, knownRemoval, searchBefore, prices, nowMs, hasTime, controlPlane } = input;
  const asks = (report: Report): boolean => reports.includes(report);
  const removal = asks('removal')
    ? (knownRemoval ?? (yield* simulateInSteps({ state, policy: removalPolicy, nowMs, hasTime, before: searchBefore })))
    : undefined;
  const windows = input.plans.map((plan) => windowStatus(plan, nowMs));
  const going = removal?.removable.map(({ node }) => node);
  return {
    atMs: nowMs,
    nodeCount: state.nodes.length,
    podCount: state.pods.length,
    removal,
    cost: going && prices && costOf(going, prices),
    ...(asks('drift') || asks('age') ? findDrift(input, windows) : { drift: undefined, pools: undefined }),
    budgets: asks('budgets') ? judgeBudgets(state.budgets, state.pods) : undefined,
    controlPlane,
    windows,
  };
}

/** Age alone says nothing of versions, and drift alone nothing of ages. */
function findDrift(
  { state: { nodes }, reports, driftPolicy, nowMs, ...input }: ReportInput,
  windows: readonly WindowStatus[],
) {
  const controlPlane = reports.includes('drift') ? input.controlPlane : undefined;
  const mixedSinceMs: MixedSince = reports.includes('drift') ? input.mixedSinceMs : new Map();
  const karpenterDrift: KarpenterDrift = reports.includes('drift') ? input.karpenterDrift : new Map();
  const policy = reports.includes('age') ? driftPolicy : { ...driftPolicy, imageMaxAgeMs: 0, nodeMaxAgeMs: 0 };
  const drift = judgeDrift({ nodes, controlPlane, nowMs, mixedSinceMs, policy, windows, karpenterDrift });
  return { drift, pools: summarisePools({ nodes, controlPlane, findings: drift, mixedSinceMs }) };
}
