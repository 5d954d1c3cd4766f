import { BUDGET_PROBLEMS } from '../judge/judge-budgets.ts';
import { DRIFT_REASONS } from '../judge/judge-drift.ts';
import type { PoolSummary } from '../judge/summarise-pools.ts';
import { nameOf } from '../simulate/placement.ts';
import { REASONS } from '../simulate/reason.ts';
import type { FullReport } from './report.ts';

/** The report as others read it: names and words only. */
export interface ReportDocument {
  /** ISO 8601. */
  readonly at: string;
  readonly tookMs: number;
  readonly nodes: number;
  readonly pods: number;
  readonly controlPlane: string;
  readonly removable: readonly {
    readonly node: string;
    readonly moves: readonly { readonly pod: string; readonly to: string }[];
  }[];
  readonly blocked: readonly { readonly node: string; readonly blockers: readonly Explained[] }[];
  /** Allocatable of the nodes that could go. */
  readonly saved: { readonly cores: number; readonly gibibytes: number };
  readonly renew: readonly (Explained & { readonly node: string; readonly pool: string })[];
  readonly pools: readonly PoolDocument[];
  readonly budgets: readonly (Explained & { readonly budget: string })[];
}

/** How the nodes of one pool are. What is not known is null. */
export interface PoolDocument {
  readonly pool: string;
  readonly nodes: number;
  readonly kubeletMinorSkew: number | null;
  readonly makes: number;
  /** Days, as ISO 8601. */
  readonly oldestImage: string | null;
  readonly newestImage: string | null;
  /** ISO 8601; null: they are all alike. */
  readonly mixedSince: string | null;
  /** Nodes by reason to be renewed. */
  readonly renew: Readonly<Record<string, number>>;
}

/** A reason with its words. */
export interface Explained {
  readonly reason: string;
  readonly pod?: string;
  readonly detail: string;
  readonly words: string;
  readonly cure: string;
}

/** Writes a report. What was not asked for is empty. */
export function reportDocument({
  atMs,
  tookMs,
  nodeCount,
  podCount,
  controlPlane,
  ...found
}: FullReport): ReportDocument {
  const { removal, drift, pools, budgets } = found;
  return {
    at: new Date(atMs).toISOString(),
    tookMs: Math.round(tookMs),
    nodes: nodeCount,
    pods: podCount,
    controlPlane: controlPlane ?? '',
    removable: (removal?.removable ?? []).map(({ node, moves }) => ({
      node: node.name,
      moves: moves.map(({ pod, to }) => ({ pod: nameOf(pod), to })),
    })),
    blocked: (removal?.blocked ?? []).map(({ node, blockers }) => ({
      node: node.name,
      blockers: blockers.map(({ code, pod, detail }) => ({
        reason: code,
        ...(pod === '' ? {} : { pod }),
        detail,
        ...REASONS[code],
      })),
    })),
    saved: {
      cores: (removal?.saved['cpu'] ?? 0) / 1000,
      gibibytes: (removal?.saved['memory'] ?? 0) / 2 ** 30,
    },
    renew: (drift ?? []).map(({ node, pool, reason, detail }) => ({
      node,
      pool,
      reason,
      detail,
      ...DRIFT_REASONS[reason],
    })),
    pools: (pools ?? []).map(poolDocument),
    budgets: (budgets ?? []).map(({ namespace, name, code, detail }) => ({
      budget: `${namespace}/${name}`,
      reason: code,
      detail,
      ...BUDGET_PROBLEMS[code],
    })),
  };
}

function poolDocument({ pool, nodes, minorSkew, makes, renew, ...at }: PoolSummary): PoolDocument {
  const isoOf = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());
  return {
    pool,
    nodes,
    kubeletMinorSkew: minorSkew ?? null,
    makes,
    oldestImage: isoOf(at.oldestImageAtMs)?.slice(0, 10) ?? null,
    newestImage: isoOf(at.newestImageAtMs)?.slice(0, 10) ?? null,
    mixedSince: isoOf(at.mixedSinceMs),
    renew: Object.fromEntries(renew),
  };
}
