import { HealthChecks } from '@castai/shared/http/health.ts';
import type { StatusDocument, StatusSection, StatusValue } from '@castai/shared/http/status-document.ts';
import type { LeadershipStatus } from '@castai/shared/lead/leadership.ts';
import type { TheirTime } from '@castai/shared/verdict/clock-trouble.ts';
import type { VerdictKeeper } from '@castai/shared/verdict/verdict-keeper.ts';
import type { EvictorConfig } from '../config.ts';
import type { Sight } from '../look/sight.ts';
import { describeMoney } from '../report/describe-money.ts';
import { type ReportDocument, reportDocument } from '../report/report-document.ts';
import type { ReportTeller, TellerStatus } from '../tell/report-teller.ts';
import type { EvictorObserver } from './evictor-observer.ts';

/** Everything that readiness and the pages look at; all of it in memory. */
export interface EvictorView {
  readonly config: EvictorConfig;
  readonly version: string;
  readonly startedAtMs: number;
  readonly leadership: { readonly status: LeadershipStatus };
  /** Undefined while this replica stands by. */
  readonly sight: () => Sight | undefined;
  readonly kube: { readonly server: URL };
  /** What other clocks say of ours. */
  readonly times: () => readonly TheirTime[];
  readonly observer: EvictorObserver;
  readonly verdict: Pick<VerdictKeeper, 'verdict' | 'problems'>;
  /** Undefined where no platform is configured. */
  readonly teller: Pick<ReportTeller, 'status'> | undefined;
}

/**
 * Readiness: everything that the reports need was read, and looked at once. A standby is ready when it could take over: it sees who holds
 * the lease.
 */
export function evictorHealth({ leadership, sight }: EvictorView): HealthChecks {
  return new HealthChecks({
    lease: () => {
      const { role, problem } = leadership.status;
      return role === 'leader' || problem === '' ? undefined : `standing by, and the lease cannot be used: ${problem}`;
    },
    view: () => {
      const seen = sight();
      if (seen === undefined || seen.view.missing.length === 0) return undefined;
      const { missing } = seen.view;
      const states = seen.follow.status.filter(({ feed }) => missing.some((name) => name === feed));
      return `not known in full, so nothing is concluded: ${states.map(({ feed, state, phase }) => `${feed} (${state === '' ? phase : state})`).join(', ')}`;
    },
    report: () => {
      const seen = sight();
      return seen === undefined || seen.looker.latest !== undefined ? undefined : 'the cluster was not looked at yet';
    },
  });
}

/** The page for people. */
export function evictorStatus(shown: EvictorView): StatusDocument {
  const { version, startedAtMs, sight, verdict } = shown;
  const latest = sight()?.looker.latest;
  const report = latest && reportDocument(latest);
  return {
    program: 'castai-evictor',
    version,
    startedAt: new Date(startedAtMs).toISOString(),
    verdict: verdict.verdict,
    problems: verdict.problems,
    sections: [
      ...(report === undefined ? [{ title: 'Report', rows: { 'looked at': 'never' } }] : reportSections(report)),
      { title: 'Election', rows: electionRows(shown) },
      ...(shown.teller === undefined ? [] : [{ title: 'Platform', rows: platformRows(shown.teller.status) }]),
      { title: 'Feeds', rows: feedRows(shown) },
    ],
  };
}

function electionRows({ leadership, config }: EvictorView): Record<string, StatusValue> {
  const { role, holder, transitions, problem } = leadership.status;
  if (!config.leaderElection) return { role, election: 'off' };
  return { role, election: 'on', lease: config.leaseName, holder, transitions, problem };
}

function reportSections(report: ReportDocument): StatusSection[] {
  const { removable, blocked, renew, pools, budgets, windows, reasons } = report;
  return [
    headOf(report),
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
        blockers.map(({ reason, pod = '', detail }) => ({ node, reason, pod, detail, ...reasons[reason] })),
      ),
    },
    {
      title: 'Nodes to be renewed',
      rows: renew.map(({ node, pool, reason, detail }) => ({
        node,
        pool,
        reason,
        detail,
        cure: reasons[reason]?.cure ?? '',
      })),
    },
    {
      title: 'Pools',
      rows: pools.map(({ renew: counts, ...pool }) => ({
        ...pool,
        renew: Object.entries(counts)
          .map(([reason, count]) => `${String(count)} ${reason}`)
          .join(', '),
      })),
    },
    {
      title: 'Maintenance windows',
      rows: windows.map(({ kind, closesAt, nextStart, lastEnd }) => ({
        kind,
        'open until': closesAt,
        'next opens': nextStart,
        'last closed': lastEnd,
      })),
    },
    {
      title: 'Disruption budgets',
      rows: budgets.map(({ budget, reason, detail }) => ({
        budget,
        reason,
        detail,
        cure: reasons[reason]?.cure ?? '',
      })),
    },
  ];
}

function feedRows({ sight }: EvictorView): Record<string, StatusValue>[] {
  const seen = sight();
  if (seen === undefined) return [];
  const { view, feeds, follow } = seen;
  return follow.status.map(({ feed, phase, state, restarts, lastRestart }, index) => {
    const name = feeds[index]?.name;
    const objects = name === undefined ? 0 : view.count(name);
    return { feed, phase, state, objects, restarts, 'last restart': lastRestart };
  });
}

function platformRows({ toldAtMs, problem }: TellerStatus): Record<string, StatusValue> {
  return { 'told at': toldAtMs === undefined ? 'never' : new Date(toldAtMs).toISOString(), problem };
}

function headOf({ at, controlPlane, notLookedAt, nodes, pods, removable, saved }: ReportDocument): StatusSection {
  return {
    title: 'Report',
    rows: {
      'looked at': at,
      'control plane': controlPlane,
      nodes,
      pods,
      'could go': removable.length,
      'no time yet to look at': notLookedAt === 0 ? '' : notLookedAt,
      'cores that would be saved': saved.cores,
      'GiB that would be saved': Math.round(saved.gibibytes * 10) / 10,
      'money that would be saved': describeMoney(saved),
    },
  };
}
