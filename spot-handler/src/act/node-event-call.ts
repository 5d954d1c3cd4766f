import { type JsonCall, parseNothing } from '@castai/shared/wire/json-call.ts';
import type { ReportType } from '../decide/interruption-effects.ts';

/** A notice about a node that is about to lose its machine. */
export interface NodeEvent {
  readonly type: ReportType;
  /** The platform's own id of the node; empty for a node that it did not make. */
  readonly nodeId: string;
  readonly providerId?: string;
}

/** Reports that a node is about to go. */
export function nodeEventCall(clusterId: string, { type, nodeId, providerId }: NodeEvent): JsonCall<undefined> {
  return {
    path: `/v1/kubernetes/external-clusters/${encodeURIComponent(clusterId)}/events`,
    // This call alone speaks snake_case.
    body: { event_type: type, node_id: nodeId, provider_id: providerId ?? null },
    parse: parseNothing,
  };
}
