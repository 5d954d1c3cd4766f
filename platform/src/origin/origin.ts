/** What the token of a pod proved of who sent a report. */
export type Origin =
  | {
      readonly is: 'proven';
      /** Name of the node that the pod runs on, as the cluster's API server wrote it into the token. */
      readonly node: string;
      /** `namespace/name`. */
      readonly pod: string;
    }
  | { readonly is: 'unproven'; readonly why: string };

/** In words for the page. */
export function describeOrigin(origin: Origin): string {
  return origin.is === 'proven' ? `sent by ${origin.pod} on ${origin.node}` : `origin not proven: ${origin.why}`;
}
