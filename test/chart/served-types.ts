import { type Components, kubernetesTypes } from '../../scripts/chart/kubernetes-types.ts';
import type { Json } from '../../scripts/chart/kubernetes-bounds.ts';
import type { ApiClient } from '../cluster/api-client.ts';

/** Groups that the types of values come from. */
const GROUPS = ['apis/networking.k8s.io/v1', 'apis/apps/v1', 'api/v1'];

/** The definitions for the chart's schema, from what an API server says of its types. */
export async function servedTypes(client: Pick<ApiClient, 'request'>): Promise<Record<string, Json>> {
  const documents = await Promise.all(GROUPS.map(async (group) => client.request('GET', `/openapi/v3/${group}`)));
  const all = documents.map((document) => (document as { components: { schemas: Components } }).components.schemas);
  return kubernetesTypes(Object.assign({}, ...all) as Components);
}
