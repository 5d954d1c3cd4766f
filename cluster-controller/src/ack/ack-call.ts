import { type JsonCall, parseNothing } from '@castai/shared/wire/json-call.ts';
import type { Ack } from './ack-state.ts';

/** Tells the platform what an action came to; with `null` as error, that it was done. */
export function ackCall(clusterId: string, { id, error }: Ack): JsonCall<undefined> {
  return {
    path: `/v1/kubernetes/clusters/${encodeURIComponent(clusterId)}/actions/${encodeURIComponent(id)}/ack`,
    body: { error },
    parse: parseNothing,
  };
}
