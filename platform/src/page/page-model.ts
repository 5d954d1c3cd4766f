/**
 * What the page shows, as plain data: sections that are either one value or a list of rows with a `key`.
 *
 * Pure. Times are absolute (ms since the epoch of Unix), so that nothing changes only because time passes; the page makes
 * "12 s ago" of them. Key order and names are what `web/sections` read.
 */
import type { Wire } from '../front/route.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { ClusterRow } from '../store/cluster-row.ts';
import type { FeedRow } from '../store/feed-row.ts';
import type { ReportRow } from '../store/report-row.ts';
import type { Activity, PageEvent } from './activity.ts';
import type { ClusterOverview, NamespaceRow } from './cluster-overview.ts';
import { type ClusterProblem, clusterProblems } from './cluster-problems.ts';
import { clusterTotals, type NodeGroup, nodeGroups, type NodeSum } from './cluster-totals.ts';
import { type ClusterVerdict, clusterVerdict } from './cluster-verdict.ts';
import { connectionStatus, type ConnectionStatus } from './connection-status.ts';
import { type FeedView, feedView } from './feed-view.ts';
import { type InterruptionCard, interruptionCards } from './interruption-cards.ts';

/** A cluster in the list of clusters. */
interface ClusterChoice {
  /** The cluster's id. */
  readonly key: string;
  readonly name: string;
  readonly provider: string;
  readonly status: ConnectionStatus;
}

/** Facts of the chosen cluster. */
interface ClusterSummary {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly status: ConnectionStatus;
  readonly verdict: ClusterVerdict;
  readonly epoch: number;
  /** What its agent speaks; on `agent-deltas` what was received counts as processed. */
  readonly wire: Wire;
  readonly instanceId: string;
  readonly agentVersion: string;
  readonly kubernetesVersion: string;
  readonly openedAtMs: number | undefined;
  readonly lastBatchAtMs: number | undefined;
  readonly receivedTotal: number;
  readonly processedTotal: number;
  readonly entriesTotal: number;
  readonly wireBytesTotal: number;
  readonly objects: number;
  /** From the observation of the newest change in the cluster to its commit here, ms; `undefined`: no change yet. */
  readonly lagMs: number | undefined;
}

/** Pods of the chosen cluster. */
interface PodsView {
  readonly total: number;
  readonly byPhase: Readonly<Record<string, number>>;
  /** Objects that are stored and not yet counted; the page says so. */
  readonly uncounted: number;
  /** Pods, or nodes, are not followed now: they are as they were. */
  readonly isStale: boolean;
}

/** What the lists of nodes and pods have: they are asked for, and only as far as they are looked at. */
interface ListsView {
  /** Another one: ask again. */
  readonly version: number;
  readonly uncounted: number;
}

/** One line of the log of a program that runs in the cluster. */
interface LogView {
  readonly key: number;
  readonly atMs: number;
  readonly level: string;
  readonly message: string;
}

/** Everything. */
export interface PageModel {
  readonly clusters: readonly ClusterChoice[];
  /** `null`: no cluster is registered, or none of the id that was asked for. */
  readonly summary: ClusterSummary | null;
  readonly feeds: readonly FeedView[];
  readonly pods: PodsView;
  readonly namespaces: readonly NamespaceRow[];
  readonly namespaceCount: number;
  readonly totals: NodeSum;
  readonly groups: readonly NodeGroup[];
  readonly lists: ListsView;
  readonly problems: readonly ClusterProblem[];
  readonly interruptions: readonly InterruptionCard[];
  readonly rates: readonly number[];
  readonly notices: readonly PageEvent[];
  readonly events: readonly PageEvent[];
  readonly logs: readonly LogView[];
  /** Lines above everything else: why what the page shows is not what one expects. */
  readonly faults: readonly string[];
}

/** What the model is made of. */
export interface PageSources {
  readonly clusters: readonly ClusterRow[];
  readonly chosen: string;
  readonly feeds: readonly (FeedRow & { readonly objects: number })[];
  readonly overview: ClusterOverview;
  readonly uncounted: number;
  readonly activity: Activity;
  readonly logs: readonly ReportRow[];
  /** Reports of the kind `event`, newest first. */
  readonly interruptions: readonly ReportRow[];
  readonly faults: readonly string[];
  readonly heartbeatMs: number;
  readonly nowMs: number;
}

