import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';

/** The version in the answer to `GET /version`. Throws `KUBE_STREAM_BROKEN` when it has none. */
export function gitVersionIn(answer: unknown): string {
  const version = isRecord(answer) ? answer['gitVersion'] : undefined;
  if (typeof version === 'string') return version;
  throw new KubeError('KUBE_STREAM_BROKEN', 'the API server tells no gitVersion');
}
