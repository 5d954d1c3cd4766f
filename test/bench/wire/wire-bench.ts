import type { Wire } from '@castai/agent/deliver/wire-state.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { type BundledAgent, startBundledAgent } from '../agent/bundled-agent.ts';
import type { BenchPlatform } from '../agent/servers.ts';

/** What every figure of the suite is measured on. */
export interface WireBench {
  readonly cluster: Cluster;
  /** A pod's folder of credentials. */
  readonly serviceAccountDir: string;
  readonly pods: number;
  readonly report: (line: string) => void;
}

/** How an agent starts. */
export interface WireStart {
  readonly wire: Wire;
  readonly platform: BenchPlatform;
  readonly options?: Readonly<Record<string, string>>;
}

/** Starts the agent as it ships, on one of the wires. */
export async function startOnWire(
  { cluster, serviceAccountDir }: WireBench,
  { wire, platform, options = {} }: WireStart,
): Promise<BundledAgent> {
  return startBundledAgent({
    apiServer: cluster.url,
    serviceAccountDir,
    platform: platform.url,
    options: { PLATFORM_WIRE: wire, ...options },
  });
}

/** What the platform has taken so far: requests, and their bytes as they came. */
export async function takenBy({ control }: BenchPlatform): Promise<{ requests: number; bytes: number }> {
  const [state] = (await control.state()).clusters;
  return { requests: state?.receivedTotal ?? 0, bytes: state?.wireBytesTotal ?? 0 };
}
