import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import { type CastaiError, toCastaiError } from '@castai/shared/errors.ts';
import { startAdminServer } from '@castai/shared/http/admin-server.ts';
import type { Lifecycle, StopSignals } from '@castai/shared/program/lifecycle.ts';
import type { Logger } from '@castai/shared/log/logger.ts';
import { Evictor } from './act/evictor.ts';
import { keepWarm } from './act/keep-warm.ts';
import { NodeEvents } from './act/node-events.ts';
import { NodeMarker } from './act/node-marker.ts';
import { rehearse } from './act/rehearse.ts';
import { Reporter } from './act/reporter.ts';
import { untilAborted } from './act/until-aborted.ts';
import { cloudOf, kindsOf, modeOf, type SpotHandlerConfig } from './config.ts';
import { connect } from './connect/connections.ts';
import { type InterruptionEffects, Interruptions } from './decide/interruptions.ts';
import { parseRecord } from './node/node-record.ts';
import type { NodeView } from './node/node-view.ts';
import { OwnNode } from './node/own-node.ts';
import { SpotMetrics } from './observe/spot-metrics.ts';
import { SpotObserver } from './observe/spot-observer.ts';
import { spotHealth, spotStatus } from './observe/spot-status.ts';
import type { Notice } from './poll/notice.ts';
import { MetadataWatch } from './poll/metadata-watch.ts';

/** What `main.ts` hands in: everything that comes from the process. */
export interface SpotHandlerOptions {
  readonly config: SpotHandlerConfig;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly lifecycle: Lifecycle;
}

/** So long a notice that is already there at the start waits for what the node says: an API server that is away must not keep it. */
const HISTORY_MS = 1000;

/** Both effects have begun by then. */
const ANNOUNCE_MS = 50;

/**
 * Runs the spot handler until its lifecycle ends.
 *
 * The way of a notice: the metadata watch looks at the metadata service, the interruptions decide by one pure machine per notice, and two
 * outboxes act, started in the same turn of the event loop and without anything in common: one patches the node, one tells the
 * platform. Each tries until the machine dies.
 */
