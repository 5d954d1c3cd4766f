import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import { untilAborted } from '@castai/shared/async/until-aborted.ts';
import { type CastaiError, toCastaiError } from '@castai/shared/errors.ts';
import { startAdminServer } from '@castai/shared/http/admin-server.ts';
import type { Lifecycle, StopSignals } from '@castai/shared/program/lifecycle.ts';
import type { Logger } from '@castai/shared/log/logger.ts';
import { Approvals } from './act/approvals.ts';
import { DryWriter } from './act/dry-writer.ts';
import { Evictor } from './act/evictor.ts';
import { RealWriter } from './act/real-writer.ts';
import type { SpotWriter } from './act/spot-writer.ts';
import { platformIdentity } from './node/platform-identity.ts';
import { keepWarm } from './act/keep-warm.ts';
import { NodeEvents } from './act/node-events.ts';
import { NodeMarker } from './act/node-marker.ts';
import { rehearse } from './act/rehearse.ts';
import { Reporter } from './act/reporter.ts';
import { cloudOf, kindsOf, modeOf, type SpotHandlerConfig } from './config.ts';
import { connect } from './connect/connections.ts';
import type { InterruptionEffects } from './decide/interruption-effects.ts';
import { Interruptions } from './decide/interruptions.ts';
import { OwnNode } from './node/own-node.ts';
import { DryRunLog } from './observe/dry-run-log.ts';
import { SpotMetrics } from './observe/spot-metrics.ts';
import { SpotObserver } from './observe/spot-observer.ts';
import { spotHealth, spotStatus } from './observe/spot-status.ts';
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
  const { nodeName, clusterId } = config;
  let bug: CastaiError | undefined;
  const onBroken = (error: unknown): void => {
    bug ??= toCastaiError(error, 'INTERNAL');
    lifecycle.requestDrain(`a bug: ${bug.message}`);
  };

  const metrics = new SpotMetrics({
    version,
    clock,
    mode,
    isDryRun: config.dryRun,
    sources: {
      pollAgeMs: () => metadataWatch.ageMs,
      pendingReports: () => reporter.pendingCount,
      isMarkPending: () => marker.isPending,
      isMarked: () => marker.isMarked,
      clockErrorMs: () => interruptions.clockErrorMs,
    },
  });
  const writer: SpotWriter = config.dryRun
    ? new DryWriter({ kube: connections.kube, observer: new DryRunLog({ metrics, logger }) })
    : new RealWriter({
        kube: connections.kube,
        platform: connections.platform,
        clusterId,
        acknowledge: (givenId, signal) => metadataWatch.acknowledge(givenId, signal),
      });
  const nodeEvents: NodeEvents = new NodeEvents({
    writer,
    nodeName,
    nodeUid: () => node.current?.uid ?? '',
    clock,
    random,
    onFailure: (error) => observer.onSideFailure('a Kubernetes Event could not be written', error),
  });
  const observer: SpotObserver = new SpotObserver({
    metrics,
    logger,
    clock,
    nodeEvents: config.kubernetesEvents ? nodeEvents : undefined,
  });

  const node: OwnNode = new OwnNode({
    name: nodeName,
    client: connections.kube,
    watch: connections.nodeWatch,
    clock,
    random,
    onChange: (current) => {
      observer.onNode(current);
      interruptions.onNode(current);
      evictor.poke();
    },
    onFailure: (error) => observer.onNodeFailure(error),
  });
  const marker = new NodeMarker({ node, writer, clock, random, observer });
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
    writer,
    identity: () => platformIdentity(node.current, metadataWatch.identity),
    clock,
    random,
    observer: {
      onReported: (noticeId, durationMs) => {
        observer.onReported(noticeId, durationMs);
        interruptions.onReported(noticeId);
      },
      onReportFailed: (noticeId, verdict, delayMs) => observer.onReportFailed(noticeId, verdict, delayMs),
    },
  });
  const approvals = new Approvals({ writer, observer, onBroken });
  const effects: InterruptionEffects = {
    report: (noticeId, type) => reporter.report(noticeId, type),
    withdraw: (noticeId) => reporter.withdraw(noticeId),
    remember: (notice) => marker.want(notice),
    release: (noticeId) => marker.drop(noticeId),
    recheck: () => marker.recheck(),
    evict: (noticeId) => (config.dryRun ? undefined : evictor.want(noticeId)),
    stopEviction: (noticeId) => evictor.drop(noticeId),
    acknowledge: (notice) => approvals.approve(notice),
    announce: (step, notice) => observer.announce(step, notice),
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
  logger.info('spot handler started', { version, port: admin.port, reason: config.dryRun ? `${mode}, dry run` : mode });
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
      approvals: ({ aborted }) => approvals.run(aborted),
      'node events': ({ aborted }) => nodeEvents.run(aborted),
      'warm platform': warm('platform'),
      'warm API server': warm('kube'),
      interruptions: ({ aborted }) => interruptions.run(aborted),
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
