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
  const [metrics, ready, state] = await Promise.all([
    agent.metrics(),
    fetch(`${agent.url}/readyz`),
    platform.control.state(),
  ]);
  await ready.text();
  const [cluster] = state.clusters;
  const synced = metrics.filter(({ name }) => name === 'castai_agent_feed_synced');
  return {
    clusterId: cluster?.id ?? '',
    feeds: synced.length,
    syncedFeeds: synced.filter(({ value }) => value === 1).length,
    isReady: ready.status === 200,
    objects: cluster?.objects ?? 0,
    batches: cluster?.receivedTotal ?? 0,
    bytesOnWire: cluster?.wireBytesTotal ?? 0,
    received: sumOf(metrics, RECEIVED),
    processed: sumOf(metrics, PROCESSED),
    pending: sumOf(metrics, 'castai_agent_pending_changes'),
  };
}

/** One line for people. */
export function formatProgress(progress: Progress): string {
  const { feeds, syncedFeeds, objects, batches, received, processed, pending, bytesOnWire } = progress;
  return [
    `feeds synced ${syncedFeeds}/${feeds}`,
    `objects ${objects}`,
    `batches ${batches}`,
    `received ${received}`,
    `processed ${processed}`,
    `pending ${pending}`,
    `${(bytesOnWire / 1024 / 1024).toFixed(2)} MiB sent`,
  ].join(' · ');
}
