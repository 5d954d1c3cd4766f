import { BlockList, isIP } from 'node:net';
import { CastaiError } from '../errors.ts';
import type { ConnectionSettings } from './connection.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a destination, or undefined for a direct connection.
 *
 * Follows what Go programs do, because customers write these variables once for all their agents: upper case before
 * lower case, a proxy without a scheme is plain HTTP. Throws `CONFIG_INVALID` for a proxy that cannot be used.
 */
export function proxyFor(settings: Pick<ConnectionSettings, 'baseUrl' | 'proxy' | 'environment'>): URL | undefined {
  if (settings.proxy === 'none') return undefined;
  const { baseUrl, environment } = settings;
  const variable = baseUrl.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = lookUp(environment, variable);
  if (value === undefined || bypassesProxy(baseUrl, lookUp(environment, 'NO_PROXY') ?? '')) return undefined;
  return parseProxy(variable, value);
}

/**
 * Whether NO_PROXY exempts a URL. Entries are separated by commas or spaces: `*`; `host` with its subdomains; `.host` or
 * `*.host`, subdomains only; an address; an address range (`10.0.0.0/8`); each of the first three and addresses may end in `:port`.
 */
export function bypassesProxy(url: URL, noProxy: string): boolean {
  const target = { host: bareHost(url.hostname), port: url.port || (url.protocol === 'https:' ? '443' : '80') };
  return noProxy
    .split(/[\s,]+/u)
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry.toLowerCase(), target));
}

/** A proxy as it may be shown: without user and password. */
export function describeProxy(proxy: URL): string {
  return `${proxy.protocol}//${proxy.host}`;
}

interface Target {
  readonly host: string;
  readonly port: string;
}

function matches(entry: string, target: Target): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInRange(target.host, entry);
  const { host, port } = splitPort(entry);
  if (port !== undefined && port !== target.port) return false;
  if (isIP(target.host) !== 0) return host === target.host;
  const name = host.startsWith('*.') ? host.slice(1) : host;
  if (name.startsWith('.')) return target.host.endsWith(name);
  return target.host === name || target.host.endsWith(`.${name}`);
}

/** `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address, whose colons are not a port's. */
function splitPort(entry: string): { host: string; port?: string } {
  const match = /^(?:\[(?<v6>[^\]]*)\]|(?<name>[^:]*))(?::(?<port>\d+))?$/u.exec(entry);
  if (match?.groups === undefined) return { host: entry };
  const { v6, name, port } = match.groups;
  const host = v6 ?? name ?? '';
  return port === undefined ? { host } : { host, port };
}

function isInRange(host: string, range: string): boolean {
  const [address = '', prefix = ''] = range.split('/');
  const [family, hostFamily] = [isIP(address), isIP(host)];
  if (family === 0 || family !== hostFamily || !/^\d{1,3}$/u.test(prefix)) return false;
  if (Number(prefix) > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(address, Number(prefix), type);
  return list.check(host, type);
}

function bareHost(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/u, '$1').toLowerCase();
}

/** An empty variable counts as unset: charts render unset values that way. */
function lookUp(environment: Environment, variable: string): string | undefined {
  const value = environment[variable]?.trim() || environment[variable.toLowerCase()]?.trim();
  return value === '' ? undefined : value;
}

/** The value is never quoted in errors: it may hold a password. */
function parseProxy(variable: string, value: string): URL {
  const url = URL.parse(value.includes('://') ? value : `http://${value}`);
  if (url === null || url.hostname === '') {
    throw new CastaiError('CONFIG_INVALID', `${variable} is not a URL`, {
      hint: `set ${variable} to something like http://proxy.example.com:3128`,
    });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new CastaiError('CONFIG_INVALID', `${variable} has the scheme "${url.protocol.slice(0, -1)}"`, {
      hint: 'only http and https proxies are supported',
    });
  }
  return url;
}
