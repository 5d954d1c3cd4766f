/** Whether what is shown of a cluster is true now: one answer from connection, feeds and what the agent says of itself. Pure. */
import type { ConnectionStatus } from './connection-status.ts';
import type { ClusterRow } from '../store/cluster-row.ts';
import type { FeedView } from './feed-view.ts';

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

/** What the agent says of itself. */
type Told = Pick<ClusterRow, 'health' | 'stopReason'>;

const SILENT: Told = { health: undefined, stopReason: '' };

/** Judges by an end that was told, then by the connection, then by what the agent says of itself, then by the feeds that the cluster serves. */
export function clusterVerdict(
  status: ConnectionStatus,
  feeds: readonly Pick<FeedView, 'state' | 'reason'>[],
  told: Told = SILENT,
): ClusterVerdict {
  return ofWords(status, told) ?? ofFeeds(feeds);
}

/** By what is known without its feeds. */
function ofWords(status: ConnectionStatus, { health, stopReason }: Told): ClusterVerdict | undefined {
  if (stopReason !== '') return { tone: 'warn', words: `Ended in good order: ${stopReason}`, isStale: true };
  if (status !== 'connected') return UNCONNECTED[status];
  if (health?.state === 'blocked') {
    return { tone: 'bad', words: `Connected, but ${health.cause}: ${health.reason}`, isStale: true };
  }
  if (health?.state === 'degraded' && health.cause !== 'starting') {
    return { tone: 'warn', words: `Connected, but ${health.cause}: ${health.reason}`, isStale: false };
  }
  return undefined;
}

function ofFeeds(feeds: readonly Pick<FeedView, 'state' | 'reason'>[]): ClusterVerdict {
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
