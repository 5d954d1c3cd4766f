import type { Clock } from '@castai/shared/async/clock.ts';
import { HealthChecks } from '@castai/shared/http/health.ts';
import type { StatusDocument, StatusValue } from '@castai/shared/http/status-document.ts';
import type { Partner } from '@castai/shared/http/their-times.ts';
import type { VerdictKeeper } from '@castai/shared/verdict/verdict-keeper.ts';
import type { ApiKey } from '@castai/shared/wire/api-key.ts';
import type { Outbox } from '../batch/outbox.ts';
import type { AgentConfig } from '../config.ts';
import type { Delivery } from '../deliver/delivery.ts';
import { hasSession } from '../deliver/has-session.ts';
import type { ClusterFacts } from '../identity/cluster-facts.ts';
import type { RegistrarStatus } from '../identity/registrar.ts';
import type { LeadershipStatus } from '@castai/shared/lead/leadership.ts';
import { isIndispensable } from '../feeds/feeds.ts';
import { CONFIRMING, type FeedStatus } from '../feeds/supervised-feed.ts';
import type { Supervisor } from '../feeds/supervisor.ts';
import type { AgentObserver } from './agent-observer.ts';
import { staleAfterMs } from './agent-troubles.ts';
import { slowTransfer } from './slow-transfer.ts';

/** Everything that readiness and `/statusz` look at; all of it in memory. */
export interface AgentView {
  readonly config: AgentConfig;
  readonly version: string;
  readonly instanceId: string;
  readonly startedAtMs: number;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly outbox: Outbox;
  readonly supervisor: Supervisor;
  readonly leadership: { readonly status: LeadershipStatus };
  readonly delivery: Pick<Delivery, 'status'>;
  readonly registrar: { readonly status: RegistrarStatus };
  readonly observer: AgentObserver;
  readonly facts: () => ClusterFacts | undefined;
  readonly platform: { readonly apiKey: ApiKey } & Pick<Partner, 'theirClock'>;
  readonly kube: { readonly server: URL } & Pick<Partner, 'theirClock'>;
  readonly verdict: Pick<VerdictKeeper, 'verdict' | 'problems'>;
}

/**
 * Readiness, which tells whether this replica is one to wait for or to replace, and so fails only for what a restart, another replica or
 * another node may cure; how the agent is, is told by the verdict. It is given when the cluster is known, the platform confirms batches,
 * and the feeds that can be read are complete. A standby is ready when it could take over: it has read the cluster, the platform has taken
 * its key, and it sees who holds the lease.
 */
export function agentHealth(view: AgentView): HealthChecks {
  return new HealthChecks({
    cluster: () => (view.facts() === undefined ? 'the API server has not been read yet; see /statusz' : undefined),
    platform: () => {
      // Nothing was asked of the platform before the cluster is known: it is not what is waited for.
      if (view.facts() === undefined) return undefined;
      return isStandby(view) ? standbyReason(view) : platformReason(view);
    },
    key: () => view.platform.apiKey.problem?.message,
    feeds: () => {
      // Without a session no feed runs, which is the platform's reason and not one more for each feed.
      if (isStandby(view) || !hasSession(view.delivery.status.phase)) return undefined;
      const open = view.supervisor.status.filter(isIncomplete);
      return open.length === 0
        ? undefined
        : `${String(open.length)} feeds are not complete: ${open.map(({ feed }) => feed).join(', ')}`;
    },
  });
}

/** The platform does not have it whole yet. A feed that is listed again, as polled ones are all the time, was complete before. */
function isIncomplete(status: FeedStatus): boolean {
  const { feed, phase, state } = status;
  if (state === CONFIRMING) return true;
  if (isIndispensable(feed)) return (ON_THE_WAY.has(phase) || phase === 'unknown') && state !== 'SYNCED';
  return ON_THE_WAY.has(phase) && state !== 'SYNCED' && !isBroken(status);
}

/**
 * It fails again and again, and the platform was told so: another's broken webhook or API must not hold up a rollout of this agent for
 * ever. `/statusz` and the metric of the feed go on saying it.
 */
function isBroken({ state, restarts }: FeedStatus): boolean {
  return state.startsWith('DEGRADED') && restarts >= BROKEN_AFTER;
}

/** Failures of a feed; a start of the API server is over by then, because the waits between them grow. */
const BROKEN_AFTER = 5;
/** `served`: the feed waits for its access review. */
const ON_THE_WAY = new Set<FeedStatus['phase']>(['served', 'queued', 'listing', 'pausing']);

function isStandby({ leadership }: AgentView): boolean {
  return leadership.status.role === 'standby';
}

function standbyReason({ registrar, leadership }: AgentView): string | undefined {
  if (registrar.status.stage !== 'done') return registeringReason(registrar.status);
  const { problem } = leadership.status;
  return problem === '' ? undefined : `standing by, and the lease cannot be used: ${problem}`;
}

