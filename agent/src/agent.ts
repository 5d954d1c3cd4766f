import { Backoff } from '@castai/shared/async/backoff.ts';
import { Discovery } from '@castai/shared/kube/discovery.ts';
import { ownNamespace } from '@castai/shared/kube/own-namespace.ts';
import type { Part, StopSignals } from '@castai/shared/program/lifecycle.ts';
import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import { KeyWatch } from '@castai/shared/wire/key-watch.ts';
import { LogExport } from '@castai/shared/wire/logs/log-export.ts';
import { SnapshotQueue } from '@castai/shared/watch/snapshot-queue.ts';
import { OutboxSink } from './batch/outbox-sink.ts';
import { Outbox } from './batch/outbox.ts';
import type { AgentConfig } from './config.ts';
import { clusterIdPlace } from './connect/cluster-id-place.ts';
import { connectDelivery } from './connect/connect-delivery.ts';
import { FormSource } from '@castai/shared/watch/form-source.ts';
import { connectKube, type KubeConnection } from '@castai/shared/kube/connect-kube.ts';
import type { ConnectOptions } from './connect/connect-options.ts';
import { takePart } from './connect/take-part.ts';
import { connectPlatform, type PlatformConnection } from './connect/connect-platform.ts';
import { agentLogCall } from './deliver/agent-log-call.ts';
import { findOwnWorkload } from './connect/find-own-workload.ts';
import type { Delivery } from './deliver/delivery.ts';
import { BatchTally } from './deliver/ingest/batch-tally.ts';
import { runTerm } from './deliver/run-term.ts';
import { tellLeft } from './deliver/tell-left.ts';
import type { TenureMemory } from './deliver/tenure.ts';
import type { WireMemory } from './deliver/wire-choice.ts';
import { ClusterIdMap } from './identity/cluster-id-map.ts';
import { ClusterKnowledge } from './identity/cluster-knowledge.ts';
import { OfferGuard } from './identity/offer-guard.ts';
import { Registrar } from './identity/registrar.ts';
import { registerGauges } from './observe/agent-gauges.ts';
import { AgentMetrics } from './observe/agent-metrics.ts';
import { AgentObserver } from './observe/agent-observer.ts';
import { agentHealth, agentStatus, type AgentView } from './observe/agent-status.ts';
import { createAgentVerdict } from './observe/agent-verdict.ts';
import { KubeEvents } from './observe/kube-events.ts';
import { scrubPolicy } from './scrub/scrub-policy.ts';
import { KubeSurvey } from './feeds/api-survey.ts';
import { feedReader, type FeedReaderOptions } from './feeds/feed-reader.ts';
import { feedLint } from './feeds/feed-lint.ts';
import { allFeeds, type FeedSpec } from './feeds/feeds.ts';
import { keepLastKnown } from './feeds/keep-last-known.ts';
import { Supervisor, type SupervisorOptions } from './feeds/supervisor.ts';

/** Two snapshots at once keep a list under way while another waits for its receipt; more would only cost memory. */
const SNAPSHOT_PLACES = 2;
/** client-go's numbers: 0.8 s doubling to 30 s, forgiven after two minutes of health. */
const KUBE_BACKOFF = { initialMs: 800, maxMs: 30_000, factor: 2, resetAfterMs: 120_000 } as const;

/**
 * Runs the agent until its lifecycle ends.
 *
 * The way of the data, one line a stage: watchers list and follow the feeds, scrub each object and hand it to the outbox, which
 * coalesces and cuts batches; the session delivers them, and its receipts let the watchers go on. The platform's resume points
 * come back through `adopt`. Nothing else holds objects.
 */
