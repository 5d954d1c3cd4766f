import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { untilAborted } from '@castai/shared/async/until-aborted.ts';
import type { Part } from '@castai/shared/program/lifecycle.ts';
import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import { theirTimes } from '@castai/shared/http/their-times.ts';
import type { VerdictKeeper } from '@castai/shared/verdict/verdict-keeper.ts';
import { KeyWatch } from '@castai/shared/wire/key-watch.ts';
import { Approvals } from './act/approvals.ts';
import { DryWriter } from './act/dry-writer.ts';
import { keepWarm } from './act/keep-warm.ts';
import { NodeEvents } from './act/node-events.ts';
import { NodeMarker } from './act/node-marker.ts';
import { PodDrain } from './act/pod-drain.ts';
import { RealWriter } from './act/real-writer.ts';
import { rehearse } from './act/rehearse.ts';
import { Reporter } from './act/reporter.ts';
import type { SpotWriter } from './act/spot-writer.ts';
import { cloudOf, modeOf, policyOf, type SpotHandlerConfig } from './config.ts';
import { type Connections, connect } from './connect/connections.ts';
import type { InterruptionEffects } from './decide/interruption-effects.ts';
import { Interruptions } from './decide/interruptions.ts';
import { OwnNode } from './node/own-node.ts';
import { platformIdentity } from './node/platform-identity.ts';
import { DryRunLog } from './observe/dry-run-log.ts';
import { registerGauges } from './observe/spot-gauges.ts';
import { SpotMetrics } from './observe/spot-metrics.ts';
import { SpotObserver } from './observe/spot-observer.ts';
import { spotHealth, spotStatus } from './observe/spot-status.ts';
import { createSpotVerdict } from './observe/spot-verdict.ts';
import { MetadataWatch } from './poll/metadata-watch.ts';
import { NOTICE_SOURCES } from './poll/notice.ts';

/** For what is learned once, of the machine's own service: a notice of 30 s may come in the moment in which it answers again. */
const LEARN_BACKOFF = { initialMs: 500, maxMs: 5000, factor: 2, resetAfterMs: 60_000 } as const;

/**
 * Runs the spot handler until its lifecycle ends.
 *
 * The way of a notice: the metadata watch looks at the metadata service, the interruptions decide by one pure machine per notice, and two
 * outboxes act, started in the same turn of the event loop and without anything in common: one patches the node, one tells the
 * platform. Each tries until the machine dies.
 *
 * Callbacks name parts that are made further down, because news goes down the way and answers come back up; none is called before
 * the lifecycle runs.
 */
export async function runSpotHandler(context: ProgramContext<SpotHandlerConfig>): Promise<void> {
  const { config, version, logger, clock, random, lifecycle } = context;
  const timing = { clock, random };
  const mode = modeOf(config);
  const policy = policyOf(config);
  const connections = connect({ ...context, onTrustProblem: (...told) => observer.onTrustProblem(...told) });
  const { imds, kube, nodeWatch, platform, serverTime } = connections;

  const metrics = new SpotMetrics({ version, clock, mode, isDryRun: config.dryRun });
  const writer: SpotWriter = config.dryRun
    ? new DryWriter({ kube, observer: new DryRunLog({ metrics, logger }) })
    : new RealWriter({
        kube,
        platform,
        clusterId: config.clusterId,
        acknowledge: (givenId, signal) => metadataWatch.acknowledge(givenId, signal),
      });
  const nodeEvents: NodeEvents = new NodeEvents({
    writer,
    nodeName: config.nodeName,
    nodeUid: () => node.current?.uid ?? '',
    clock: serverTime,
    random,
    onFailure: (error) => observer.onSideFailure('a Kubernetes Event could not be written', error),
  });
  const events = config.kubernetesEvents ? nodeEvents : undefined;
  const observer: SpotObserver = new SpotObserver({ metrics, logger, clock, nodeEvents: events });

  const node: OwnNode = new OwnNode({
    name: config.nodeName,
    client: kube,
    watch: nodeWatch,
    ...timing,
    onChange: (current) => {
      observer.onNode(current);
      interruptions.onNode(current);
      marker.look();
      reporter.reconsider();
      drain.flush();
    },
    onFailure: (error) => observer.onNodeFailure(error),
  });
  const marker = new NodeMarker({ node, writer, ...timing, observer, begins: policy.marks });
  const drain: PodDrain = new PodDrain({
    client: kube,
    writer,
    nodeName: config.nodeName,
    isNodeMarked: () => marker.isMarked,
    ...timing,
    observer,
    awaitsEnd: config.acknowledgeEvents,
    onDrained: () => interruptions.onDrained(),
  });
  const reporter = new Reporter({
    writer,
    identity: () => platformIdentity(node.current, metadataWatch.identity),
    ...timing,
    observer,
    onTaken: (noticeId) => interruptions.onReported(noticeId),
  });
  const onTaken = (noticeId: string): void => interruptions.onApproved(noticeId);
  const approvals = new Approvals({ writer, observer, ...timing, onTaken, onBroken: context.broken });
  const effects = effectsOf({ marker, reporter, drain, approvals, observer }, context.broken);
  const interruptions: Interruptions = new Interruptions({
    policy,
    effects,
    clock,
    ownNames: () => metadataWatch.namesWith(node.current?.providerId),
    sources: () => (metadataWatch.cloud === undefined ? [] : NOTICE_SOURCES[metadataWatch.cloud]),
  });
  const metadataWatch: MetadataWatch = new MetadataWatch({
    client: imds,
    cloud: cloudOf(config),
    periodMs: config.pollMs,
    azureApiVersion: config.azureApiVersion,
    providerId: () => node.current?.providerId,
    ...timing,
    createBackoff: () => new Backoff(LEARN_BACKOFF, timing),
    onCloud: (cloud) => metrics.onCloud(cloud),
    onIdentity: () => [interruptions, reporter].forEach((part) => part.reconsider()),
    onSighting: (source, sighting) => {
      // First what must be quick: both requests leave before anything is counted or written.
      interruptions.onSighting(source, sighting);
      observer.onSighting(source, sighting);
    },
  });

  const { apiKey, server, partners } = connections;
  const keyWatch = new KeyWatch({ apiKey, clock, onReplaced: () => reporter.keyReplaced() });
  const stages = {
    keyWatch,
    metadataWatch,
    interruptions,
    node,
    marker,
    reporter,
    drain,
    approvals,
    nodeEvents,
    observer,
  };
  const view = { context, mode, apiKey, server, times: () => theirTimes(partners), ...stages };
  registerGauges(metrics.registry, view);
  const verdict = createSpotVerdict(context, view);
  try {
    const port = await context.serveAdmin({
      health: spotHealth(view),
      registry: metrics.registry,
      status: () => spotStatus(view, verdict),
    });
    logger.info('spot handler started', { version, port, reason: config.dryRun ? `${mode}, dry run` : mode });
    await lifecycle.run(partsOf({ ...stages, verdict }, connections, timing));
  } finally {
    interruptions.stop();
    connections.close();
  }
}

