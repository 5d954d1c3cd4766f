import { readFileSync } from 'node:fs';
import { CastaiError, describeError } from '@castai/shared/errors.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { Logger } from '@castai/shared/log/logger.ts';
import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import type { WatchObserver } from '@castai/shared/watch/watcher.ts';
import type { EvictorConfig } from './config.ts';
import { readRules } from './configure/read-rules.ts';
import { connectKube } from '@castai/shared/kube/connect-kube.ts';
import { FollowFeeds } from './follow/follow-feeds.ts';
import { Looker } from './look/looker.ts';
import { EvictorMetrics } from './observe/evictor-metrics.ts';
import { evictorHealth, evictorStatus, type EvictorView } from './observe/evictor-status.ts';
import { type ReportDocument, reportDocument } from './report/report-document.ts';
import type { EvictionRule } from './simulate/removal-policy.ts';
import { ClusterView } from './view/cluster-view.ts';
import { feedsFor, REPORTS } from './view/view-feeds.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Runs the evictor until its lifecycle ends. It reads and tells; it has no right to change anything.
 *
 * The way of the data: feeds are followed into a view of the placement; when something that matters has changed, the view is looked at as a
 * whole: which nodes could go, which should be renewed, which budgets can never be met. The report is what others read.
 */
export async function runEvictor(context: ProgramContext<EvictorConfig>): Promise<void> {
  const { config, version, startedAtMs, logger, clock, random, lifecycle } = context;
  const rules = rulesOf(config);
  const reports = REPORTS.filter((report) => config.reports.includes(report));
  const kube = await connectKube(context);
  const feeds = feedsFor(reports);
  const view = new ClusterView(feeds);
  const follow = new FollowFeeds({
    source: kube.stream,
    view,
    feeds,
    observer: watchObserver(logger, context.broken),
    pageSize: config.pageSize,
    clock,
    random,
  });
  const looker = new Looker({
    view,
    reports,
    removalPolicy: {
      isAggressive: config.aggressiveMode,
      isScoped: config.scopedMode,
      nodeGraceMs: config.nodeGraceMinutes * MINUTE_MS,
      headroom: config.headroomPercent / 100,
      rules,
    },
    driftPolicy: {
      imageMaxAgeMs: config.imageMaxAgeDays * DAY_MS,
      nodeMaxAgeMs: config.nodeMaxAgeDays * DAY_MS,
      poolGraceMs: config.poolGraceMs,
    },
    cycleMs: config.cycleIntervalMs,
    passMs: config.passMs,
    askVersion: async (signal) => versionIn(await kube.client.get('/version', signal)),
    onReport: (report) => metrics.onReport(report),
    onVersionFailed: (error) => logger.warn(`the version of the control plane is not known: ${describeError(error)}`),
    clock,
  });
  const shown: EvictorView = { version, startedAtMs, view, feeds, follow, looker };
  const health = evictorHealth(shown);
  const metrics = new EvictorMetrics({ version, clock, isReady: () => health.readiness().ready });
  const port = await context.serveAdmin({
    health,
    registry: metrics.registry,
    status: () => evictorStatus(shown),
    documents: { '/report': () => reportIn(looker) },
  });
  logger.info('evictor started', { version, instanceId: context.instanceId, port });
  try {
    await lifecycle.run({
      feeds: ({ draining }) => follow.run(draining),
      looker: ({ draining }) => looker.run(draining),
      version: ({ draining }) => looker.runVersion(draining),
    });
  } finally {
    await kube.close();
  }
}

/** Rules that are not understood must not be ignored: what they keep would be called removable. */
function rulesOf({ rulesFile }: EvictorConfig): readonly EvictionRule[] {
  if (rulesFile === undefined) return [];
  const { rules, problems } = readRules(readFileSync(rulesFile, 'utf8'));
  if (problems.length === 0) return rules;
  throw new CastaiError('CONFIG_INVALID', `RULES_FILE=${rulesFile} cannot be used: ${problems.join('; ')}`, {
    hint: 'write evictionConfig as a list of {podSelector or nodeSelector, settings}',
  });
}

function versionIn(answer: unknown): string {
  const version = isRecord(answer) ? answer['gitVersion'] : undefined;
  if (typeof version === 'string') return version;
  throw new KubeError('KUBE_STREAM_BROKEN', 'the API server tells no gitVersion');
}

function watchObserver(logger: Logger, broken: (error: unknown) => void): WatchObserver {
  return {
    onEvents: () => {},
    onRestart: (feed, reason) => logger.debug('a feed begins again', { feed, reason }),
    onFailure: (feed, error) => logger.warn(`${feed}: ${describeError(error)}`),
    onUnreadable: (feed, { namespace, name }) =>
      logger.warn(`an object cannot be read and is left out: ${namespace}/${name}`, { feed }),
    onBroken: (_feed, error) => broken(error),
  };
}

/** What `/report` answers; before the first look there is nothing to tell. */
function reportIn({ latest }: Looker): ReportDocument | undefined {
  return latest === undefined ? undefined : reportDocument(latest);
}
