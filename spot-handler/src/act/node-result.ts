import { KubeError, type KubeErrorCode } from '@castai/shared/kube/kube-error.ts';

/** What becomes of an action on the node or its pods; also the label `result` of the metrics that count them. */
export const NODE_RESULTS = [
  'ok',
  'conflict',
  'forbidden',
  'unauthorized',
  'not_found',
  'unreachable',
  'error',
  'dry_run',
] as const;

/** One of the results. */
export type NodeResult = (typeof NODE_RESULTS)[number];

const RESULTS: Partial<Record<KubeErrorCode, NodeResult>> = {
  KUBE_CONFLICT: 'conflict',
  KUBE_INVALID: 'conflict',
  KUBE_FORBIDDEN: 'forbidden',
  KUBE_UNAUTHORIZED: 'unauthorized',
  KUBE_NOT_FOUND: 'not_found',
  KUBE_UNREACHABLE: 'unreachable',
};

/** The result that an error is. */
export function nodeResultOf(error: unknown): NodeResult {
  return (error instanceof KubeError ? RESULTS[error.code] : undefined) ?? 'error';
}
