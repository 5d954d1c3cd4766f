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
