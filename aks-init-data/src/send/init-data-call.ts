import { type JsonCall, parseNothing } from '@castai/shared/wire/json-call.ts';

/** A delivery of AKS init data, ready to be sent. */
export interface InitDataDelivery {
  /** JSON: a sealed document with its description, or the document itself in compatibility mode. */
  readonly body: Uint8Array;
  /** The same for repetitions of one delivery: the platform takes it once. */
  readonly idempotencyKey: string;
  /**
   * What the answer must hold to count, because anybody can answer 200: a random value that is sealed with the document, so that only
   * who opened the envelope has it. Absent in compatibility mode, which has no answer.
   */
  readonly receipt?: string;
}

/** Delivers what new nodes of an AKS agent pool are made from. */
export function initDataCall(
  clusterId: string,
  { body, idempotencyKey, receipt }: InitDataDelivery,
): JsonCall<undefined> {
  return {
    path: `/v1/kubernetes/external-clusters/${encodeURIComponent(clusterId)}/aks-init-data`,
    headers: { 'Idempotency-Key': idempotencyKey },
    body,
    parse: (fields) => {
      if (receipt === undefined || fields.get('receipt') === receipt) return parseNothing();
      return { valid: false, problem: 'without the receipt that only who opened the envelope has' };
    },
  };
}