const SHOWN_NAMESPACES = 12;
const SHOWN_GROUPS = 20;

/** Builds the model. */
export function pageModel(sources: PageSources): PageModel {
  const { clusters, chosen, overview, activity, nowMs, heartbeatMs, uncounted } = sources;
  const row = clusters.find(({ id }) => id === chosen);
  const feeds = sources.feeds.map(feedView).sort(byState);
  const namespaces = overview.namespaces;
  const { nodes } = overview;
  const status = (cluster: ClusterRow): ConnectionStatus => connectionStatus(cluster, heartbeatMs, nowMs);
  return {
    clusters: clusters.map((cluster) => ({
      key: cluster.id,
      name: cluster.name,
      provider: cluster.provider,
      status: status(cluster),
    })),
    summary: row
      ? { ...clusterSummary(row, sources.feeds, status(row)), verdict: clusterVerdict(status(row), feeds, row) }
      : null,
    feeds,
    pods: { ...overview.phases, uncounted, isStale: isNotFollowed(feeds) },
    namespaces: namespaces.slice(0, SHOWN_NAMESPACES),
    namespaceCount: namespaces.length,
    totals: clusterTotals(nodes),
    groups: nodeGroups(nodes).slice(0, SHOWN_GROUPS),
    lists: { version: overview.version, uncounted },
    problems: clusterProblems(feeds),
    interruptions: interruptionCards({
      reports: sources.interruptions,
      overview,
      isComplete: uncounted === 0 && nodes.length > 0,
      nowMs,
    }),
    rates: activity.rates(nowMs),
    notices: activity.notices,
    events: activity.events,
    logs: sources.logs.map(logView),
    faults: sources.faults,
  };
}

/** Whether any feed that the overview is made of says that it is not read. */
function isNotFollowed(feeds: readonly FeedView[]): boolean {
  return feeds.some(
    ({ group, resource, state }) =>
      group === '' &&
      (resource === 'pods' || resource === 'nodes') &&
      ['DEGRADED', 'FORBIDDEN', 'STALE'].includes(state),
  );
}

function clusterSummary(
  row: ClusterRow,
  feeds: PageSources['feeds'],
  status: ConnectionStatus,
): Omit<ClusterSummary, 'verdict'> {
  const newest = feeds.reduce<FeedRow | undefined>(
    (best, feed) => ((feed.appliedAtMs ?? 0) > (best?.appliedAtMs ?? 0) ? feed : best),
    undefined,
  );
  return {
    id: row.id,
    name: row.name,
    provider: row.provider,
    status,
    epoch: row.epoch,
    wire: row.continuityToken === '' ? 'ingest' : 'agent-deltas',
    instanceId: row.instanceId,
    agentVersion: row.agentVersion,
    kubernetesVersion: row.kubernetesVersion,
    openedAtMs: row.openedAtMs,
    lastBatchAtMs: row.lastBatchAtMs,
    receivedTotal: row.receivedTotal,
    processedTotal: row.processedTotal,
    entriesTotal: row.entriesTotal,
    wireBytesTotal: row.wireBytesTotal,
    objects: feeds.reduce((sum, { objects }) => sum + objects, 0),
    lagMs: newest ? Math.max(0, (newest.appliedAtMs ?? 0) - (newest.observedAtMs ?? 0)) : undefined,
  };
}

/** What needs a look comes first, then what holds most. */
const STATE_ORDER = ['REFUSED', 'DEGRADED', 'FORBIDDEN', 'SNAPSHOT', 'SYNCED', 'NEW', 'ABSENT', 'STALE'];

function byState(a: FeedView, b: FeedView): number {
  // What a later agent may say and this page does not know stands first, rather than anywhere.
  const order = STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state);
  // By name within a state: an order by count would jump with every change.
  return order || a.resource.localeCompare(b.resource) || a.group.localeCompare(b.group);
}

/** Our programs say in a field which one it was; others have but one that sends lines. */
function logView({ id, atMs, body }: ReportRow): LogView {
  const { level, message, fields } = isRecord(body) ? body : {};
  const program = isRecord(fields) ? fields['program'] : undefined;
  const who = typeof program === 'string' ? `${program.replace(/^castai-/u, '')}: ` : '';
  return { key: id, atMs, level: String(level), message: `${who}${String(message)}` };
}
