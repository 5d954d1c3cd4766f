import { tryParseKubeJson } from '@castai/shared/kube/json/parse-kube-json.ts';
import type { JsonCall } from '@castai/shared/wire/json-call.ts';
import { type Asked, parseAnswer } from './parse-answer.ts';

/** What a poll says besides; empty: nothing is said of it. */
export interface PollWords {
  /** `1.33`. */
  readonly kubernetesVersion: string;
  /** State and cause of the verdict, `ok` or `blocked api-server`: words of a closed set, none of a server. */
  readonly verdict: string;
}

/** Asks for what is to be done. The platform may hold the answer; each poll has all that it has not been told of. */
export function actionsCall(clusterId: string, { kubernetesVersion, verdict }: PollWords): JsonCall<Asked> {
  const headers = {
    ...(kubernetesVersion === '' ? {} : { 'X-K8s-Version': kubernetesVersion }),
    ...(verdict === '' ? {} : { 'X-Castai-Verdict': verdict }),
  };
  return {
    method: 'GET',
    path: `/v1/kubernetes/clusters/${encodeURIComponent(clusterId)}/actions`,
    headers,
    // What is to be made or patched goes to the API server as it was written: int64 is allowed wherever Kubernetes has a number.
    read: tryParseKubeJson,
    parse: (fields) => ({ valid: true, value: parseAnswer(fields.get('items')) }),
  };
}
