import { KubeLease } from '@castai/shared/kube/kube-lease.ts';
import { Leader } from '@castai/shared/lead/leader.ts';
import { QUIET_PACE } from '@castai/shared/lead/lease-pace.ts';
import type { Leadership } from '@castai/shared/lead/leadership.ts';
import { SoleHolder } from '@castai/shared/lead/sole-holder.ts';
import { logTrustProblem } from '@castai/shared/program/log-trust-problem.ts';
import type { StopSignals } from '@castai/shared/program/lifecycle.ts';
import type { ProgramContext } from '@castai/shared/program/program-context.ts';
import { type Said, said } from '@castai/shared/verdict/said.ts';
import { theirTimes } from '@castai/shared/http/their-times.ts';
import { AckOutbox, type AckSender, DryAcks } from './ack/ack-outbox.ts';
import { ActionDesk } from './claim/action-desk.ts';
import { KillSwitch } from './claim/kill-switch.ts';
import { DryRecordStore, KubeRecordStore, type RecordStore } from './claim/record-store.ts';
import { workTerm } from './claim/term.ts';
import { boundsOf, capsOf, type ControllerConfig } from './config.ts';
import { connect, type Connections } from './connect/connections.ts';
import { LEASE_RIGHTS_HINT } from './connect/lease-rights-hint.ts';
import { KubernetesVersion } from './connect/kubernetes-version.ts';
import { readsInTurn } from './do/at-once.ts';
import { type ClusterWriter, DryWriter, RealWriter } from './do/cluster-writer.ts';
import { NodeEvents } from './do/node-events.ts';
import { Worker } from './do/worker.ts';
import { controllerLogs } from './logs/controller-logs.ts';
import { ControllerMetrics } from './observe/controller-metrics.ts';
import { ControllerObserver } from './observe/controller-observer.ts';
import { createControllerVerdict } from './observe/controller-verdict.ts';
import { controllerHealth, controllerStatus, type ControllerView } from './observe/controller-status.ts';
import { Poller } from './poll/poller.ts';

const TRUST_EVERY_MS = 600_000;

/**
 * Runs the cluster controller until its lifecycle ends.
 *
 * The way of an action: the poller brings it to the desk, which claims it in the records and has the worker do its steps; what it came to
 * is stored, and goes into the outbox of acknowledgements. Only the leader does any of this.
 *
 * Callbacks name parts that are made further down; none is called before the lifecycle runs.
 */
