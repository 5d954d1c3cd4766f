import { totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import { getHeapStatistics } from 'node:v8';
import type { MetricsRegistry } from '@castai/shared/metrics/metrics.ts';
import type { FeedStatus } from '../feeds/supervised-feed.ts';

/** What `/metrics` computes when somebody scrapes; part of the view that `/statusz` has. */
export interface GaugedView {
  readonly outbox: { readonly pendingBytes: number; readonly pendingCount: number };
  readonly leadership: { readonly status: { readonly role: string } };
  readonly supervisor: { readonly status: readonly Pick<FeedStatus, 'feed' | 'phase' | 'state'>[] };
}

/** What the counters have heard that gauges tell. */
interface Heard {
  readonly registry: MetricsRegistry;
  readonly isRegistered: boolean;
  /** Feeds that were served and allowed at some time: those that never were are nothing that is missing. */
  readonly startedFeeds: ReadonlySet<string>;
}

/** Registers the gauges of everything that is: last, when all of it is made. */
export function registerGauges(heard: Heard, view: GaugedView): void {
  const { registry } = heard;
  const heapLimit = registry.gauge({
    name: 'castai_agent_heap_limit_bytes',
    help: 'How large V8 lets the heap grow, in bytes.',
  });
  const memoryLimit = registry.gauge({
    name: 'castai_agent_memory_limit_bytes',
    help: 'Memory limit of the container, in bytes; that of the machine if there is none.',
  });
  const pendingBytes = registry.gauge({ name: 'castai_agent_pending_bytes', help: 'Bytes that wait to be sent.' });
  const pendingChanges = registry.gauge({
    name: 'castai_agent_pending_changes',
    help: 'Entries that wait to be sent.',
  });
  const registered = registry.gauge({
    name: 'castai_agent_registered',
    help: 'Whether the agent knows its cluster id (1) or not (0).',
  });
  const synced = registry.gauge({
    name: 'castai_agent_feed_synced',
    help: 'Whether the platform has the complete state of a feed and is kept up to date (1) or not, as without a session (0). A feed that the cluster does not serve has no series.',
    labels: { feed: [] },
  });
  const forbidden = registry.gauge({
    name: 'castai_agent_feeds_forbidden',
    help: 'Feeds that the service account may not read; they have no other series.',
  });
  const leader = registry.gauge({
    name: 'castai_agent_leader',
    help: 'Whether this replica sends (1) or stands by (0).',
  });
  registry.beforeScrape(() => {
    const { outbox, leadership, supervisor } = view;
    heapLimit.set(getHeapStatistics().heap_size_limit);
    // Without a limit the kernel tells a number beyond all machines, or 0.
    memoryLimit.set(Math.min(constrainedMemory() || Infinity, totalmem()));
    pendingBytes.set(outbox.pendingBytes);
    pendingChanges.set(outbox.pendingCount);
    registered.set(Number(heard.isRegistered));
    leader.set(Number(leadership.status.role === 'leader'));
    forbidden.set(supervisor.status.filter(({ phase }) => phase === 'forbidden').length);
    for (const { feed, phase, state } of supervisor.status) {
      if (!heard.startedFeeds.has(feed)) continue;
      if (phase === 'absent') synced.remove({ feed });
      else synced.set({ feed }, Number(state === 'SYNCED'));
    }
  });
}
