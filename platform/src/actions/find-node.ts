import { field } from '../page/loose-fields.ts';
import { parseBody } from '../page/parse-body.ts';
import type { ClusterRow } from '../store/cluster-row.ts';
import { objectsOfFeed } from '../store/objects-of-feed.ts';
import type { PlatformStore } from '../store/platform-store.ts';

/** The node of this name as it was last told; `undefined`: there is none. */
export async function findNode(
  store: Pick<PlatformStore, 'feeds' | 'objectsAfter'>,
  { id, clusterUid }: Pick<ClusterRow, 'id' | 'clusterUid'>,
  name: string,
): Promise<unknown> {
  for (const feed of await store.feeds(id)) {
    if (feed.group !== '' || feed.resource !== 'nodes' || feed.clusterUid !== clusterUid) continue;
    for await (const { body } of objectsOfFeed(store, feed.key)) {
      const node = parseBody(body);
      if (field(field(node, 'metadata'), 'name') === name) return node;
    }
  }
  return undefined;
}
