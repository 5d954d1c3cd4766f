import { expect, test } from 'vitest';
import { tellAddressRange } from './tell-address-range.ts';

const f = (cidr: unknown, prefixLength: number, isPrivate: boolean): void => {
  expect([cidr, tellAddressRange(cidr)]).toEqual([cidr, { prefixLength, isPrivate }]);
};

test('a range tells how large it is, and whether all of it is private', () => {
  f('203.0.113.7/32', 32, false);
  f('10.20.0.0/16', 16, true);
  f('10.0.0.0/8', 8, true);
  f('172.16.0.0/12', 12, true);
  f('172.31.255.0/24', 24, true);
  f('172.32.0.0/16', 16, false);
  f('192.168.1.0/24', 24, true);
  f('192.169.1.0/24', 24, false);
  f('100.64.0.0/10', 10, true);
  f('100.128.0.0/10', 10, false);
  f('127.0.0.1/32', 32, true);
  f('169.254.169.254/32', 32, true);
  f('fd00:12::/32', 32, true);
  f('fe80::1/64', 64, true);
  f('2001:db8::/32', 32, false);
  f('::/0', 0, false);
});

test('one that reaches out of a private range is not private', () => {
  f('0.0.0.0/0', 0, false);
  f('10.0.0.0/7', 7, false);
  f('172.16.0.0/11', 11, false);
  f('fc00::/6', 6, false);
});

test('what is no range tells nothing', () => {
  for (const value of [
    '',
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0/8',
    '1.2.3.4.5/8',
    '256.0.0.0/8',
    'jane/8',
    '::/129',
    7,
    null,
  ]) {
    expect([value, tellAddressRange(value)]).toEqual([value, undefined]);
  }
});
