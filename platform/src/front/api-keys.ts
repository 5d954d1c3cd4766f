import type { IncomingHttpHeaders } from 'node:http';
import { forbidden, Refusal } from '../answer/refusal.ts';
import type { AgentCall } from './route.ts';

/** What needs a key: the calls of agents, and those by which a cluster controller asks what is wanted of it. */
export type KeyCall = AgentCall | 'actions';

/** Which program a key is for. */
export type KeyRole = 'agent' | 'spot' | 'init-data';

/** What a key may do. Neither: everything, of the whole organisation. */
export interface Grant {
  /** The one cluster that it is for. */
  readonly cluster?: string;
  /** The one program that it is for. */
  readonly role?: KeyRole;
}

/** The calls of each program. A key that lies on every node is worth what its program does, and no more. */
const CALLS_OF: Readonly<Record<KeyRole, ReadonlySet<KeyCall>>> = {
  agent: new Set<KeyCall>(['register', 'open', 'batch', 'delta', 'log', 'telemetry', 'evictorReport']),
  spot: new Set<KeyCall>(['event']),
  'init-data': new Set<KeyCall>(['initData']),
};

/**
 * The API keys that are taken: those that were named, or any but the empty one when none was.
 *
 * An entry is a key, and behind it what it is restricted to, in any order: `<key> cluster=<id> role=agent|spot|init-data`.
 */
export class ApiKeys {
  #grants: ReadonlyMap<string, Grant>;

  /** Throws `RangeError` for an entry that cannot be read, without quoting a key. */
  constructor(entries: readonly string[] = []) {
    this.#grants = readEntries(entries);
  }

  /** Replaces them: that is a rotation. Throws as the constructor, and nothing is replaced then. */
  replace(entries: readonly string[]): void {
    this.#grants = readEntries(entries);
  }

  /** What this key may do; `undefined`: it is not taken. */
  grantOf(key: string): Grant | undefined {
    if (key === '') return undefined;
    return this.#grants.size === 0 ? {} : this.#grants.get(key);
  }

  /** What the key in the headers may do. Throws `Refusal` 401 when it is none, 403 when it is not for this call or this cluster. */
  authorize(
    headers: IncomingHttpHeaders,
    { call, cluster }: { readonly call: KeyCall; readonly cluster?: string | undefined },
  ): Grant {
    const key = headers['x-api-key'];
    const grant = typeof key === 'string' ? this.grantOf(key) : undefined;
    if (grant === undefined) {
      throw new Refusal(401, 'UNAUTHORIZED', { message: 'the X-Api-Key header holds no valid key' });
    }
    const why = whyForbidden(grant, call, cluster);
    if (why !== undefined) throw forbidden(why);
    return grant;
  }
}

/** Why a grant does not cover a call, in words; `undefined`: it does. A call that names no cluster is looked at by who answers it. */
export function whyForbidden(grant: Grant, call: KeyCall, cluster: string | undefined): string | undefined {
  const { role } = grant;
  if (role !== undefined && !CALLS_OF[role].has(call)) {
    return `this key is for the role ${role} only, which does not make the call ${call}`;
  }
  if (grant.cluster !== undefined && cluster !== undefined && cluster !== grant.cluster) {
    return `this key is for the cluster ${grant.cluster} only`;
  }
  return undefined;
}

function readEntries(entries: readonly string[]): ReadonlyMap<string, Grant> {
  const grants = new Map<string, Grant>();
  for (const [index, entry] of entries.entries()) {
    const [key = '', ...restrictions] = entry.split(/\s+/u);
    if (grants.has(key)) throw new RangeError(`entry ${index + 1} of the keys names a key that an earlier one names`);
    grants.set(key, restrictions.map((text) => readRestriction(text, index)).reduce(merge(index), {}));
  }
  return grants;
}

function readRestriction(text: string, index: number): Grant {
  const [name = '', value = ''] = text.split('=', 2);
  if (name === 'cluster' && value !== '') return { cluster: value };
  const role = name === 'role' ? ROLES.find((known) => known === value) : undefined;
  if (role !== undefined) return { role };
  throw new RangeError(
    `entry ${index + 1} of the keys: behind a key stand cluster=<id> and role=${ROLES.join('|')}, nothing else`,
  );
}

const ROLES: readonly KeyRole[] = ['agent', 'spot', 'init-data'];

function merge(index: number): (all: Grant, one: Grant) => Grant {
  return (all, one) => {
    // A second one would widen or empty the first: neither is what anybody means.
    if (Object.keys(one).some((name) => Object.hasOwn(all, name))) {
      throw new RangeError(`entry ${index + 1} of the keys has a restriction twice`);
    }
    return { ...all, ...one };
  };
}
