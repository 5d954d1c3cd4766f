import type { JsonCall } from '@castai/shared/wire/json-call.ts';

const LONGEST_ID = 128;

/** Asks for the id of the platform's last wish for AKS init data; empty when it never had one. A wish is answered once per agent pool. */
export function initDataWishCall(clusterId: string): JsonCall<string> {
  return {
    method: 'GET',
    path: `/v1/kubernetes/external-clusters/${encodeURIComponent(clusterId)}/aks-init-data`,
    parse: (fields) => {
      const id = fields.get('requestId');
      return isRequestId(id) ? { valid: true, value: id } : { valid: false, problem: 'no request id' };
    },
  };
}

/** Whether it can be the id of a wish: text, and no longer than anybody would make one. */
export function isRequestId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_ID;
}