export async function runSpotHandler(options: SpotHandlerOptions): Promise<void> {
  const { config, version, logger, clock, random, lifecycle } = options;
  const userAgent = `castai-spot-handler/${version}`;
  const connections = connect({ config, environment: options.environment, clock, userAgent });
  const mode = modeOf(config);
  const isDryRun = config.dryRun;
  const { nodeName, clusterId } = config;
  let isHistoryAwaited = true;
  let bug: CastaiError | undefined;
  const onBroken = (error: unknown): void => {
    bug ??= toCastaiError(error, 'INTERNAL');
    lifecycle.requestDrain(`a bug: ${bug.message}`);
  };

  const metrics = new SpotMetrics({
    version,
    clock,
    mode,
    isDryRun,
    sources: {
      pollAgeMs: () => metadataWatch.ageMs,
      pendingReports: () => reporter.pendingCount,
      isMarkPending: () => marker.isPending,
      isMarked: () => marker.isMarked,
      clockErrorMs: () => interruptions.clockErrorMs,
    },
  });
  const nodeEvents: NodeEvents = new NodeEvents({
    client: connections.kube,
    nodeName,
    nodeUid: () => node.current?.uid ?? '',
    clock,
    random,
    onFailure: (error) => observer.onSideFailure('a Kubernetes Event could not be written', error),
  });
  const hasNodeEvents = config.kubernetesEvents && !isDryRun;
  const observer = new SpotObserver({ metrics, logger, clock, nodeEvents: hasNodeEvents ? nodeEvents : undefined });

  const onNode = (current: NodeView | undefined): void => {
    isHistoryAwaited = false;
    if (current === undefined) {
      observer.onNodeDeleted();
    } else if (mode !== 'report' && current.uid !== knownUid) {
      // Only the first state of a node is news about other processes; later ones may be older than what is on its way.
      knownUid = current.uid;
      interruptions.restore(parseRecord(current.record).notices);
      marker.recheck();
    }
    interruptions.reconsider();
    evictor.poke();
  };
  let knownUid = '';
  const node: OwnNode = new OwnNode({
    name: nodeName,
    client: connections.kube,
    watch: connections.nodeWatch,
    clock,
    random,
    onChange: onNode,
    onFailure: (error) => observer.onNodeFailure(error),
  });
  const marker = new NodeMarker({ node, client: connections.kube, clock, random, observer, isDryRun });
  const evictor: Evictor = new Evictor({
    client: connections.kube,
    nodeName,
    isNodeMarked: () => marker.isMarked,
    clock,
    random,
    observer,
    awaitsEnd: config.acknowledgeEvents,
    onDrained: () => interruptions.onDrained(),
  });
  const reporter = new Reporter({
    client: connections.platform,
    clusterId,
    identity: () => ({
      nodeId: node.current?.nodeId ?? '',
      // What the metadata service says stands in as long as the API server has never answered.
      providerId: node.current === undefined ? metadataWatch.identity?.providerId : node.current.providerId,
    }),
    clock,
    random,
    observer: {
      onReported: (noticeId, durationMs) => {
        observer.onReported(noticeId, durationMs);
        interruptions.onReported(noticeId);
      },
      onDryReport: (noticeId, event) => observer.onDryReport(noticeId, event),
      onReportFailed: (noticeId, verdict, delayMs) => observer.onReportFailed(noticeId, verdict, delayMs),
    },
    isDryRun,
  });
  const effects: InterruptionEffects = {
    report: (noticeId, type) => reporter.report(noticeId, type),
    withdraw: (noticeId) => reporter.withdraw(noticeId),
    remember: (notice) => marker.want(notice),
    release: (noticeId) => marker.drop(noticeId),
    evict: (noticeId) => (isDryRun ? undefined : evictor.want(noticeId)),
    stopEviction: (noticeId) => evictor.drop(noticeId),
    acknowledge: (notice) => void acknowledge(notice).catch(onBroken),
    // Said when both requests are on their way: a log line and an event are worth less than their milliseconds.
    announce: (step, notice) => void clock.setTimer(ANNOUNCE_MS, () => observer.announce(step, notice)),
    onBroken,
  };
  const interruptions: Interruptions = new Interruptions({
    policy: {
      actOn: kindsOf(config),
      marks: mode !== 'report',
      evicts: mode === 'evict',
      acknowledges: config.acknowledgeEvents,
      markAheadMs: config.markAheadMs,
    },
    effects,
    clock,
    ownNames: () => metadataWatch.namesWith(node.current?.providerId),
    isHistoryKnown: () => !isHistoryAwaited,
  });
  const metadataWatch: MetadataWatch = new MetadataWatch({
    client: connections.imds,
    cloud: cloudOf(config),
    periodMs: config.pollMs,
    azureApiVersion: config.azureApiVersion,
    providerId: () => node.current?.providerId,
    clock,
    createBackoff: () =>
      new Backoff({ initialMs: 1000, maxMs: 30_000, factor: 2, resetAfterMs: 60_000 }, { clock, random }),
    random,
    onCloud: (cloud) => metrics.onCloud(cloud),
    onIdentity: () => interruptions.reconsider(),
    onSighting: (source, sighting) => {
      // First what must be quick: both requests leave before anything is counted or written.
      interruptions.onSighting(source, sighting);
      observer.onSighting(source, sighting);
    },
  });

  const acknowledge = async ({ id, givenId = id }: Notice): Promise<void> => {
    if (isDryRun || lifecycle.aborted.aborted) return;
    try {
      observer.onAcknowledged(id, await metadataWatch.acknowledge(givenId, lifecycle.aborted));
    } catch (error) {
      // The only rejection is the stop.
      if (!lifecycle.aborted.aborted) throw error;
    }
  };
  /** SIGTERM is often the machine's own end: what waits goes out at once, and everything goes on until the grace period ends. */
  const flush = async ({ draining, aborted }: StopSignals): Promise<void> => {
    draining.addEventListener(
      'abort',
      () => {
        reporter.flush();
        marker.flush();
        evictor.poke();
      },
      { once: true },
    );
    await untilAborted(aborted);
  };
  const endOfPatience = async ({ aborted }: StopSignals): Promise<void> => {
    await clock.sleep(HISTORY_MS, aborted);
    isHistoryAwaited = false;
    interruptions.reconsider();
    await untilAborted(aborted);
  };

  const view = {
    config,
    mode,
    version,
    startedAtMs: clock.now(),
    clock,
    node,
    metadataWatch,
    interruptions,
    marker,
    reporter,
    evictor,
    observer,
    apiKey: connections.apiKey,
  };
  const admin = await startAdminServer({
    host: config.adminHost,
    port: config.adminPort,
    health: spotHealth(view),
    registry: metrics.registry,
    status: () => spotStatus(view),
    logger,
    clock,
  });
  logger.info('spot handler started', { version, port: admin.port, reason: isDryRun ? `${mode}, dry run` : mode });
  const warm =
    (what: keyof typeof connections.touch) =>
    ({ aborted }: StopSignals) =>
      keepWarm(
        {
          touch: connections.touch[what],
          clock,
          random,
          onFailure: (error) =>
            observer.onSideFailure(
              `the connection to the ${what === 'kube' ? 'API server' : 'platform'} is not open`,
              error,
            ),
        },
        aborted,
      );
  try {
    await lifecycle.run({
      // Everything but the flush runs to the very end of the grace period: notices come after SIGTERM, too.
      'metadata watch': ({ aborted }) => metadataWatch.run(aborted),
      node: ({ aborted }) => node.run(aborted),
      marker: ({ aborted }) => marker.run(aborted),
      reporter: ({ aborted }) => reporter.run(aborted),
      evictor: ({ aborted }) => evictor.run(aborted),
      'node events': ({ aborted }) => nodeEvents.run(aborted),
      'warm platform': warm('platform'),
      'warm API server': warm('kube'),
      'end of patience': endOfPatience,
      // Beside everything else: a notice may be waiting already.
      rehearsal: async ({ aborted }) => {
        await rehearse({ clock, random }, aborted);
        await untilAborted(aborted);
      },
      flush,
    });
  } finally {
    interruptions.stop();
    connections.close();
    await admin.close();
  }
  if (bug !== undefined) throw bug;
}
