import { StatusError } from './status-error.ts';

/** Something a user wants to do. */
export interface AccessRequest {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  /** Undefined: in all namespaces, or not in any. */
  readonly namespace?: string | undefined;
}

/** Takes rights away. A field that is not named, or `*`, fits everything. */
export interface DenyRule {
  /** Whose rights; everybody's unless told. */
  readonly user?: string;
  readonly verb?: string;
  readonly group?: string;
  readonly resource?: string;
  /** True: only what concerns all namespaces is denied, as for somebody with rights in single ones. */
  readonly clusterWideOnly?: boolean;
}

/** The user of requests without a token, or with an empty one. */
const ANONYMOUS = 'system:anonymous';

/** Who may do what. Known users may do everything that no rule denies; anonymous ones may do nothing. */
export class AccessControl {
  readonly #users: Map<string, string>;
  #denials: DenyRule[] = [];

  /** User names by bearer token. */
  constructor(tokens: Readonly<Record<string, string>>) {
    this.#users = new Map(Object.entries(tokens));
  }

  /** Makes a token valid. */
  addToken(token: string, user: string): void {
    this.#users.set(token, user);
  }

  /** Makes a token invalid for new requests; running watches go on, as on the real server. */
  revokeToken(token: string): void {
    this.#users.delete(token);
  }

  /** Takes rights away for new requests. Returns a function that gives these back. */
  deny(...rules: readonly DenyRule[]): () => void {
    this.#denials.push(...rules);
    return () => {
      this.#denials = this.#denials.filter((rule) => !rules.includes(rule));
    };
  }

  /** Gives all rights back. */
  allowAll(): void {
    this.#denials = [];
  }

  /** The user behind an Authorization header. Throws 401 for a token that is not known. */
  authenticate(authorization: string | undefined): string {
    const [scheme = '', token = ''] = (authorization ?? '').trim().split(/\s+/u);
    // The real server skips an empty token instead of refusing it: the user is anonymous then.
    if (scheme.toLowerCase() !== 'bearer' || token === '') return ANONYMOUS;
    const user = this.#users.get(token);
    if (user !== undefined) return user;
    throw new StatusError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
  }

  /** Whether the user may do this. `*` asks for everything of that sort. */
  allows(user: string, request: AccessRequest): boolean {
    if (user === ANONYMOUS) return false;
    return !this.#denials.some((rule) => touches(rule.user, user) && denies(rule, request));
  }

  /** Throws 403 when the user may not do this. */
  authorize(user: string, request: AccessRequest): void {
    if (this.allows(user, request)) return;
    const { verb, group, resource, subresource, namespace } = request;
    const what = subresource === undefined ? resource : `${resource}/${subresource}`;
    const scope = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
    throw new StatusError({
      code: 403,
      reason: 'Forbidden',
      message:
        `${group === '' ? resource : `${resource}.${group}`} is forbidden: User "${user}" ` +
        `cannot ${verb} resource "${what}" in API group "${group}" ${scope}`,
      details: { ...(group === '' ? {} : { group }), kind: resource },
    });
  }

  /** Throws 403 unless the user is known: for paths that are not of a resource. */
  authorizePath(user: string, path: string): void {
    if (user !== ANONYMOUS) return;
    const message = `forbidden: User "${user}" cannot get path "${path}"`;
    throw new StatusError({ code: 403, reason: 'Forbidden', message, details: {} });
  }
}

function denies(rule: DenyRule, request: AccessRequest): boolean {
  if (rule.clusterWideOnly === true && request.namespace !== undefined) return false;
  return (
    touches(rule.verb, request.verb) && touches(rule.group, request.group) && touches(rule.resource, request.resource)
  );
}

function touches(denied: string | undefined, asked: string): boolean {
  return denied === undefined || denied === '*' || asked === '*' || denied === asked;
}
