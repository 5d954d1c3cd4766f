import type { JsonCall } from '@castai/shared/wire/json-call.ts';

/** What the agent tells about itself. */
export interface AgentTelemetry {
  readonly agentVersion: string;
  readonly gitCommit: string;
}

/** What the platform wants of the agent. */
export interface PlatformWishes {
  /** Pause between two of these calls; absent when the platform has no opinion. */
  readonly intervalSeconds?: number;
  /** The platform wants everything again. */
  readonly resync: boolean;
}

/** Tells which version runs and asks what the platform wants of it. */
export function platformWishesCall(
  clusterId: string,
  { agentVersion, gitCommit }: AgentTelemetry,
): JsonCall<PlatformWishes> {
  return {
    path: `/v1/kubernetes/clusters/${encodeURIComponent(clusterId)}/agent-config`,
    body: { agentVersion, gitCommit },
    parse: (fields) => {
      // 64-bit numbers come as strings (protobuf's JSON mapping).
      const intervalSeconds = Number(fields.get('intervalSeconds') ?? Number.NaN);
      const resync = fields.get('resync') === true;
      return { valid: true, value: intervalSeconds > 0 ? { intervalSeconds, resync } : { resync } };
    },
  };
}