export async function runAgent(context: ProgramContext<AgentConfig>): Promise<void> {
  const { config, version, instanceId, logger, clock, random, lifecycle } = context;
  const connecting = connectOptions(context, () => observer);
  const kube = await connectKube(connecting, (answer) => metrics.onKubeAnswer(answer));
  const platform = connectPlatform(connecting);
  const specs = allFeeds(config);
  const timed = { clock, random };
  const createBackoff = (): Backoff => new Backoff(KUBE_BACKOFF, timed);

  const metrics = new AgentMetrics({ version, clock });
  const scrub = scrubPolicy(config, () => metrics.onUnknownField());
  const events = kubeEvents(context, kube);
  const verdict = createAgentVerdict(context, specs, { view: () => view, listeners: events });
  const observer = new AgentObserver({ metrics, logger, clock, verdict, onBroken: context.broken });
  const { feeds, identity } = observer;
  const outbox: Outbox = new Outbox({
    limitBytes: config.pendingLimitBytes,
    redact: context.secrets.redact,
    onDemoted: (feedId, count) => {
      feeds.onDemoted(specs[feedId - 1]?.name ?? '', count);
      supervisor.demote(feedId);
    },
    onWaiting: () => delivery.noteWaiting(),
    onMayOffer: (feedId) => offers.ask(feedId),
  });
  const [wireMemory, tenure]: [WireMemory, TenureMemory] = [{ wire: undefined }, { isPatient: false }];
  const queue = new SnapshotQueue({ places: SNAPSHOT_PLACES, hasRoom: () => outbox.hasRoom });
  const supervisor: Supervisor = new Supervisor({
    specs,
    survey: new KubeSurvey(kube.client, new Discovery(kube.client)),
    scrub,
    ...readingParts(config, { specs, scrub, counter: metrics, onLintError: (rule) => feeds.onLintError(rule) }),
    outbox,
    watchers: {
      source: new FormSource(kube.stream, (given) => observer.feeds.onFormGivenUp(given)),
      sink: new OutboxSink(outbox, clock, keepLastKnown({ specs, scrub, isTold: tellsLast(config, wireMemory) })),
      queue,
      observer: feeds,
      settings: config,
      clock,
      random,
      createBackoff,
    },
    observer: feeds,
    onOfferChanged: () => delivery.offerChanged(),
    clock,
    createBackoff,
  });
  const { leadership, memory, keepPoint, identityMemory, hasStandby } = takePart(context, kube, observer);
  const asked = { client: kube.client, rest: platform.rest, memory: identityMemory };
  const idMap = new ClusterIdMap({ ...timed, client: kube.client, place: clusterIdPlace(config), observer: identity });
  const onId = (clusterId: string): void => [idMap, ...events].forEach((one) => one.note(clusterId));
  const registrar = new Registrar({ ...asked, config, observer: identity, onId, ...timed });
  const tally = new BatchTally();
  /** One for each term: what an earlier one still waits for is no news to the next. */
  const createDelivery = (knownId?: string): Delivery => {
    const made = { config, platform, registrar, specs, supervisor, queue, observer: observer.delivery, verdict };
    const sides = { ...made, instanceId, version, clock, random };
    const parts = { ...sides, outbox, leadership, tally, memory, wireMemory };
    return connectDelivery({ ...parts, facts: () => cluster.facts }, knownId);
  };
  let delivery = createDelivery();

  const onUpgraded = (): void => delivery.offerChanged();
  const cluster = new ClusterKnowledge({ ...timed, client: kube.client, createBackoff, observer: feeds, onUpgraded });
  const told = (): string | undefined => cluster.facts?.kubernetesVersion;
  const offers = new OfferGuard({ client: kube.client, told, outbox, onBroken: context.broken });
  const deliver = async (signals: StopSignals): Promise<void> => {
    const { draining, aborted } = signals;
    // Everything before the first session needs the API server; it may be away for as long as it likes.
    await supervisor.survey(draining);
    await cluster.learn(draining);
    // A standby proves that it could take over: a replica that cannot reach the platform never becomes ready, and a rollout waits.
    let knownId = config.leaderElection ? await registrar.register(draining) : undefined;
    // A signal that has aborted already tells its listeners nothing.
    draining.throwIfAborted();
    await leadership.run(signals, async (term) => {
      delivery = createDelivery(knownId);
      knownId = undefined;
      const judged = { delivery, supervisor, leadership, hasStandby, memory: tenure, observer: observer.lead, clock };
      await runTerm({ ...judged, term, draining, aborted });
      if (draining.aborted) tellLeft(outbox, logger);
      outbox.clear();
      if (draining.aborted) await memory.flush(aborted);
    });
  };

  const onReplaced = (): void => [registrar, delivery].forEach((part) => part.keyReplaced());
  const keyWatch = new KeyWatch({ apiKey: platform.apiKey, clock, onReplaced });

  const view: AgentView = {
    config,
    version,
    instanceId,
    startedAtMs: context.startedAtMs,
    clock,
    outbox,
    supervisor,
    leadership,
    get delivery() {
      return delivery;
    },
    registrar,
    observer,
    facts: () => cluster.facts,
    platform,
    kube,
    verdict,
  };
  const logs = logExport(context, { platform, registrar, metrics });
  await show(context, metrics, view);
  if (config.compatFullObjects) logger.warn('COMPAT_FULL_OBJECTS is on: nearly all of every object leaves the cluster');
  try {
    await lifecycle.run({
      delivery: deliver,
      discovery: ({ draining }) => supervisor.run(draining),
      'key watch': ({ draining }) => keyWatch.run(draining),
      'cluster id': ({ draining }) => idMap.run(draining),
      verdict: ({ draining }) => verdict.run(draining),
      ...eventParts(events),
      ...(keepPoint === undefined ? {} : { 'where deltas go on': ({ draining }: StopSignals) => keepPoint(draining) }),
      ...Object.fromEntries(logs.map((one) => ['agent logs', ({ draining }: StopSignals) => one.run(draining)])),
    });
  } finally {
    for (const one of logs) await one.finish(lifecycle.aborted);
    await Promise.all([kube.close(), platform.close()]);
  }
}

