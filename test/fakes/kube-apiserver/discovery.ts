import { createHash } from 'node:crypto';
import { type ResourceTable, servedVersions } from './resource-table.ts';
import { type ResourceType, apiVersionOf } from './resource-type.ts';

/** A group that another server would answer for; its resources are unknown while that one is dead. */
export interface AggregatedGroup {
  readonly group: string;
  readonly version: string;
  readonly isStale: boolean;
  readonly types: readonly ResourceType[];
}

/** Content type of the aggregated form, which clients have to ask for. */
export const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Of the same form before it was released. */
export const BETA_AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';

/** Forms the documents that tell what is served. */
export class Discovery {
  readonly #table: ResourceTable;
  readonly #aggregated: () => readonly AggregatedGroup[];

  constructor(table: ResourceTable, aggregated: () => readonly AggregatedGroup[]) {
    this.#table = table;
    this.#aggregated = aggregated;
  }

  /** Everything under /api or /apis in one document, and its ETag. */
  aggregated(root: 'api' | 'apis', form: 'v2' | 'v2beta1'): { readonly body: unknown; readonly etag: string } {
    const items = this.#groups(root === 'api').map(([name, versions]) => ({
      metadata: { ...(name === '' ? {} : { name }), creationTimestamp: null },
      versions: versions.map(({ version, types }) => ({
        version,
        resources: types.map((type) => aggregatedResource(type, version)),
        freshness: 'Current',
      })),
    }));
    for (const { group, version, isStale, types } of root === 'api' ? [] : this.#aggregated()) {
      const resources = types.map((type) => aggregatedResource(type, version));
      const state = isStale ? { version, freshness: 'Stale' } : { version, resources, freshness: 'Current' };
      items.push({ metadata: { name: group, creationTimestamp: null }, versions: [state as never] });
    }
    const body = { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${form}`, metadata: {}, items };
    const hash = createHash('sha512').update(JSON.stringify(body)).digest('hex').toUpperCase();
    return { body, etag: `"${hash}"` };
  }

  /** The versions of the core group, as servers before aggregated discovery say it. */
  legacyCore(): unknown {
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  }

  /** The groups, as servers before aggregated discovery say it. */
  legacyGroups(): unknown {
    const served = this.#groups(false).map(([name, versions]) =>
      legacyGroup(
        name,
        versions.map(({ version }) => version),
      ),
    );
    const aggregated = this.#aggregated().map(({ group, version }) => legacyGroup(group, [version]));
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: [...served, ...aggregated] };
  }

  /** The resources of one group and version; undefined when there are none, `stale` when their server is dead. */
  legacyResources(group: string, version: string): unknown {
    const aggregated = this.#aggregated().find(
      (candidate) => candidate.group === group && candidate.version === version,
    );
    if (aggregated?.isStale === true) return 'stale';
    const own = this.#groups(group === '').find(([name]) => name === group)?.[1];
    const types = own?.find((candidate) => candidate.version === version)?.types ?? aggregated?.types;
    if (types === undefined) return undefined;
    return {
      kind: 'APIResourceList',
      ...(group === '' ? {} : { apiVersion: 'v1' }),
      groupVersion: apiVersionOf(group, version),
      resources: types.flatMap(legacyResource),
    };
  }

  #groups(isCore: boolean): [string, { version: string; types: ResourceType[] }[]][] {
    const groups = new Map<string, Map<string, ResourceType[]>>();
    for (const type of this.#table.all()) {
      if ((type.group === '') !== isCore) continue;
      const versions = groups.get(type.group) ?? new Map<string, ResourceType[]>();
      groups.set(type.group, versions);
      for (const version of servedVersions(type)) versions.set(version, [...(versions.get(version) ?? []), type]);
    }
    return [...groups].map(([name, versions]) => [name, [...versions].map(([version, types]) => ({ version, types }))]);
  }
}

const STATUS_VERBS = ['get', 'patch', 'update'];

function aggregatedResource(type: ResourceType, version: string): unknown {
  const responseKind = { group: type.group, version, kind: type.kind };
  return {
    resource: type.resource,
    responseKind,
    scope: type.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: type.kind.toLowerCase(),
    verbs: type.verbs,
    ...(type.hasStatus ? { subresources: [{ subresource: 'status', responseKind, verbs: STATUS_VERBS }] } : {}),
  };
}

function legacyGroup(name: string, versions: readonly string[]): unknown {
  const named = versions.map((version) => ({ groupVersion: apiVersionOf(name, version), version }));
  return { name, versions: named, preferredVersion: named[0] };
}

function legacyResource({ resource, kind, namespaced, verbs, hasStatus }: ResourceType): unknown[] {
  const main = { name: resource, singularName: kind.toLowerCase(), namespaced, kind, verbs };
  if (!hasStatus) return [main];
  return [main, { name: `${resource}/status`, singularName: '', namespaced, kind, verbs: STATUS_VERBS }];
}
