import { type JsonCall, parseNothing } from '@castai/shared/wire/json-call.ts';
import type { LogEvent } from '@castai/shared/wire/logs/log-event.ts';

/** Hands a line of log over: the line is the body, and a call takes one. */
export function logCall(clusterId: string, event: LogEvent): JsonCall<undefined> {
  return {
    path: `/v1/kubernetes/clusters/${encodeURIComponent(clusterId)}/actions/logs`,
    body: event,
    parse: parseNothing,
  };
}
