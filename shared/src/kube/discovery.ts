import { forEachAtOnce } from '../async/for-each-at-once.ts';
import { KubeError } from './kube-error.ts';
import type { KubeClient } from './kube-client.ts';
import { isRecord } from './kube-object.ts';
import { parseKubeJson } from './json/parse-kube-json.ts';

/** A resource that the API server serves, in one version. */
export interface ServedResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural name as it stands in paths. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** What the API server serves. */
export interface DiscoveryResult {
  /** Without subresources. */
  readonly resources: readonly ServedResource[];
  /**
   * Group and version (`metrics.k8s.io/v1beta1`) of aggregated API servers that do not answer now. What they serve is
   * unknown: their absence from `resources` must not be taken for a removal.
   */
  readonly stale: ReadonlySet<string>;
}

/**
 * Both documents in one request each. Kubernetes 1.26 to 1.29 know the form as `v2beta1` only, which differs in nothing that is read
 * here; servers that know neither send the old documents.
 */
const ACCEPT_AGGREGATED = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');

/** Groups asked at once where there is no aggregated form: one that hangs until its timeout holds up no other. */
const GROUPS_AT_ONCE = 4;

interface Document {
  readonly etag: string;
  readonly result: DiscoveryResult;
}

/**
 * What one API server serves, asked anew whenever `refresh` is called. Unchanged documents cost a 304 each. A server
 * that does not know aggregated discovery is asked group by group.
 */
export class Discovery {
  readonly #client: Pick<KubeClient, 'send'>;
  /** By path: `/api` and `/apis`. */
  readonly #known = new Map<string, Document>();

  constructor(client: Pick<KubeClient, 'send'>) {
    this.#client = client;
  }

  /** Asks the server. Throws a `KubeError` if it does not answer; what was known before is then still good. */
  async refresh(signal: AbortSignal): Promise<DiscoveryResult> {
    const parts = await Promise.all([this.#document('/api', signal), this.#document('/apis', signal)]);
    return merge(parts);
  }

  async #document(path: string, signal: AbortSignal): Promise<DiscoveryResult> {
    const known = this.#known.get(path);
    const headers = {
      accept: ACCEPT_AGGREGATED,
      ...(known === undefined || known.etag === '' ? {} : { 'if-none-match': known.etag }),
    };
    const response = await this.#client.send({ method: 'GET', path, headers }, signal);
    if (response.status === 304 && known !== undefined) return known.result;
    const value = parseKubeJson(response.text);
    // The content type alone tells the form: a form that the server does not know any more comes as the old document.
    const isAggregated = /;\s*as=APIGroupDiscoveryList/i.test(response.headers.get('content-type') ?? '');
    // What is neither form is somebody else's answer: to read it as "nothing is served" would put every kind in doubt.
    if (!hasMember(value, isAggregated ? ['items'] : ['groups', 'versions'])) {
      throw new KubeError('KUBE_STREAM_BROKEN', `the API server answered ${path} with something else`);
    }
    const result = isAggregated ? readAggregated(value) : await this.#askEach(groupVersionsOf(value), signal);
    // The old document lists groups only: its ETag says nothing about the resources in them.
    this.#known.set(path, { etag: isAggregated ? (response.headers.get('etag') ?? '') : '', result });
    return result;
  }

  /** The way of old servers. What goes wrong with one group is that group's problem: `/api` and `/apis` have answered. */
  async #askEach(groupVersions: string[], signal: AbortSignal): Promise<DiscoveryResult> {
    const parts = new Map<string, DiscoveryResult>();
    await forEachAtOnce(groupVersions, GROUPS_AT_ONCE, async (groupVersion) => {
      try {
        parts.set(groupVersion, { resources: await this.#group(groupVersion, signal), stale: new Set() });
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof KubeError)) throw error;
        parts.set(groupVersion, { resources: [], stale: new Set([groupVersion]) });
      }
    });
    return merge(groupVersions.flatMap((groupVersion) => parts.get(groupVersion) ?? []));
  }

  async #group(groupVersion: string, signal: AbortSignal): Promise<ServedResource[]> {
    const path = groupVersion.includes('/') ? `/apis/${groupVersion}` : `/api/${groupVersion}`;
    const value = parseKubeJson((await this.#client.send({ method: 'GET', path }, signal)).text);
    // Something in between that answers 200 with JSON of its own must not make the group look empty.
    if (hasMember(value, ['resources'])) return readResourceList(groupVersion, value);
    throw new KubeError('KUBE_STREAM_BROKEN', `the API server described ${groupVersion} with something else`);
  }
}

/** `APIGroupDiscoveryList` of `apidiscovery.k8s.io/v2`, and of `v2beta1`. */
function readAggregated(value: unknown): DiscoveryResult {
  const resources: ServedResource[] = [];
  const stale = new Set<string>();
  for (const group of recordsIn(value, 'items')) {
    const name = isRecord(group['metadata']) ? textOf(group['metadata']['name']) : '';
    for (const entry of recordsIn(group, 'versions')) {
      const version = textOf(entry['version']);
      if (entry['freshness'] === 'Stale') stale.add(toGroupVersion(name, version));
      for (const resource of recordsIn(entry, 'resources')) {
        const kind = isRecord(resource['responseKind']) ? textOf(resource['responseKind']['kind']) : '';
        const namespaced = resource['scope'] === 'Namespaced';
        resources.push({
          group: name,
          version,
          resource: textOf(resource['resource']),
          kind,
          namespaced,
          verbs: verbsOf(resource),
        });
      }
    }
  }
  return { resources, stale };
}

/** `APIVersions` of `/api`, `APIGroupList` of `/apis`. */
function groupVersionsOf(value: unknown): string[] {
  const versions = isRecord(value) && Array.isArray(value['versions']) ? value['versions'] : [];
  const inGroups = recordsIn(value, 'groups').flatMap((group) => recordsIn(group, 'versions'));
  return [...versions, ...inGroups.map((entry) => entry['groupVersion'])].map(textOf).filter((name) => name !== '');
}

/** `APIResourceList` of one group version. */
function readResourceList(groupVersion: string, value: unknown): ServedResource[] {
  const [version = '', group = ''] = groupVersion.split('/').toReversed();
  return recordsIn(value, 'resources')
    .filter((resource) => !textOf(resource['name']).includes('/'))
    .map((resource) => ({
      group,
      version,
      resource: textOf(resource['name']),
      kind: textOf(resource['kind']),
      namespaced: resource['namespaced'] === true,
      verbs: verbsOf(resource),
    }));
}

function merge(parts: DiscoveryResult[]): DiscoveryResult {
  return {
    resources: parts.flatMap((part) => part.resources),
    stale: new Set(parts.flatMap((part) => [...part.stale])),
  };
}

function toGroupVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Whether it has a list under one of these names; Go writes an empty one as null. */
function hasMember(value: unknown, members: readonly string[]): boolean {
  return isRecord(value) && members.some((member) => Array.isArray(value[member]) || value[member] === null);
}

function recordsIn(value: unknown, member: string): Record<string, unknown>[] {
  const members: unknown = isRecord(value) ? value[member] : undefined;
  return Array.isArray(members) ? members.filter(isRecord) : [];
}

function verbsOf(resource: Record<string, unknown>): string[] {
  const { verbs } = resource;
  return Array.isArray(verbs) ? verbs.map(textOf) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
