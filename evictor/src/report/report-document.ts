import { BUDGET_PROBLEMS } from '../judge/judge-budgets.ts';
import { DRIFT_REASONS } from '../judge/judge-drift.ts';
import type { PoolSummary } from '../judge/summarise-pools.ts';
import { nameOf } from '../simulate/placement.ts';
import { REASONS, type ReasonText } from '../simulate/reason.ts';
import { notLookedAt } from '../simulate/search-before.ts';
import type { FullReport } from './report.ts';

/** The report as others read it: names and words only. */
export interface ReportDocument {
  /** ISO 8601. */
  readonly at: string;
  readonly tookMs: number;
  readonly nodes: number;
  readonly pods: number;
  readonly controlPlane: string;
  /** Nodes that there was no time for: where it is not 0, more than those below may be able to go. They are among the blocked. */
  readonly notLookedAt: number;
  readonly removable: readonly {
    readonly node: string;
    readonly moves: readonly { readonly pod: string; readonly to: string }[];
  }[];
  readonly blocked: readonly { readonly node: string; readonly blockers: readonly Explained[] }[];
  /** Allocatable of the nodes that could go, and what they cost. */
  readonly saved: {
    readonly cores: number;
    readonly gibibytes: number;
    /** In the currency of the price list, of the nodes that have a price; null: not known. */
    readonly perHour: number | null;
    readonly currency: string;
    /** Nodes of those that could go without a price. */
    readonly unpriced: number;
  };
  readonly renew: readonly (Explained & { readonly node: string; readonly pool: string })[];
  readonly pools: readonly PoolDocument[];
  readonly budgets: readonly (Explained & { readonly budget: string })[];
  /** Maintenance windows by kind; what is not known is null. ISO 8601. */
  readonly windows: readonly {
    readonly kind: string;
    readonly closesAt: string | null;
    readonly nextStart: string | null;
    readonly lastEnd: string | null;
  }[];
  /** What each reason above means, by its code: said once, because thousands of nodes may have the same. */
  readonly reasons: Readonly<Record<string, ReasonText>>;
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

/** A reason; what it means is told once for all in the document's `reasons`. */
export interface Explained {
  readonly reason: string;
  /** `namespace/name`; left out where it is about the node. */
  readonly pod?: string;
  readonly detail: string;
}

/** Writes a report. What was not asked for is empty. */
export function reportDocument(report: FullReport): ReportDocument {
  const { atMs, tookMs, nodeCount, podCount, controlPlane = '', drift = [], pools = [], budgets = [] } = report;
  const { removable = [], blocked = [] } = report.removal ?? {};
  return {
    at: new Date(atMs).toISOString(),
    tookMs: Math.round(tookMs),
    nodes: nodeCount,
    pods: podCount,
    controlPlane,
    notLookedAt: notLookedAt({ blocked }),
    removable: removable.map(({ node, moves }) => ({
      node: node.name,
      moves: moves.map(({ pod, to }) => ({ pod: nameOf(pod), to })),
    })),
    blocked: blocked.map(({ node, blockers }) => ({
      node: node.name,
      blockers: blockers.map(({ code, pod, detail }) => ({ reason: code, ...(pod === '' ? {} : { pod }), detail })),
    })),
    saved: savedIn(report),
    renew: drift,
    pools: pools.map(poolDocument),
    budgets: budgets.map(({ namespace, name, code, detail }) => ({
      budget: `${namespace}/${name}`,
      reason: code,
      detail,
    })),
    windows: report.windows.map(({ kind, closesAtMs, nextStartMs, lastEndMs }) => ({
      kind,
      closesAt: isoOf(closesAtMs),
      nextStart: isoOf(nextStartMs),
      lastEnd: isoOf(lastEndMs),
    })),
    reasons: Object.fromEntries([
      ...textsOf(
        REASONS,
        blocked.flatMap(({ blockers }) => blockers.map(({ code }) => code)),
      ),
      ...textsOf(
        DRIFT_REASONS,
        drift.map(({ reason }) => reason),
      ),
      ...textsOf(
        BUDGET_PROBLEMS,
        budgets.map(({ code }) => code),
      ),
    ]),
  };
}

function savedIn({ removal, cost }: FullReport): ReportDocument['saved'] {
  return {
    cores: (removal?.saved['cpu'] ?? 0) / 1000,
    gibibytes: (removal?.saved['memory'] ?? 0) / 2 ** 30,
    perHour: cost?.perHour ?? null,
    currency: cost?.currency ?? '',
    unpriced: cost?.unpriced ?? removal?.removable.length ?? 0,
  };
}

function textsOf<Code extends string>(
  texts: Readonly<Record<Code, ReasonText>>,
  codes: readonly Code[],
): (readonly [code: Code, text: ReasonText])[] {
  return [...new Set(codes)].map((code) => [code, texts[code]]);
}

function poolDocument({ pool, nodes, minorSkew, makes, renew, ...at }: PoolSummary): PoolDocument {
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

function isoOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
