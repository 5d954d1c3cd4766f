/**
 * Which addresses a notification may not be sent to: whoever configures an endpoint must not reach, by way of the platform, what only the
 * platform reaches. Sources: IANA's registries of special-purpose addresses (RFC 6890), and the clouds' metadata services.
 */
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/** Networks, as {@link listOf} makes them: the name under which pure files know Node's list. */
export type Networks = BlockList;

type Range = readonly [network: string, prefix: number, what: string];

const IPV4: readonly Range[] = [
  ['0.0.0.0', 8, 'this network'],
  ['10.0.0.0', 8, 'a private network'],
  ['100.64.0.0', 10, 'a provider’s own network'],
  ['127.0.0.0', 8, 'this machine'],
  ['168.63.129.16', 32, 'Azure’s platform'],
  ['169.254.0.0', 16, 'the link, where metadata services are'],
  ['172.16.0.0', 12, 'a private network'],
  ['192.0.0.0', 24, 'a reserved network'],
  ['192.0.2.0', 24, 'a network of documentation'],
  ['192.88.99.0', 24, 'a reserved network'],
  ['192.168.0.0', 16, 'a private network'],
  ['198.18.0.0', 15, 'a network of benchmarks'],
  ['198.51.100.0', 24, 'a network of documentation'],
  ['203.0.113.0', 24, 'a network of documentation'],
  ['224.0.0.0', 4, 'a group of machines'],
  ['240.0.0.0', 4, 'a reserved network'],
];

/** Of what is given out at all, 2000::/3; everything else is forbidden without a name. */
const IPV6: readonly Range[] = [
  ['2001::', 23, 'a reserved network'],
  ['2001:db8::', 32, 'a network of documentation'],
  // Both hold an IPv4 address that somebody else routes to.
  ['2002::', 16, 'a tunnel'],
  ['3fff::', 20, 'a network of documentation'],
];

const FORBIDDEN = [
  ...IPV4.map(([network, prefix, what]) => ({ what, list: listOf([`${network}/${prefix}`]) })),
  ...IPV6.map(([network, prefix, what]) => ({ what, list: listOf([`${network}/${prefix}`]) })),
];
const GIVEN_OUT = listOf(['2000::/3']);
/** Forms of IPv6 whose last four bytes are the IPv4 address that is connected to: mapped ones, and NAT64 (RFC 6052). */
const HOLDS_IPV4 = [listOf(['::ffff:0:0/96']), listOf(['64:ff9b::/96'])];

/** Networks as `10.0.0.0/8`, or single addresses. Throws `RangeError` for what is neither. */
export function listOf(networks: readonly string[]): Networks {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix, more] = network.split('/');
    const bits = isIPv4(address) ? 32 : 128;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Infinity;
    if (isIP(address) === 0 || address.includes('%') || length > bits || more !== undefined) {
      throw new RangeError(`${network} is no network: write 10.0.0.0/8 or an address`);
    }
    list.addSubnet(address, length, isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** What is at an address that may not be connected to; `undefined`: it may. `allowed` are exceptions that an operator has made. */
export function whyForbidden(address: string, allowed: Networks): string | undefined {
  // With a zone it is of one link, and what the rest of the name means is the system's business.
  if (isIP(address) === 0 || address.includes('%')) return 'no address';
  const real = heldIPv4(address) ?? address;
  if (contains(allowed, address) || contains(allowed, real)) return undefined;
  if (isIPv6(real) && !contains(GIVEN_OUT, real)) return 'no address of the internet';
  return FORBIDDEN.find(({ list }) => contains(list, real))?.what;
}

function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** The IPv4 address in an IPv6 one; `undefined`: there is none. */
function heldIPv4(address: string): string | undefined {
  if (isIPv4(address) || !HOLDS_IPV4.some((list) => contains(list, address))) return undefined;
  const dotted = /[\d.]+$/.exec(address)?.[0] ?? '';
  if (isIPv4(dotted)) return dotted;
  // As a URL has it there are no dots, and no zeros in front: the last two groups, of which one or both may be left out as zeros.
  const written = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const groups = written.split(':').map((group) => Number.parseInt(group === '' ? '0' : group, 16));
  const [high = 0, low = 0] = groups.slice(-2);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
