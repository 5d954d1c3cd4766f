/** What the evictor of a cluster has told last: `/_page/evictor`, its lists a part at a time, and what it says of one node. */
import type { EvictorReport, ReportedRenewal } from '@castai/shared/wire/evictor/evictor-report.ts';
import { parseEvictorReport } from '../../evictor/parse-evictor-report.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { PlatformStore } from '../../store/platform-store.ts';
import { type ListShape, listWindow, parseListQuery } from '../list-window.ts';
import type { PageSection } from '../page-api.ts';

type Store = Pick<PlatformStore, 'reports'>;

/** A node that could go. */
interface GoingRow {
  readonly key: string;
  readonly moves: EvictorReport['removable'][number]['moves'];
}

/** A reason with its words. */
interface Why {
  readonly reason: string;
  readonly pod: string;
  readonly detail: string;
  readonly words: string;
  readonly cure: string;
}

/** A node with reasons: why it stays, or why it should be renewed. */
interface ReasonsRow {
  readonly key: string;
  readonly reasons: readonly Why[];
}

const GOING: ListShape<GoingRow> = {
  text: ({ key, moves }) => `${key} ${moves.map(({ pod, to }) => `${pod} ${to}`).join(' ')}`,
  columns: { name: ({ key }) => key, pods: ({ moves }) => moves.length },
};

const REASONS: ListShape<ReasonsRow> = {
  text: ({ key, reasons }) => `${key} ${reasons.map((one) => `${one.reason} ${one.pod} ${one.detail}`).join(' ')}`,
  columns: {
    name: ({ key }) => key,
    reason: ({ reasons }) => reasons[0]?.reason ?? '',
    reasons: ({ reasons }) => reasons.length,
  },
};

/** Makes the sections; all of them take `?cluster=…`, and give nothing of a cluster whose evictor has told nothing. */
export function evictorSections(store: Store): Readonly<Record<string, PageSection>> {
  const of =
    (tell: (report: EvictorReport, query: URLSearchParams) => unknown): PageSection =>
    async (query) => {
      const report = await newestReport(store, query.get('cluster') ?? '');
      return report && tell(report, query);
    };
  return {
    evictor: of(summary),
    'evictor-going': of((report, query) => ({
      ...listWindow(going(report), parseListQuery(query), GOING),
      uncounted: 0,
    })),
    'evictor-staying': of((report, query) => reasonsWindow(staying(report), query)),
    'evictor-renew': of((report, query) => reasonsWindow(renewing(report), query)),
    'evictor-node': of((report, query) => {
      const name = query.get('name') ?? '';
      const named = ({ key }: { readonly key: string }): boolean => key === name;
      return {
        atMs: Date.parse(report.at),
        going: going(report).find(named)?.moves ?? null,
        staying: staying(report).find(named)?.reasons ?? [],
        renew: renewing(report).find(named)?.reasons ?? [],
      };
    }),
  };
}

/** The newest report of a cluster's evictor, or `undefined`. */
async function newestReport(store: Store, cluster: string): Promise<EvictorReport | undefined> {
  const [newest] = await store.reports(cluster, 'evictor', 1);
  return newest !== undefined && isRecord(newest.body) ? parseEvictorReport(newest.body) : undefined;
}

function summary(report: EvictorReport) {
  const { at, nodes, pods, controlPlane, saved, leftOut } = report;
  return {
    atMs: Date.parse(at),
    nodes,
    pods,
    controlPlane,
    saved,
    leftOut,
    going: report.removable.length,
    notLookedAt: report.blocked.filter(({ blockers }) => blockers.some(({ reason }) => reason === 'not_looked_at'))
      .length,
    staying: counted(
      report,
      report.blocked.map(({ blockers }) => blockers.map(({ reason }) => reason)),
    ),
    renew: counted(
      report,
      renewing(report).map(({ reasons }) => reasons.map(({ reason }) => reason)),
    ),
  };
}

/** How many nodes have each reason, most first. A node counts once for each. */
function counted({ words }: EvictorReport, reasonsOf: readonly (readonly string[])[]) {
  const counts = new Map<string, number>();
  for (const reasons of reasonsOf)
    for (const reason of new Set(reasons)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return {
    nodes: reasonsOf.length,
    reasons: [...counts]
      .map(([key, count]) => ({ key, nodes: count, words: words[key]?.words ?? '', cure: words[key]?.cure ?? '' }))
      .toSorted((a, b) => b.nodes - a.nodes),
  };
}

function reasonsWindow(rows: readonly ReasonsRow[], query: URLSearchParams) {
  return { ...listWindow(rows, parseListQuery(query), REASONS), uncounted: 0 };
}

function going({ removable }: EvictorReport): GoingRow[] {
  return removable.map(({ node, moves }) => ({ key: node, moves }));
}

function staying(report: EvictorReport): ReasonsRow[] {
  return report.blocked.map(({ node, blockers }) => ({
    key: node,
    reasons: blockers.map((blocker) => why(report, blocker)),
  }));
}

function renewing(report: EvictorReport): ReasonsRow[] {
  return [...Map.groupBy(report.renew, ({ node }) => node)].map(([key, found]) => ({
    key,
    reasons: found.map((one) => why(report, { ...one, pod: '' })),
  }));
}

function why(
  { words }: EvictorReport,
  { reason, pod, detail }: Omit<ReportedRenewal, 'node'> & { readonly pod: string },
): Why {
  // A later evictor may know a reason without telling its words: the reason itself is shown then.
  return { reason, pod, detail, words: words[reason]?.words ?? reason, cure: words[reason]?.cure ?? '' };
}
