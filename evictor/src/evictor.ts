import { connectKube, type KubeConnection } from '@castai/shared/kube/connect-kube.ts';
import { leaseIdentity } from '@castai/shared/lead/lease-place.ts';
import type { StopSignals } from '@castai/shared/program/lifecycle.ts';
import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import { theirTimes } from '@castai/shared/http/their-times.ts';
import { FormSource } from '@castai/shared/watch/form-source.ts';
import { Announcer } from './announce/announcer.ts';
import type { EvictorConfig } from './config.ts';
import { FollowedFiles } from './configure/followed-files.ts';
import { askNodeClaims } from './connect/ask-node-claims.ts';
import { askUpcomingWindow } from './connect/ask-upcoming-window.ts';
import { gitVersionIn } from './connect/git-version.ts';
import { connectPlatform } from './connect/connect-platform.ts';
import { takePart } from './connect/take-part.ts';
import { Sight, type SightOptions } from './look/sight.ts';
import { TermNote } from './look/term-note.ts';
import { EvictorMetrics } from './observe/evictor-metrics.ts';
import { EvictorObserver } from './observe/evictor-observer.ts';
import { evictorHealth, evictorStatus, type EvictorView } from './observe/evictor-status.ts';
import { createEvictorVerdict } from './observe/evictor-verdict.ts';
import { type ReportDocument, reportDocument } from './report/report-document.ts';
import { composeReport } from './tell/compose-report.ts';
import { ReportTeller } from './tell/report-teller.ts';
import { REPORTS } from './view/view-feeds.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Runs the evictor until its lifecycle ends. It reads and tells; it writes nothing but its own lease, and Events about nodes where it is asked to.
 *
 * The way of the data: feeds are followed into a view of the placement; when something that matters has changed, the view is looked at as a
 * whole: which nodes could go, which should be renewed, which budgets can never be met. The report is what others read. Only who leads holds
 * a view.
 */
export async function runEvictor(context: ProgramContext<EvictorConfig>): Promise<void> {
  const { config, version, instanceId, startedAtMs, logger, clock, random, lifecycle } = context;
  const files = new FollowedFiles(config, (error) => observer.onFilesRead(error));
  let sight: Sight | undefined;
  const verdict = createEvictorVerdict(context, () => view);
  const observer: EvictorObserver = new EvictorObserver({ logger, verdict, onBroken: context.broken });
  const kube = await connectKube({
    ...context,
    gathers: true,
    onTrustProblem: (destination, error) => observer.onTrustProblem(destination, error),
  });
  const platform = connectPlatform(context, (destination, error) => observer.onTrustProblem(destination, error));
  const teller =
    platform &&
    new ReportTeller({
      send: (report, signal) => platform.send(report, signal),
      onRefused: (refusal) => observer.onReportRefused(refusal),
      onTaken: () => observer.onReportTaken(),
      clock,
      random,
    });
  const skipNamespaces = new Set(config.skipNamespaces);
  const self = leaseIdentity(config, instanceId);
  // For whatever is held against times that the cluster tells, or that another replica has written down.
  const clusterTime = kube.theirClock.time;
  const note = new TermNote(self.holder, clusterTime);
  const leadership = takePart(context, { client: kube.client, clock: clusterTime, observer, self, note });
  const view: EvictorView = {
    config,
    version,
    startedAtMs,
    leadership,
    sight: () => sight,
    kube,
    times: () => theirTimes({ apiServer: { address: kube.server.href, theirClock: kube.theirClock }, platform }),
    observer,
    verdict,
    teller,
  };
  const health = evictorHealth(view);
  const place = config.maintenanceConfigMap;
  const metrics = new EvictorMetrics({
    version,
    clock: clusterTime,
    view: {
      isReady: () => health.readiness().ready,
      isLeader: () => leadership.status.role === 'leader',
      latest: () => sight?.looker.latest,
    },
  });
  const options: SightOptions = {
    ...policiesOf(config),
    readFiles: lookFilesOf(config, files),
    plans: () => files.current.plans,
    source: new FormSource(kube.stream, (given) => observer.onFormGivenUp(given)),
    observer,
    pageSize: config.pageSize,
    readEncoding: config.readEncoding,
    note,
    createAnnouncer: config.nodeEvents ? () => announcerOf(context, { kube, observer, metrics }) : undefined,
    cycleMs: config.cycleIntervalMs,
    passMs: config.passMs,
    askVersion: async (signal) => gitVersionIn(await kube.client.get('/version', signal)),
    onReport: (report) => {
      metrics.onLook();
      teller?.offer(composeReport(report, { skipNamespaces }));
    },
    onVersionAsked: (error) => observer.onVersionAsked(error),
    askWindow: place === undefined ? undefined : (signal) => askUpcomingWindow(kube.client, place, signal),
    onWindowAsked: (error) => observer.onWindowAsked(error),
    askClaims: config.reports.includes('drift') ? (signal) => askNodeClaims(kube, signal) : undefined,
    onClaimsAsked: (error) => observer.onClaimsAsked(error),
    clock: clusterTime,
    random,
  };
  const port = await context.serveAdmin({
    health,
    registry: metrics.registry,
    status: () => evictorStatus(view),
    documents: { '/report': () => reportIn(view) },
  });
  logger.info('evictor started', { version, instanceId, port });
  try {
    await lifecycle.run({
      lead: (signals) =>
        leadership.run(signals, async (term) => {
          sight = new Sight(options);
          try {
            await sight.run(signals.draining, term);
          } finally {
            sight = undefined;
            teller?.forget();
          }
        }),
      verdict: ({ draining }) => verdict.run(draining),
      ...(teller === undefined ? {} : { teller: ({ draining }: StopSignals) => teller.run(draining) }),
    });
  } finally {
    platform?.close();
    await kube.close();
  }
}