export async function runClusterController(context: ProgramContext<ControllerConfig>): Promise<void> {
  const { config, name, version, userAgent, startedAtMs, logger, clock, random, lifecycle, broken } = context;
  const timing = { clock, random };
  const trust = new Map<string, Said>();
  const connections = await connect({
    ...context,
    onTrustProblem: (to, error) => {
      if (error === undefined) trust.delete(to);
      else trust.set(to, said(error));
      logTrustProblem({ logger, everyMs: TRUST_EVERY_MS }, to, error);
    },
  });
  const { kube, polls, apiKey, server, serverTime, partners } = connections;
  const sharedTiming = { clock: serverTime, random };
  const addresses = { apiServer: server.href, platform: config.apiUrl.href };
  const metrics = new ControllerMetrics({
    version,
    clock,
    isDryRun: config.dryRun,
    isReady: () => health.readiness().ready,
    isLeader: () => leadership.status.role === 'leader',
    isPaused: () => desk.isPaused,
    counts: () => desk.counts,
    pendingAcks: () => acks.pendingCount,
    heldPods: () => observer.held.length,
  });
  const observer: ControllerObserver = new ControllerObserver({
    metrics,
    logger,
    onNodeNews: (node, news) => nodeEvents.add(node, news),
  });
  const leadership = electionOf(context, connections, observer);
  const writer: ClusterWriter = config.dryRun
    ? new DryWriter({ client: kube, observer })
    : new RealWriter({ client: kube, isHeld: () => leadership.isHeld() });
  const nodeEvents = new NodeEvents({
    writer,
    reporter: name,
    clock: serverTime,
    onFailure: (error) => observer.onEventLost(error),
  });
  const acks = acksOf(context, connections, { observer, onSettled: (id) => desk.ackSettled(id) });
  const worker = new Worker({
    client: readsInTurn(kube),
    writer,
    ...sharedTiming,
    observer,
    forcesMarked: config.forceMarked,
    isEmptied: (uid) => desk.isEmptied(uid),
    reporter: name,
  });
  const desk: ActionDesk = new ActionDesk({
    store: storeOf(config, kube, leadership),
    worker,
    acks,
    killSwitch: new KillSwitch(kube, config.podNamespace),
    caps: capsOf(config),
    bounds: boundsOf(config),
    program: userAgent,
    ...sharedTiming,
    observer,
    onBroken: broken,
  });
  const kubernetesVersion = new KubernetesVersion(kube, timing);
  const poller = new Poller({
    platform: polls,
    clusterId: config.clusterId,
    kubernetesVersion: () => kubernetesVersion.text,
    verdict: () => `${verdict.verdict.state} ${verdict.verdict.cause}`.trim(),
    ...timing,
    observer,
  });
  const view: ControllerView = {
    version,
    startedAtMs,
    isDryRun: config.dryRun,
    leadership,
    poller,
    desk,
    acks,
    observer,
    apiKey,
    trust,
    addresses,
    times: () => theirTimes(partners),
  };
  const health = controllerHealth(view);
  const verdict = createControllerVerdict(context, () => view);
  const term = {
    leadership,
    desk,
    poller,
    ...timing,
    onTakeOverFailed: (error: unknown) => observer.onTakeOverFailed(error),
    onBroken: broken,
  };
  const logs = controllerLogs(context, connections, (...loss) => metrics.onLogLost(...loss));
  try {
    const port = await context.serveAdmin({
      health,
      registry: metrics.registry,
      status: () => controllerStatus(view, verdict),
    });
    logger.info('cluster controller started', { version, port, ...(config.dryRun ? { reason: 'dry run' } : {}) });
    await lifecycle.run({
      election: (signals) => leadership.run(signals, (signal) => workTerm(term, signal, signals.draining)),
      'node events': ({ draining }) => nodeEvents.run(draining),
      verdict: ({ draining }) => verdict.run(draining),
      'kubernetes version': ({ draining }) => kubernetesVersion.run(draining),
      ...Object.fromEntries(logs.map((one) => ['logs', ({ draining }: StopSignals) => one.run(draining)])),
    });
  } finally {
    for (const one of logs) await one.finish(lifecycle.aborted);
    connections.close();
  }
}

function electionOf(
  { config, instanceId, clock, random }: ProgramContext<ControllerConfig>,
  { kube: client, serverTime }: Connections,
  observer: ControllerObserver,
): Leadership {
  if (!config.leaderElection) return new SoleHolder();
  const { podName = '', podNamespace: namespace, leaseName } = config;
  // No name of a pod holds an underscore.
  const podPrefix = podName === '' ? '' : `${podName}_`;
  return new Leader({
    lease: new KubeLease({
      client,
      namespace,
      name: leaseName,
      program: 'castai-cluster-controller',
      clock: serverTime,
    }),
    self: { holder: `${podPrefix}${instanceId}`, podPrefix },
    // Records fence whoever acts after its term: a lease that is renewed seldom costs a minute when a machine is lost, and nothing else.
    pace: QUIET_PACE,
    rightsHint: LEASE_RIGHTS_HINT,
    observer,
    clock,
    random,
  });
}

function storeOf(
  { dryRun, podNamespace: namespace }: ControllerConfig,
  client: Connections['kube'],
  leadership: Leadership,
): RecordStore {
  if (dryRun) return new DryRecordStore();
  return new KubeRecordStore({ client, namespace, isHeld: () => leadership.isHeld() });
}

function acksOf(
  { config, clock, random, broken }: ProgramContext<ControllerConfig>,
  { acks: platform }: Connections,
  { observer, onSettled }: { readonly observer: ControllerObserver; readonly onSettled: (id: string) => void },
): AckSender {
  if (config.dryRun) return new DryAcks((ack) => observer.onAckWithheld(ack));
  return new AckOutbox({ platform, clusterId: config.clusterId, observer, onSettled, onBroken: broken, clock, random });
}
