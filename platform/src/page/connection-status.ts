/** Whether a cluster's agent is there, as a person wants to hear it. Pure. */

/** `waiting`: registered, no session yet. `late`: two heartbeats missed. `disconnected`: silent for five minutes, or four heartbeats if that is longer. */
export type ConnectionStatus = 'waiting' | 'connected' | 'late' | 'disconnected';

const DISCONNECTED_MS = 5 * 60 * 1000;
/** An agent sends one at least as often, whatever it is told: PROTOCOL.md. */
const LONGEST_HEARTBEAT_MS = 5 * 60 * 1000;

/** Judges by the newest sign of life: the last batch of any session, or the open of this one. */
export function connectionStatus(
  seen: { readonly openedAtMs: number | undefined; readonly lastBatchAtMs: number | undefined },
  toldMs: number,
  nowMs: number,
): ConnectionStatus {
  const { openedAtMs, lastBatchAtMs } = seen;
  if (openedAtMs === undefined) return 'waiting';
  const silentMs = nowMs - Math.max(openedAtMs, lastBatchAtMs ?? 0);
  const heartbeatMs = Math.min(toldMs, LONGEST_HEARTBEAT_MS);
  if (silentMs >= Math.max(DISCONNECTED_MS, 4 * heartbeatMs)) return 'disconnected';
  // Half a heartbeat of grace: a batch takes its time on the way.
  return silentMs > heartbeatMs * 2.5 ? 'late' : 'connected';
}