function announcerOf(
  { config, instanceId, broken: onBug }: ProgramContext<EvictorConfig>,
  { kube, observer, metrics }: { kube: KubeConnection; observer: EvictorObserver; metrics: EvictorMetrics },
): Announcer {
  return new Announcer({
    client: kube.client,
    reporter: config.podName ?? instanceId,
    clock: kube.theirClock.time,
    onEvent: (outcome, count, error) => {
      metrics.onEvent(outcome, count);
      if (error !== undefined) observer.onEventFailed(error);
    },
    onBug,
  });
}

function policiesOf(config: EvictorConfig): Pick<SightOptions, 'reports' | 'driftPolicy'> {
  return {
    reports: REPORTS.filter((report) => config.reports.includes(report)),
    driftPolicy: {
      imageMaxAgeMs: config.imageMaxAgeDays * DAY_MS,
      nodeMaxAgeMs: config.nodeMaxAgeDays * DAY_MS,
      poolGraceMs: config.poolGraceMs,
    },
  };
}

/** Reads the files again; the same object while they say the same. */
function lookFilesOf(config: EvictorConfig, files: FollowedFiles): SightOptions['readFiles'] {
  const make = ({ rules, prices }: FollowedFiles['current']): ReturnType<SightOptions['readFiles']> => ({
    removalPolicy: {
      isAggressive: config.aggressiveMode,
      isScoped: config.scopedMode,
      nodeGraceMs: config.nodeGraceMinutes * MINUTE_MS,
      headroom: config.headroomPercent / 100,
      rules,
    },
    prices,
  });
  let from = files.current;
  let made = make(from);
  return () => {
    files.readAgain();
    if (files.current !== from) made = make((from = files.current));
    return made;
  };
}

/** What `/report` answers; before the first look, and while another replica leads, there is nothing to tell. */
function reportIn({ sight }: EvictorView): ReportDocument | undefined {
  const latest = sight()?.looker.latest;
  return latest && reportDocument(latest);
}
