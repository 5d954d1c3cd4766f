import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/**
 * Whether NO_PROXY exempts a URL, by the rules of Go's `httpproxy`, because customers write these variables once for all their agents.
 *
 * `localhost`, 127.0.0.0/8 and ::1 never go through a proxy, whatever the variable says: there is somebody on this machine. Entries are
 * separated by commas (or spaces, which Go does not know): `*`; `host` with its subdomains; `.host` or `*.host`, subdomains only; an
 * address, in any spelling; a range (`10.0.0.0/8`). All but `*` and ranges may end in `:port`. IPv4 written as IPv6 is IPv4.
 */
export function bypassesProxy(url: URL, noProxy: string): boolean {
  const host = bare(url.hostname);
  const target = { host, address: addressOf(host), port: url.port || (url.protocol === 'https:' ? '443' : '80') };
  if (target.host === 'localhost' || isLoopback(target.address)) return true;
  return noProxy
    .split(/[\s,]+/u)
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry.toLowerCase(), target));
}

interface Address {
  readonly family: 'ipv4' | 'ipv6';
  readonly text: string;
}

interface Target {
  readonly host: string;
  readonly address: Address | undefined;
  readonly port: string;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function isLoopback(address: Address | undefined): boolean {
  return address !== undefined && LOOPBACK.check(address.text, address.family);
}

function matches(entry: string, target: Target): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInRange(target.address, entry);
  const { host, port } = splitPort(entry);
  if (port !== undefined && port !== target.port) return false;
  const address = addressOf(host);
  if (address !== undefined || target.address !== undefined) return address?.text === target.address?.text;
  const isOfSubdomains = host.startsWith('.') || host.startsWith('*.');
  // A URL has its host in the ASCII form already; what is no name at all matches nothing.
  const name = domainToASCII(isOfSubdomains ? host.slice(host.indexOf('.') + 1) : host);
  if (name === '') return false;
  return (target.host === name && !isOfSubdomains) || target.host.endsWith(`.${name}`);
}

/** `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address, whose colons are not a port's. */
function splitPort(entry: string): { host: string; port?: string } {
  const match = /^(?:\[(?<v6>[^\]]*)\]|(?<name>[^:]*))(?::(?<port>\d+))?$/u.exec(entry);
  if (match?.groups === undefined) return { host: entry };
  const { v6, name, port } = match.groups;
  const host = v6 ?? name ?? '';
  return port === undefined ? { host } : { host, port };
}

function isInRange(address: Address | undefined, range: string): boolean {
  const [written = '', prefix = ''] = range.split('/');
  const network = addressOf(written);
  if (address === undefined || network?.family !== address.family || !/^\d{1,3}$/u.test(prefix)) return false;
  // The range of an IPv4 address that is written as IPv6 counts from its bits there.
  const bits = Number(prefix) - (network.family === 'ipv4' && isIP(written) === 6 ? 96 : 0);
  if (bits < 0 || bits > (network.family === 'ipv4' ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network.text, bits, network.family);
  return list.check(address.text, network.family);
}

/** An address in its one canonical spelling; undefined for a name. */
function addressOf(text: string): Address | undefined {
  const family = isIP(text);
  if (family === 4) return { family: 'ipv4', text };
  // URL writes IPv6 in the shortest form and refuses zones, which no URL of ours has.
  const shortest = family === 6 ? URL.parse(`http://[${text}]`)?.hostname : undefined;
  if (shortest === undefined) return undefined;
  const mapped = /^\[::ffff:([\da-f]+):([\da-f]+)\]$/u.exec(shortest);
  if (mapped === null) return { family: 'ipv6', text: bare(shortest) };
  const [high = 0, low = 0] = mapped.slice(1).map((part) => Number.parseInt(part, 16));
  return { family: 'ipv4', text: [high >> 8, high & 255, low >> 8, low & 255].join('.') };
}

function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/u, '$1').toLowerCase();
}
