import type { Notification } from './notification.ts';

/** What is told, under the names that receivers see. */
export interface Facts {
  readonly id: string;
  readonly episode: string;
  readonly status: Notification['status'];
  readonly kind: string;
  readonly severity: string;
  readonly cluster: Notification['cluster'];
  readonly summary: string;
  readonly reason: string;
  readonly cure: string;
  /** ISO 8601. */
  readonly startsAt: string;
  /** The same; null while it goes on. */
  readonly endsAt: string | null;
  readonly timestamp: string;
  readonly isTest: boolean;
}

/** The facts of a notification. */
export function factsOf(notification: Notification): Facts {
  const { id, episode, status, trouble, severity, cluster, summary, reason, cure, isTest } = notification;
  const { startedAtMs, endedAtMs, atMs } = notification;
  return {
    id,
    episode,
    status,
    kind: trouble,
    severity,
    cluster,
    summary,
    reason,
    cure,
    startsAt: toIso(startedAtMs),
    endsAt: endedAtMs === undefined ? null : toIso(endedAtMs),
    timestamp: toIso(atMs),
    isTest,
  };
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
