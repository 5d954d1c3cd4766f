import { HealthChecks } from '@castai/shared/http/health.ts';
import type { StatusDocument, StatusSection, StatusValue } from '@castai/shared/http/status-page.ts';
import type { FollowFeeds } from '../follow/follow-feeds.ts';
import type { Looker } from '../look/looker.ts';
import { type ReportDocument, reportDocument } from '../report/report-document.ts';
import type { ClusterView } from '../view/cluster-view.ts';
import type { ViewFeed } from '../view/view-feeds.ts';

/** Everything that readiness and the pages look at; all of it in memory. */
export interface EvictorView {
  readonly version: string;
  readonly startedAtMs: number;
  readonly view: ClusterView;
  readonly feeds: readonly ViewFeed[];
  readonly follow: FollowFeeds;
  readonly looker: Looker;
}

/** Readiness: everything that the reports need was read, and looked at once. */
export function evictorHealth({ view, looker, follow }: EvictorView): HealthChecks {
  return new HealthChecks({
    view: () => {
      const { missing } = view;
      if (missing.length === 0) return undefined;
      const states = follow.status.filter(({ feed }) => missing.some((name) => name === feed));
      return `not known in full, so nothing is concluded: ${states.map(({ feed, state, phase }) => `${feed} (${state === '' ? phase : state})`).join(', ')}`;
    },
    report: () => (looker.latest === undefined ? 'the cluster was not looked at yet' : undefined),
  });
}

/** The page for people. */
export function evictorStatus(shown: EvictorView): StatusDocument {
  const { version, startedAtMs, looker } = shown;
  const report = looker.latest === undefined ? undefined : reportDocument(looker.latest);
  return {
    program: 'castai-evictor',
    version,
    startedAt: new Date(startedAtMs).toISOString(),
    sections: [
      ...(report === undefined ? [{ title: 'Report', rows: { 'looked at': 'never' } }] : reportSections(report)),
      { title: 'Feeds', rows: feedRows(shown) },
    ],
  };
}

function reportSections(report: ReportDocument): StatusSection[] {
  const { at, controlPlane, nodes, pods, removable, blocked, saved, renew, budgets } = report;
  return [
    {
      title: 'Report',
      rows: {
        'looked at': at,
        'control plane': controlPlane,
        nodes,
        pods,
        'could go': removable.length,
        'cores that would be saved': saved.cores,
        'GiB that would be saved': Math.round(saved.gibibytes * 10) / 10,
      },
    },
    {
      title: 'Nodes that could go',
      rows: removable.map(({ node, moves }) => ({
        node,
        'its pods could go to': moves.map(({ pod, to }) => `${pod} to ${to}`).join(', '),
      })),
    },
    {
      title: 'Nodes that stay',
      rows: blocked.flatMap(({ node, blockers }) =>
        blockers.map(({ reason, pod = '', detail, words, cure }) => ({ node, reason, pod, detail, words, cure })),
      ),
    },
    {
      title: 'Nodes to be renewed',
      rows: renew.map(({ node, pool, reason, detail, cure }) => ({ node, pool, reason, detail, cure })),
    },
    {
      title: 'Disruption budgets',
      rows: budgets.map(({ budget, reason, detail, cure }) => ({ budget, reason, detail, cure })),
    },
  ];
}

function feedRows({ view, feeds, follow }: EvictorView): Record<string, StatusValue>[] {
  return follow.status.map(({ feed, phase, state, restarts, lastRestart }, index) => {
    const name = feeds[index]?.name;
    const objects = name === undefined ? 0 : view.count(name);
    return { feed, phase, state, objects, restarts, 'last restart': lastRestart };
  });
}
