/**
 * The addresses of a name, as the system has them, without the system's `getaddrinfo`. Node gives that one two threads for the whole process:
 * two names whose server is silent would keep every other look-up waiting, and so one dead endpoint would delay another. These look-ups take
 * no thread. What else the system would ask (mDNS, LDAP) is not asked; the files of a pod, and of nearly every machine, say no more.
 */
import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { addressesInHosts, candidateNames } from './name-files.ts';

/** An address of a name. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Every address of a name. */
export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

/** Where a system says what it knows of names. */
export interface NameSystem {
  /** Paths; a file that cannot be read says nothing. */
  readonly hostsFile: string;
  readonly resolvConf: string;
  /** `address:port`; missing: those of the system. */
  readonly servers?: readonly string[];
  /** The first wait for an answer, ms; each name server is asked twice. */
  readonly timeoutMs: number;
}

const SYSTEM: NameSystem = { hostsFile: '/etc/hosts', resolvConf: '/etc/resolv.conf', timeoutMs: 2_000 };

/** Codes of answers that say that there is no such name: the next one is asked for. */
const ABSENT: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);
/** Codes of answers that say that this server does not know: the next one is asked for, too, and may be the one that is meant. */
const FAILED: ReadonlySet<unknown> = new Set(['ESERVFAIL', 'EREFUSED']);

/** Makes look-ups in a system. Whoever asks for a name at the same time asks once. They reject with an error that names the host. */
export function createResolver(system: NameSystem): Resolve {
  const asked = new Map<string, Promise<readonly ResolvedAddress[]>>();
  return async (host) => {
    const asking = asked.get(host) ?? lookUp(system, host).finally(() => asked.delete(host));
    asked.set(host, asking);
    return asking;
  };
}

/** Those of this system. */
export const resolveBySystem: Resolve = createResolver(SYSTEM);

async function lookUp(system: NameSystem, host: string): Promise<readonly ResolvedAddress[]> {
  const name = host.replace(/\.$/, '');
  const listed = addressesInHosts(await textOf(system.hostsFile), name);
  if (listed.length > 0) return listed.map(resolved);
  // Of no name server, whatever one says (RFC 6761).
  if (/(?:^|\.)localhost$/i.test(name)) return ['127.0.0.1', '::1'].map(resolved);
  let failure: Error | undefined;
  for (const candidate of candidateNames(await textOf(system.resolvConf), host)) {
    const told = await ask(resolverOf(system), candidate, host);
    if (told.found.length > 0) return told.found.map(resolved);
    failure ??= told.failure;
  }
  // Whoever is told that there is no such name looks for a mistake in it.
  throw failure ?? Object.assign(new Error(`no name server knows an address of ${host}`), { code: 'ENOTFOUND' });
}

/**
 * For one name alone: a resolver that has heard three answers waits five times as long as they took and no longer, a quarter of a second and
 * two. What a cluster knows itself comes in a millisecond, and a name of the internet, which in a pod is asked for last, would be given up.
 */
function resolverOf({ timeoutMs, servers }: NameSystem): Resolver {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
  if (servers !== undefined) resolver.setServers(servers);
  return resolver;
}

interface Told {
  /** Both kinds of address; none: there is no such name, or the server failed. */
  readonly found: readonly string[];
  readonly failure?: Error;
}

/** Throws when nobody answers: then it is not known whether there is such a name. */
async function ask(resolver: Resolver, name: string, host: string): Promise<Told> {
  // IPv4 first: where both are known, connections are tried in turn, and more networks have no way for IPv6 than none for IPv4.
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  let failure: Error | undefined;
  for (const answer of found.length > 0 ? [] : answers) {
    if (answer.status === 'fulfilled') continue;
    const cause: unknown = answer.reason;
    const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
    if (ABSENT.has(code)) continue;
    const hasFailed = FAILED.has(code);
    const message = `the name server ${hasFailed ? 'fails' : 'does not answer'} for ${host}: ${String(code)}`;
    failure = Object.assign(new Error(message, { cause }), { code });
    if (!hasFailed) throw failure;
  }
  return failure === undefined ? { found } : { found, failure };
}

function resolved(address: string): ResolvedAddress {
  return { address, family: isIP(address) };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    // As for every program: without the file there are no such names.
    return '';
  }
}