interface Stages {
  readonly keyWatch: KeyWatch;
  readonly metadataWatch: MetadataWatch;
  readonly interruptions: Interruptions;
  readonly node: OwnNode;
  readonly marker: NodeMarker;
  readonly reporter: Reporter;
  readonly drain: PodDrain;
  readonly approvals: Approvals;
  readonly nodeEvents: NodeEvents;
  readonly observer: SpotObserver;
  readonly verdict: VerdictKeeper;
}

/** What the machines of the notices command, in terms of the outboxes. */
function effectsOf(
  {
    marker,
    reporter,
    drain,
    approvals,
    observer,
  }: Pick<Stages, 'marker' | 'reporter' | 'drain' | 'approvals' | 'observer'>,
  onBroken: (error: unknown) => void,
): InterruptionEffects {
  return {
    report: (noticeId, type) => reporter.report(noticeId, type),
    withdraw: (noticeId) => reporter.withdraw(noticeId),
    remember: (notice) => marker.want(notice),
    release: (noticeId) => marker.drop(noticeId),
    hold: (isMarkHeld) => marker.hold(isMarkHeld),
    recheck: () => marker.recheck(),
    evict: (noticeId) => drain.want(noticeId),
    stopEviction: (noticeId) => drain.drop(noticeId),
    acknowledge: (notice) => approvals.approve(notice),
    retract: (noticeId) => approvals.retract(noticeId),
    announce: (step, notice) => observer.announce(step, notice),
    onBroken,
  };
}

/** What runs side by side. Everything but the flush runs to the very end of the grace period: notices come after SIGTERM, too. */
function partsOf(stages: Stages, { touch }: Connections, timing: Timing): Readonly<Record<string, Part>> {
  const { marker, reporter, drain, approvals, observer } = stages;
  const untilEnd =
    (stage: { run(signal: AbortSignal): Promise<void> }): Part =>
    ({ aborted }) =>
      stage.run(aborted);
  const warm =
    (to: keyof typeof touch): Part =>
    ({ aborted }) => {
      const onFailure = (error: unknown): void => observer.onColdConnection(to, error);
      return keepWarm({ touch: touch[to], ...timing, onFailure, onOpen: () => observer.onOpenConnection(to) }, aborted);
    };
  return {
    'metadata watch': untilEnd(stages.metadataWatch),
    interruptions: untilEnd(stages.interruptions),
    node: untilEnd(stages.node),
    marker: untilEnd(marker),
    reporter: untilEnd(reporter),
    'key watch': untilEnd(stages.keyWatch),
    drain: untilEnd(drain),
    approvals: untilEnd(approvals),
    'node events': untilEnd(stages.nodeEvents),
    verdict: untilEnd(stages.verdict),
    'warm platform': warm('platform'),
    'warm API server': warm('kube'),
    // Beside everything else: a notice may be waiting already.
    rehearsal: async ({ aborted }) => {
      await rehearse(timing, aborted);
      await untilAborted(aborted);
    },
    // SIGTERM is often the machine's own end: what waits goes out at once, and everything goes on until the grace period ends.
    flush: async ({ draining, aborted }) => {
      const flush = (): void => [reporter, marker, drain, approvals].forEach((outbox) => outbox.flush());
      draining.addEventListener('abort', flush, { once: true });
      await untilAborted(aborted);
    },
  };
}
