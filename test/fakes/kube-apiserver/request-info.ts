/** What a request is about, told from its method and path alone. */
export interface RequestInfo {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** As the API server names it for RBAC; the lower-case method for paths that are not of a resource. */
  readonly verb: string;
  /** Absent for paths that are not of a resource, as `/version`. */
  readonly target?: ResourceTarget;
}

/** The resource in a path. */
export interface ResourceTarget {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

const PATH =
  /^\/(?:api\/(?<core>[^/]+)|apis\/(?<group>[^/]+)\/(?<version>[^/]+))(?:\/namespaces\/(?<namespace>[^/]+)(?=\/[^/]+)(?!\/(?:status|finalize)$))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<subresource>[^/]+))?)?$/u;

/** Reads a request line. */
export function parseRequest(method: string, url: string): RequestInfo {
  const { pathname: path, searchParams: query } = new URL(url, 'http://fake');
  const match = PATH.exec(path)?.groups;
  if (match === undefined) return { method, path, query, verb: method.toLowerCase() };
  const { core, group = '', version = '', namespace, resource = '', name, subresource } = match;
  const target = {
    group: core === undefined ? group : '',
    version: core ?? version,
    resource,
    namespace: namespace === undefined ? undefined : decodeURIComponent(namespace),
    name: name === undefined ? undefined : decodeURIComponent(name),
    subresource,
  };
  return { method, path, query, target, verb: verbOf({ method, query, name: target.name }) };
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch' };

function verbOf({ method, query, name }: { method: string; query: URLSearchParams; name: string | undefined }): string {
  if (method === 'DELETE') return name === undefined ? 'deletecollection' : 'delete';
  if (method !== 'GET') return VERBS[method] ?? method.toLowerCase();
  if (['1', 'true'].includes(query.get('watch') ?? '')) return 'watch';
  return name === undefined ? 'list' : 'get';
}