/** How objects are read, and by which rules they are judged. */
function readingParts(
  config: AgentConfig,
  { specs, scrub, counter, onLintError }: ReadingNeeds,
): Pick<SupervisorOptions, 'reader' | 'lint'> {
  const lint = feedLint(config, { specs, onError: onLintError });
  return { lint, reader: feedReader({ scrub, lint, encoding: config.readEncoding, counter }) };
}

interface ReadingNeeds extends Pick<FeedReaderOptions, 'scrub' | 'counter'> {
  readonly specs: readonly FeedSpec[];
  readonly onLintError: (rule: string) => void;
}

/** What writes Kubernetes Events on the own Deployment: none where that is not wanted, or nothing tells which pod this is. */
function kubeEvents(
  { config, logger, secrets, broken: onBug }: ProgramContext<AgentConfig>,
  { client, theirClock }: Pick<KubeConnection, 'client' | 'theirClock'>,
): KubeEvents[] {
  const { podName } = config;
  const namespace = ownNamespace(config);
  if (!config.kubernetesEvents || podName === undefined || namespace === '') return [];
  const findWorkload = (signal: AbortSignal) => findOwnWorkload({ client, namespace, podName }, signal);
  return [new KubeEvents({ client, findWorkload, reporter: podName, secrets, logger, clock: theirClock.time, onBug })];
}

function eventParts(events: readonly KubeEvents[]): Readonly<Record<string, Part>> {
  return Object.fromEntries(events.map((one) => ['events', ({ draining }) => one.run(draining)]));
}

/** What sends warnings of the log to the platform: none where that is not wanted. */
function logExport(
  { config, recentLog, clock, random, instanceId }: ProgramContext<AgentConfig>,
  { platform, registrar, metrics }: { platform: PlatformConnection; registrar: Registrar; metrics: AgentMetrics },
): LogExport[] {
  if (!config.sendLogs) return [];
  const logs = new LogExport({
    platform: platform.rest,
    callFor: (event) => {
      const id = registrar.status.identity?.clusterId;
      return id === undefined ? undefined : agentLogCall(id, event);
    },
    instance: { instanceId, ...(config.podName === undefined ? {} : { pod: config.podName }) },
    onLost: (reason, count) => metrics.onLogLost(reason, count),
    clock,
    random,
  });
  logs.follow(recentLog);
  return [logs];
}

/** Serves what there is to see of the agent, and says so. */
async function show(context: ProgramContext<AgentConfig>, metrics: AgentMetrics, view: AgentView): Promise<void> {
  const { version, instanceId, logger } = context;
  registerGauges(metrics, view);
  const port = await context.serveAdmin({
    health: agentHealth(view),
    registry: metrics.registry,
    status: () => agentStatus(view),
  });
  logger.info('agent started', { version, instanceId, port });
}

/** Whether objects that are gone are told as they were last: where the wire that is spoken does. */
function tellsLast({ platformWire }: AgentConfig, spoken: WireMemory): () => boolean {
  return () => (spoken.wire ?? platformWire) === 'agent-deltas';
}

/** The observer is made of what is told of the connections, and so after them. */
function connectOptions(context: ProgramContext<AgentConfig>, observer: () => AgentObserver): ConnectOptions {
  return { ...context, onTrustProblem: (destination, error) => observer().identity.onTrustProblem(destination, error) };
}