function registeringReason({ lastError }: RegistrarStatus): string {
  return `registering${lastError === '' ? '' : `: ${lastError}`}`;
}

function platformReason({ delivery, registrar, clock }: AgentView): string | undefined {
  const { phase, lastAckAtMs, takenAtMs = 0, transfer, lastVerdict, heartbeatMs } = delivery.status;
  const nowMs = clock.monotonicMs();
  const said =
    lastVerdict === undefined
      ? ''
      : `: ${lastVerdict.detail}${lastVerdict.hint === undefined ? '' : `; ${lastVerdict.hint}`}`;
  // Registration is not a matter of the session: who the cluster is, and whether the platform takes it, is told by the registrar.
  if (phase === 'registering') return registeringReason(registrar.status);
  if (phase === 'fenced') return `another agent sends for this cluster${said}`;
  if (phase !== 'ready' && phase !== 'sending') return `${phase}${said}`;
  // What was refused is tried again: that it is under way at this moment does not make it taken.
  if (phase === 'sending' && lastVerdict !== undefined && OF_NO_ENTRY.has(lastVerdict.kind)) return `holding${said}`;
  const slow = slowTransfer(transfer, nowMs);
  if (lastAckAtMs === undefined) return `no batch was confirmed yet${slow === undefined ? '' : `: ${slow}`}`;
  // A full snapshot lasts for minutes where the platform reads slowly: what it takes bytes of is no silence.
  const ageMs = nowMs - Math.max(lastAckAtMs, takenAtMs);
  return ageMs > staleAfterMs(heartbeatMs)
    ? `the last batch was confirmed ${String(Math.round(ageMs / 1000))} s ago${said}`
    : undefined;
}

/** Refusals that no single object is to blame for. */
const OF_NO_ENTRY: ReadonlySet<string> = new Set(['UNAVAILABLE', 'NO_ANSWER', 'INTERFERENCE', 'UNAUTHORIZED']);

/** The page that answers without reading logs. */
export function agentStatus(view: AgentView): StatusDocument {
  const { version, startedAtMs, supervisor, observer, outbox, verdict } = view;
  const absent = supervisor.status.filter(({ phase }) => phase === 'absent');
  return {
    program: 'castai-agent',
    version,
    startedAt: new Date(startedAtMs).toISOString(),
    verdict: verdict.verdict,
    problems: verdict.problems,
    sections: [
      { title: 'Cluster', rows: clusterRows(view) },
      { title: 'Election', rows: electionRows(view) },
      { title: 'Delivery', rows: deliveryRows(view) },
      {
        title: 'Feeds',
        rows: supervisor.status.filter(({ phase }) => phase !== 'absent').map((feed) => ({ ...feed })),
      },
      { title: 'Not served by this cluster', rows: { feeds: absent.map(({ feed }) => feed).join(', ') } },
      {
        title: 'Waiting to be sent',
        rows: {
          entries: outbox.pendingCount,
          sizeBytes: outbox.pendingBytes,
          limitBytes: view.config.pendingLimitBytes,
        },
      },
      { title: 'Met lately', rows: observer.problems.map((problem) => ({ ...problem })) },
    ],
  };
}

function clusterRows({ facts, registrar, instanceId }: AgentView): Record<string, StatusValue> {
  const known = facts();
  const { stage, attempts, lastError, identity } = registrar.status;
  return {
    clusterId: identity?.clusterId ?? '',
    clusterUid: known?.clusterUid ?? '',
    kubernetes: known?.kubernetesVersion ?? '',
    provider: identity?.provider ?? '',
    'recognised by': identity?.reasons.join('; ') ?? '',
    registration: stage,
    'registration failures': attempts,
    'last registration failure': lastError,
    instance: instanceId,
  };
}

function electionRows({ leadership, config }: AgentView): Record<string, StatusValue> {
  const { role, holder, transitions, problem } = leadership.status;
  if (!config.leaderElection) return { role, election: 'off' };
  return { role, election: 'on', lease: config.leaseName, holder, transitions, problem };
}

function deliveryRows({ delivery, config, clock }: AgentView): Record<string, StatusValue> {
  const { phase, epoch, lastAckAtMs, nextAttemptAtMs, lastVerdict, wireRows = {} } = delivery.status;
  const seconds = (ms: number): number => Math.round(ms / 1000);
  return {
    platform: config.apiUrl.href,
    session: phase,
    ...(epoch === undefined ? {} : { epoch }),
    'last confirmed':
      lastAckAtMs === undefined ? 'never' : `${String(seconds(clock.monotonicMs() - lastAckAtMs))} s ago`,
    'last refusal': lastVerdict === undefined ? '' : `${lastVerdict.kind}: ${lastVerdict.detail}`,
    'what to do': lastVerdict?.hint ?? '',
    'next attempt':
      nextAttemptAtMs === undefined
        ? ''
        : `in ${String(Math.max(0, seconds(nextAttemptAtMs - clock.monotonicMs())))} s`,
    ...wireRows,
  };
}
