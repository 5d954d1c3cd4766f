import { type FeedSpec, listPath } from '@castai/agent/feeds/feeds.ts';
import { type ApiClient, ApiError, type ApiObject } from '../cluster/api-client.ts';

/** What a feed is, as far as a list needs it. */
export type ListedFeed = Pick<FeedSpec, 'group' | 'versions' | 'resource' | 'namespace' | 'fieldSelector'>;

/** What a cluster answered to a list of one feed. */
export type FeedList =
  | { readonly is: 'served'; readonly version: string; readonly items: AsyncIterable<ApiObject> }
  /** No version of it is served. */
  | { readonly is: 'absent' }
  | { readonly is: 'forbidden' };

const PAGE_SIZE = 500;

/**
 * Lists a feed straight from the API server, page by page, in the first of its versions that the server knows. Made for
 * comparisons, so it shares no code with the agent's own lists: whole pages, a JSON parser for all of each.
 * Throws ApiError, while iterating too: 410 when the list took so long that its continue token expired.
 */
export async function listFeed(client: Pick<ApiClient, 'request'>, feed: ListedFeed): Promise<FeedList> {
  for (const version of feed.versions) {
    const path = listPath(feed, version);
    try {
      const first = await client.request('GET', pageUrl(path, feed, ''));
      const next = (token: string): Promise<ApiObject> => client.request('GET', pageUrl(path, feed, token));
      return { is: 'served', version, items: allItems(first, next) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 403) return { is: 'forbidden' };
      if (error.status !== 404) throw error;
    }
  }
  return { is: 'absent' };
}

function pageUrl(path: string, { fieldSelector }: ListedFeed, continueToken: string): string {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  if (fieldSelector !== '') query.set('fieldSelector', fieldSelector);
  if (continueToken !== '') query.set('continue', continueToken);
  return `${path}?${query.toString()}`;
}

async function* allItems(first: ApiObject, next: (token: string) => Promise<ApiObject>): AsyncGenerator<ApiObject> {
  let page = first;
  for (;;) {
    yield* page.items ?? [];
    const token = page.metadata?.['continue'];
    if (typeof token !== 'string' || token === '') return;
    page = await next(token);
  }
}
