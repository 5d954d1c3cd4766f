/** What a look at a cluster's row sees of its trouble: the agent's silence, its own verdict, and a platform that does not keep up. Pure. */
import { connectionStatus } from '../page/connection-status.ts';
import type { ClusterRow } from '../store/cluster-row.ts';
import type { Observation } from './condition.ts';

/** When it is looked. */
export interface LookTimes {
  readonly nowMs: number;
  readonly heartbeatMs: number;
  /** Since when this process takes what agents send: silence before is the platform's own. */
  readonly listeningSinceMs: number;
}

type Seen = Pick<ClusterRow, 'openedAtMs' | 'lastBatchAtMs' | 'stopReason'>;

const CLEAR: Observation = { type: 'clear' };
const UNKNOWN: Observation = { type: 'unknown' };

/**
 * Whether the agent is silent. An end in good order is none. After a start of the platform nobody is judged before an agent had the time
 * to be heard: it was not listened to.
 */
export function observeConnection(row: Seen, times: LookTimes): Observation {
  const status = connectionOf(row, times);
  switch (status) {
    case 'ended':
    case 'waiting':
    case 'connected':
      return CLEAR;
    case 'unknown':
      return UNKNOWN;
    case 'late':
    case 'disconnected': {
      const isGone = status === 'disconnected';
      const seenAtMs = Math.max(row.openedAtMs ?? 0, row.lastBatchAtMs ?? 0);
      return {
        type: 'holds',
        condition: {
          severity: isGone ? 'critical' : 'warning',
          summary: isGone
            ? 'The agent has been silent for minutes: nothing is known of the cluster since'
            : 'The agent is late: two heartbeats were missed',
          reason: `last heard of at ${new Date(seenAtMs).toISOString()}`,
          cure: 'Look at the agent’s pod in its namespace, describe it, read its log; then at what stands between it and the platform.',
        },
      };
    }
  }
}

/** What the agent says of itself. What it said before it fell silent may be over, or not. */
export function observeAgent(row: Seen & Pick<ClusterRow, 'health'>, times: LookTimes): Observation {
  const status = connectionOf(row, times);
  if (status === 'ended' || status === 'waiting') return CLEAR;
  if (status !== 'connected') return UNKNOWN;
  const { health } = row;
  if (health === undefined || health.state === 'ok' || health.cause === 'starting') return CLEAR;
  const isBlocked = health.state === 'blocked';
  return {
    type: 'holds',
    condition: {
      severity: isBlocked ? 'critical' : 'warning',
      summary: `The agent ${isBlocked ? 'cannot work' : 'works with limits'}: ${health.cause}`,
      reason: health.reason,
      // What it is to be cured by may hold words of a server, which do not leave the cluster.
      cure: 'Run `doctor` in the agent’s pod, or look at its `/statusz`: both say what to do.',
    },
  };
}

/** Whether what is received is not processed: the platform’s fault, not the cluster’s. */
export function observeContinuity(row: Pick<ClusterRow, 'receivedTotal' | 'processedTotal'>): Observation {
  const behind = row.receivedTotal - row.processedTotal;
  if (behind <= 0) return CLEAR;
  return {
    type: 'holds',
    condition: {
      severity: 'critical',
      summary: 'What the agent sends is received and not processed',
      reason: `${behind} batches wait`,
      cure: 'Raise an incident with the platform: nothing in the cluster can mend it.',
    },
  };
}

/** How the connection is, an end that was told and silence that proves nothing told apart. */
export function connectionOf(row: Seen, times: LookTimes): ReturnType<typeof connectionStatus> | 'ended' | 'unknown' {
  const { nowMs, heartbeatMs, listeningSinceMs } = times;
  if (row.stopReason !== '') return 'ended';
  const seen = { openedAtMs: row.openedAtMs, lastBatchAtMs: Math.max(row.lastBatchAtMs ?? 0, listeningSinceMs) };
  const status = connectionStatus(seen, heartbeatMs, nowMs);
  const isHeard = Math.max(row.openedAtMs ?? 0, row.lastBatchAtMs ?? 0) >= listeningSinceMs;
  return status === 'connected' && !isHeard ? 'unknown' : status;
}
