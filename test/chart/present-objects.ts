import { ApiError, type ApiObject } from '../cluster/api-client.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { ResourcePaths } from '../cluster/resource-paths.ts';
import { keyOf } from '../stages/chart/rendered-objects.ts';

/** Of these objects, those that the API server has; `namespace` is for those that name none. */
export async function presentObjects(
  cluster: Pick<Cluster, 'request'>,
  objects: readonly ApiObject[],
  namespace: string,
): Promise<string[]> {
  const paths = new ResourcePaths(cluster);
  const found: string[] = [];
  for (const object of objects) {
    const { apiVersion = '', kind = '', metadata = {} } = object;
    const at = { namespace, ...metadata, name: metadata.name ?? '' };
    const { collection } = await paths.find({ apiVersion, kind, metadata: at });
    try {
      await cluster.request('GET', `${collection}/${at.name}`);
      found.push(keyOf(object));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
  }
  return found;
}
