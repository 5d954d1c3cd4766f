import { type ElectionSaid, leaseTrouble, serverSaidByLease } from '@castai/shared/lead/lease-trouble.ts';
import { clockTrouble } from '@castai/shared/verdict/clock-trouble.ts';
import { PLAIN, startTrouble, trustTrouble } from '@castai/shared/verdict/common-troubles.ts';
import type { Trouble } from '@castai/shared/verdict/problem.ts';
import { serverTroubleOf } from '@castai/shared/watch/feed-troubles.ts';
import type { AgentFacts } from './agent-facts.ts';
import { type AnswerCause, causeOfAnswer } from './cause-of-answer.ts';
import { feedTroubles } from './feed-troubles.ts';
import { slowTransfer } from './slow-transfer.ts';
import type { Said } from '@castai/shared/verdict/said.ts';

/** The shortest silence that is one, whatever the heartbeat: a platform that restarts takes less. */
const LEAST_STALE_MS = 60_000;

/** A confirmed batch is at most a heartbeat old when all is well; four of them may go wrong before it shows. */
export function staleAfterMs(heartbeatMs: number): number {
  return Math.max(LEAST_STALE_MS, 4 * heartbeatMs);
}

/**
 * All that is wrong with the agent now; pure. What only follows from something else is left out: without the API server there is no lease
 * and no identity, and each of 33 feeds would say so once more.
 */
export function agentTroubles(facts: AgentFacts): Trouble[] {
  const platform = keyTrouble(facts) ?? platformTrouble(facts);
  const apiServer = apiServerTrouble(facts);
  const ofCluster =
    apiServer === undefined
      ? [
          identityTrouble(facts),
          leaseTrouble(electionIn(facts), { address: facts.apiServer, runbook: `${RUNBOOKS}/CastaiAgentNoLeader.md` }),
        ]
      : [apiServer];
  return [
    platform,
    ...ofCluster,
    ...feedTroubles(facts),
    memoryTrouble(facts),
    clockTrouble(facts.times),
    trustTrouble(facts.heard.trust),
    startTrouble(facts.startWaitsFor),
  ].filter((trouble): trouble is Trouble => trouble !== undefined);
}

const RUNBOOKS = 'monitoring/runbooks';

function keyTrouble({ key }: AgentFacts): Trouble | undefined {
  if (key === undefined) return undefined;
  const runbook = `${RUNBOOKS}/CastaiAgentKeyRefused.md`;
  return { ...PLAIN, cause: 'api-key', severity: 'blocked', why: key.message, cure: key.hint, runbook };
}

function platformTrouble(facts: AgentFacts): Trouble | undefined {
  const { delivery, leadership, heard, platform: address, nowMs } = facts;
  const isStandby = leadership.role === 'standby';
  const answer = heard.registration ?? (isStandby ? undefined : delivery.lastVerdict);
  if (answer !== undefined) {
    const cause = causeOfAnswer(answer);
    const cure = answer.hint ?? CURES[cause];
    const runbook = PAGES[cause];
    return { ...PLAIN, cause, severity: 'blocked', why: answer.detail, address, cure, runbook };
  }
  const { phase, transfer } = delivery;
  if (isStandby || (phase !== 'ready' && phase !== 'sending')) return undefined;
  return slowTrouble(slowTransfer(transfer, nowMs), address) ?? silenceTrouble(facts);
}

/** It comes to an end, as long as bytes are taken: what is new meanwhile is in it. */
function slowTrouble(why: string | undefined, address: string): Trouble | undefined {
  if (why === undefined) return undefined;
  const cure = 'find out what is narrow: the link, a proxy, or the platform, which reads no faster';
  return { ...PLAIN, cause: 'platform', severity: 'degraded', why, address, cure, runbook: PAGES.platform };
}

