/** What a page says about itself. */
export interface ListMetadata {
  /** `PodList`; empty if the page does not say. */
  readonly kind: string;
  /** Group and version of the list and of items that do not say; empty if the page does not say either. */
  readonly apiVersion: string;
  /** The same on every page of one list: the point to watch from. Empty for virtual resources. */
  readonly resourceVersion: string;
  /** Empty on the last page. */
  readonly continueToken: string;
  /** The server's estimate; absent with selectors and on the last page. */
  readonly remainingItemCount: number | undefined;
}

/**
 * Whether this may be what a list calls itself: any word, because who defines a custom resource names its list. What is empty and has no name
 * at all may be anybody's answer.
 */
export function isListKind(kind: unknown): boolean {
  return typeof kind === 'string' && kind !== '';
}
