import { field } from '../page/loose-fields.ts';
import { parseBody } from '../page/parse-body.ts';
import type { ClusterRow } from '../store/cluster-row.ts';
import type { PlatformStore } from '../store/platform-store.ts';

const OBJECTS_PER_READ = 200;

/** The node of this name as it was last told; `undefined`: there is none. */
export async function findNode(
  store: Pick<PlatformStore, 'feeds' | 'objectsAfter'>,
  { id, clusterUid }: Pick<ClusterRow, 'id' | 'clusterUid'>,
  name: string,
): Promise<unknown> {
  for (const feed of await store.feeds(id)) {
    if (feed.group !== '' || feed.resource !== 'nodes' || feed.clusterUid !== clusterUid) continue;
    for (let after: string | undefined = ''; after !== undefined;) {
      const page = await store.objectsAfter(feed.key, after, OBJECTS_PER_READ);
      const nodes = page.map(({ body }) => parseBody(body));
      const found = nodes.find((node) => field(field(node, 'metadata'), 'name') === name);
      if (found !== undefined) return found;
      after = page.length < OBJECTS_PER_READ ? undefined : page.at(-1)?.uid;
    }
  }
  return undefined;
}
