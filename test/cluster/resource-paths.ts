import type { SampleObject } from '../samples/sample-cluster.ts';
import type { ApiClient } from './api-client.ts';

/** Where objects of one kind are created. */
export interface ResourcePath {
  /** Path of the collection, without a trailing slash. */
  readonly collection: string;
  /** Whether status is written through its own subresource. */
  readonly hasStatus: boolean;
}

interface DiscoveredResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/**
 * Finds paths by asking the server's discovery, whose answers are kept, so that no table of plurals is needed.
 */
export class ResourcePaths {
  readonly #client: Pick<ApiClient, 'request'>;
  readonly #byApiVersion = new Map<string, Promise<readonly DiscoveredResource[]>>();

  constructor(client: Pick<ApiClient, 'request'>) {
    this.#client = client;
  }

  /** Throws an Error when the server does not serve the object's kind. */
  async find(object: Pick<SampleObject, 'apiVersion' | 'kind' | 'metadata'>): Promise<ResourcePath> {
    const { apiVersion, kind, metadata } = object;
    // A subresource may be of the parent's kind, as pods/status is.
    const isWanted = (candidate: DiscoveredResource): boolean =>
      candidate.kind === kind && !candidate.name.includes('/');
    let resources = await this.#discover(apiVersion);
    if (!resources.some(isWanted)) {
      // Its definition may be younger than the answer that we keep.
      this.#byApiVersion.delete(apiVersion);
      resources = await this.#discover(apiVersion);
    }
    const resource = resources.find(isWanted);
    if (resource === undefined) throw new Error(`the API server does not serve ${apiVersion} ${kind}`);
    const namespace = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
    return {
      collection: `${root(apiVersion)}${namespace}/${resource.name}`,
      hasStatus: resources.some((candidate) => candidate.name === `${resource.name}/status`),
    };
  }

  #discover(apiVersion: string): Promise<readonly DiscoveredResource[]> {
    const known = this.#byApiVersion.get(apiVersion);
    if (known !== undefined) return known;
    const asked = this.#client
      .request('GET', root(apiVersion))
      .then((list) => list['resources'] as readonly DiscoveredResource[]);
    this.#byApiVersion.set(apiVersion, asked);
    return asked;
  }
}

function root(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
