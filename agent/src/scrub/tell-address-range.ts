import type { JsonObject } from '@castai/shared/kube/kube-object.ts';

/** Ranges that no network of the internet routes: RFC 1918, 6598, 1122, 3927. As number of the first address, and prefix length. */
const PRIVATE_V4: readonly (readonly [number, number])[] = [
  [ofV4(10, 0), 8],
  [ofV4(172, 16), 12],
  [ofV4(192, 168), 16],
  [ofV4(100, 64), 10],
  [ofV4(127, 0), 8],
  [ofV4(169, 254), 16],
];

/**
 * How large a range of addresses is, and whether all of it is private, without the addresses: those of a policy are networks of
 * customers and partners. Undefined for what is no CIDR.
 */
export function tellAddressRange(value: unknown): JsonObject | undefined {
  if (typeof value !== 'string' || value.length > MAX_CIDR_LENGTH) return undefined;
  const [, address = '', digits = ''] = /^([0-9A-Fa-f:.]+)\/(\d{1,3})$/.exec(value) ?? [];
  const prefixLength = Number(digits);
  if (address.includes(':')) {
    return prefixLength > 128 ? undefined : { prefixLength, isPrivate: isPrivateV6(address, prefixLength) };
  }
  const octets = address.split('.').map(Number);
  const [a, b, c, d] = octets;
  if (a === undefined || b === undefined || c === undefined || d === undefined || octets.length > 4) return undefined;
  if (prefixLength > 32 || !octets.every((octet) => octet <= 255)) return undefined;
  const first = ofV4(a, b);
  return {
    prefixLength,
    isPrivate: PRIVATE_V4.some(([range, bits]) => prefixLength >= bits && within(first, range, bits)),
  };
}

/** The longest way to write one: an IPv4 address inside an IPv6 one. */
const MAX_CIDR_LENGTH = 49;

/** The upper half of an address, which is all that the private ranges differ in. */
function ofV4(a: number, b: number): number {
  return a * 256 + b;
}

function within(first: number, range: number, bits: number): boolean {
  return first >> (16 - bits) === range >> (16 - bits);
}

/** RFC 4193 (`fc00::/7`) and 4291 (`fe80::/10`). */
function isPrivateV6(address: string, prefixLength: number): boolean {
  const [head = ''] = address.split(':');
  const group = Number.parseInt(head === '' ? '0' : head, 16);
  return (prefixLength >= 7 && group >> 9 === 0xfc >> 1) || (prefixLength >= 10 && group >> 6 === 0xfe80 >> 6);
}
