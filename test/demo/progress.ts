import type { Verdict } from '@castai/shared/verdict/verdict.ts';
import { sumOf } from '@castai/shared/testing/parse-metrics.ts';
import type { AgentProgram, PlatformProgram } from '../stages/start-programs.ts';

/** Where the stream from cluster to platform is. */
export interface Progress {
  /** The platform's id of the cluster; empty before it registered. */
  readonly clusterId: string;
  readonly feeds: number;
  readonly syncedFeeds: number;
  /** Whether the agent says that everything readable is at the platform. */
  readonly isReady: boolean;
  /** What keeps it from its work, in its words; empty: nothing does. */
  readonly trouble: string;
  /** Objects that the platform holds. */
  readonly objects: number;
  /** Batches that the platform took. */
  readonly batches: number;
  /** Bytes of these batches as they came over the network. */
  readonly bytesOnWire: number;
  /** Batches whose receipt, and whose processing, the agent saw confirmed. */
  readonly received: number;
  readonly processed: number;
  /** Changes that wait in the agent. */
  readonly pending: number;
}

const RECEIVED = 'castai_autoscaler_agent_snapshots_received_total';
const PROCESSED = 'castai_autoscaler_agent_snapshots_processed_total';

/** Asks both sides. Throws when one of them does not answer. */
export async function readProgress(agent: AgentProgram, platform: PlatformProgram): Promise<Progress> {
  const [metrics, ready, status, state] = await Promise.all([
    agent.metrics(),
    fetch(`${agent.url}/readyz`),
    fetch(`${agent.url}/statusz?format=json`),
    platform.control.state(),
  ]);
  const readiness = (await ready.text()).trim().replaceAll('\n', '; ');
  const { verdict } = (await status.json()) as { verdict?: ToldVerdict };
  const [cluster] = state.clusters;
  const synced = metrics.filter(({ name }) => name === 'castai_agent_feed_synced');
  return {
    clusterId: cluster?.id ?? '',
    feeds: synced.length,
    syncedFeeds: synced.filter(({ value }) => value === 1).length,
    isReady: ready.status === 200,
    trouble: troubleOf(verdict, ready.status === 200 ? '' : readiness),
    objects: cluster?.objects ?? 0,
    batches: cluster?.receivedTotal ?? 0,
    bytesOnWire: cluster?.wireBytesTotal ?? 0,
    received: sumOf(metrics, RECEIVED),
    processed: sumOf(metrics, PROCESSED),
    pending: sumOf(metrics, 'castai_agent_pending_changes'),
  };
}

type ToldVerdict = Pick<Verdict, 'state' | 'cause' | 'why'>;

/** How the line begins while the agent only has not finished its start, which is nothing to worry about. */
const STARTING = 'starting';

/** The verdict's reason, which also tells what readiness does not; without one, as before the first, what readiness says. */
export function troubleOf(verdict: ToldVerdict | undefined, unready: string): string {
  if (verdict === undefined || verdict.state === 'ok') return unready === '' ? '' : `${STARTING}: ${unready}`;
  return `${verdict.cause === 'starting' ? STARTING : verdict.state}: ${verdict.why}`;
}

/** Whether something is wrong, not merely begun. */
export function isTroubled({ trouble }: Pick<Progress, 'trouble'>): boolean {
  return trouble !== '' && !trouble.startsWith(`${STARTING}:`);
}

/**
 * One line for people: while something keeps the agent from its work what that is, first; then how far it is, the important things first, as many as fit into `width`
 * characters.
 */
export function formatProgress(progress: Progress, width = Infinity): string {
  const { feeds, syncedFeeds, objects, batches, pending, bytesOnWire, trouble, received, processed } = progress;
  const parts = [
    `${syncedFeeds}/${feeds} feeds synced`,
    `${COUNT.format(objects)} objects`,
    `${COUNT.format(batches)} batches`,
    `${(bytesOnWire / 1024 / 1024).toFixed(2)} MiB sent`,
    `${COUNT.format(pending)} waiting`,
    `${COUNT.format(received)} received`,
    `${COUNT.format(processed)} processed`,
  ];
  let line = trouble;
  for (const part of parts) {
    const longer = line === '' ? part : `${line} · ${part}`;
    if (line !== '' && longer.length > width) break;
    line = longer;
  }
  return line;
}

const COUNT = new Intl.NumberFormat('en');
