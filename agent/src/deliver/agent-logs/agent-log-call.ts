import { type JsonCall, parseNothing } from '@castai/shared/wire/json-call.ts';

/** A line of our log as the public API takes it: one a call, and nothing but texts in its fields. */
export interface LogEvent {
  readonly level: 'warning' | 'error';
  /** ISO 8601. */
  readonly time: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Hands a line of log over. */
export function agentLogCall(clusterId: string, logEvent: LogEvent): JsonCall<undefined> {
  return {
    path: `/v1/kubernetes/clusters/${encodeURIComponent(clusterId)}/agent-logs`,
    body: { logEvent },
    parse: parseNothing,
  };
}
