import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { FeedSource } from '@castai/shared/watch/feed-source.ts';
import { type FeedSpec, listPath } from './feeds.ts';

/** What a collection says of itself. */
export type CollectionAnswer =
  /** It answers in this version. */
  | { readonly is: 'there'; readonly version: string }
  /** Every version that was asked is unknown to the API server: 404, or 410 for one that is served no more. */
  | { readonly is: 'gone' }
  /** Neither: refused, throttled, away. */
  | { readonly is: 'unclear' };

/**
 * Asks a collection whether it exists, one object at most, in each of these versions until one answers. Discovery is a summary that a
 * starting API server has not finished, and of which another replica may have another one; the collection's own answer is what a list
 * or watch would meet. Rejects only with the signal's reason, and with what is no `KubeError`.
 */
export async function askCollection(
  source: Pick<FeedSource, 'listPage'>,
  { spec, versions }: { spec: FeedSpec; versions: readonly string[] },
  signal: AbortSignal,
): Promise<CollectionAnswer> {
  let isClear = true;
  for (const version of versions) {
    try {
      const page = await source.listPage({ path: listPath(spec, version), limit: 1 }, signal);
      // Reading on to the end gives the connection back.
      for await (const items of page.items) void items;
      return { is: 'there', version };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof KubeError)) throw error;
      isClear &&= error.code === 'KUBE_NOT_FOUND' || error.code === 'KUBE_EXPIRED';
    }
  }
  return { is: isClear ? 'gone' : 'unclear' };
}
