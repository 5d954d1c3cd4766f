import { type JsonCall, textOf } from '@castai/shared/wire/json-call.ts';

const LONGEST_ID = 128;

/** Asks for the id of the platform's last wish for AKS init data; empty when it never had one. A wish is answered once per agent pool. */
export function initDataWishCall(clusterId: string): JsonCall<string> {
  return {
    method: 'GET',
    path: `/v1/kubernetes/external-clusters/${encodeURIComponent(clusterId)}/aks-init-data`,
    parse: (fields) => {
      const id = textOf(fields.get('requestId'));
      const isId = id !== undefined && id.length <= LONGEST_ID;
      return isId ? { valid: true, value: id } : { valid: false, problem: 'no request id' };
    },
  };
}
