/** Whether what is shown of a cluster is true now: one answer from connection, feeds and what the agent says of itself. Pure. */
import type { ConnectionStatus } from './connection-status.ts';
import type { FeedView } from './page-model.ts';

/** The answer. */
export interface ClusterVerdict {
  readonly tone: 'good' | 'busy' | 'warn' | 'bad';
  /** One line. */
  readonly words: string;
  /** Nothing new is known of anything: what is shown may be long past. */
  readonly isStale: boolean;
}

const UNCONNECTED: Readonly<Record<Exclude<ConnectionStatus, 'connected'>, ClusterVerdict>> = {
  waiting: { tone: 'warn', words: 'Registered, no session yet', isStale: false },
  late: { tone: 'warn', words: 'Late: two heartbeats missed', isStale: true },
  disconnected: { tone: 'bad', words: 'Disconnected', isStale: true },
};

/** Judges by the connection first, then by the feeds that the cluster serves. */
export function clusterVerdict(
  status: ConnectionStatus,
  feeds: readonly Pick<FeedView, 'state' | 'reason'>[],
): ClusterVerdict {
  if (status !== 'connected') return UNCONNECTED[status];
  const served = feeds.filter(({ state }) => state !== 'ABSENT' && state !== 'STALE');
  const of = (state: string): readonly Pick<FeedView, 'reason'>[] => served.filter((feed) => feed.state === state);
  const [degraded, forbidden] = [of('DEGRADED'), of('FORBIDDEN')];
  const unread = degraded.length + forbidden.length + of('REFUSED').length;
  if (unread > 0 && unread === served.length) {
    const why = degraded[0]?.reason ?? forbidden[0]?.reason ?? '';
    return { tone: 'bad', words: `Connected, but nothing is read${why === '' ? '' : `: ${why}`}`, isStale: true };
  }
  if (unread > 0) {
    return { tone: 'warn', words: `Connected, ${unread} of ${served.length} kinds are not read`, isStale: false };
  }
  const running = of('SNAPSHOT').length;
  if (running > 0) return { tone: 'busy', words: 'Connected, reading the cluster', isStale: false };
  return { tone: 'good', words: 'Connected', isStale: false };
}
