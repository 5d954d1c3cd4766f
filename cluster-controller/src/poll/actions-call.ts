import type { JsonCall } from '@castai/shared/wire/json-call.ts';
import { type Asked, parseAnswer } from './parse-answer.ts';

/** Asks for what is to be done. The platform may hold the answer; each poll has all that it has not been told of. */
export function actionsCall(clusterId: string, kubernetesVersion: string): JsonCall<Asked> {
  return {
    method: 'GET',
    path: `/v1/kubernetes/clusters/${encodeURIComponent(clusterId)}/actions`,
    ...(kubernetesVersion === '' ? {} : { headers: { 'X-K8s-Version': kubernetesVersion } }),
    parse: (fields) => ({ valid: true, value: parseAnswer(fields.get('items')) }),
  };
}
