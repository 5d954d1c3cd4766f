import { type JsonCall, parseNothing } from '@castai/shared/wire/json-call.ts';
import type { LogEvent } from '@castai/shared/wire/logs/log-event.ts';

/** Hands a line of log over. */
export function agentLogCall(clusterId: string, logEvent: LogEvent): JsonCall<undefined> {
  return {
    path: `/v1/kubernetes/clusters/${encodeURIComponent(clusterId)}/agent-logs`,
    body: { logEvent },
    parse: parseNothing,
  };
}