function silenceTrouble({ delivery, platform: address, nowMs }: AgentFacts): Trouble | undefined {
  const { lastAckAtMs, takenAtMs } = delivery;
  if (lastAckAtMs === undefined) return undefined;
  const ageMs = nowMs - Math.max(lastAckAtMs, takenAtMs ?? 0);
  if (ageMs <= staleAfterMs(delivery.heartbeatMs)) return undefined;
  const why = `the last batch was confirmed ${String(Math.round(ageMs / 1000))} s ago`;
  const { platform: cure } = CURES;
  return { ...PLAIN, cause: 'platform', severity: 'blocked', why, address, cure, runbook: PAGES.platform };
}

const PAGES: Record<AnswerCause, string> = {
  'api-key': `${RUNBOOKS}/CastaiAgentKeyRefused.md`,
  'cluster-id': `${RUNBOOKS}/CastaiSnapshotsNotReceived.md`,
  fenced: `${RUNBOOKS}/CastaiAgentFenced.md`,
  platform: `${RUNBOOKS}/CastaiSnapshotsNotReceived.md`,
  'refused-objects': `${RUNBOOKS}/CastaiAgentEntriesRejected.md`,
};

const CURES: Record<AnswerCause, string> = {
  'api-key': 'check that API_KEY (or the file that API_KEY_FILE names) holds a valid key',
  'cluster-id': 'take CLUSTER_ID out, so that the agent registers, or copy the id from the console of the platform',
  fenced: 'two agents run for this cluster: stop one of them, or give one a CLUSTER_ID of its own',
  platform: 'nothing, if it passes within minutes; else ask the platform, and look at what lies in between',
  'refused-objects': 'ask the platform why it does not take what the agent sends',
};

function apiServerTrouble(facts: AgentFacts): Trouble | undefined {
  const { feeds, isClusterKnown, apiServer, heard } = facts;
  const ofLease = serverSaidByLease(electionIn(facts));
  const told = saidOfSurvey(facts) ?? ofLease;
  const isNothingRead = !isClusterKnown || ofLease !== undefined;
  const runbook = `${RUNBOOKS}/CastaiAgentWatchRestarting.md`;
  return serverTroubleOf({ apiServer, feeds, heard: heard.feeds, runbook }, { told, isNothingRead });
}

function saidOfSurvey({ heard: { survey }, isClusterKnown }: AgentFacts): Said | undefined {
  return survey?.question === 'cluster' && isClusterKnown ? undefined : survey;
}

function identityTrouble({ registrar, isClusterKnown, apiServer: address }: AgentFacts): Trouble | undefined {
  if (!isClusterKnown || registrar.stage !== 'identifying' || registrar.lastError === '') return undefined;
  const cure = / answered 403: /.test(registrar.lastError)
    ? 'let the chart make the ClusterRole (agent.rbac.create): the nodes tell which cluster it is'
    : 'set PROVIDER and the variables of that provider, or CLUSTER_ID if the platform already knows this cluster';
  const runbook = `${RUNBOOKS}/CastaiAgentNeverDelivered.md`;
  return { ...PLAIN, cause: 'identity', severity: 'blocked', why: registrar.lastError, address, cure, runbook };
}

function electionIn({ leadership, heard }: AgentFacts): ElectionSaid {
  return { leadership, said: heard.lease };
}

/** From there on watches of feeds of which much waits are read no further (`batch/room.ts`): what comes waits at the API server. */
const FULL = 0.75;

function memoryTrouble({ pending: { bytes, limit } }: AgentFacts): Trouble | undefined {
  if (bytes < limit * FULL) return undefined;
  const why = `${mebibytes(bytes)} of ${mebibytes(limit)} MiB wait to be sent: watches are read no further`;
  const cure = 'find out why the platform takes less than the cluster changes; PENDING_LIMIT is the bound';
  const runbook = `${RUNBOOKS}/CastaiAgentPendingNearLimit.md`;
  return { ...PLAIN, cause: 'memory', severity: 'degraded', why, cure, runbook };
}

const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
