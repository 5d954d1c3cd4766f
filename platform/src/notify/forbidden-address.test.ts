import { expect, test } from 'vitest';
import { listOf, whyForbidden } from './forbidden-address.ts';

const NONE = listOf([]);
const f = (address: string, ...allowed: string[]): string => whyForbidden(address, listOf(allowed)) ?? 'may';

test('what only the platform reaches may not be reached by way of it', () => {
  const forbidden = [
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '100.100.100.200', // Alibaba's metadata
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16', // Azure's platform
    '169.254.169.254',
    '169.254.170.2', // credentials of ECS
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192', // Oracle's metadata
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::FFFF:169.254.169.254',
    '0:0:0:0:0:ffff:a9fe:a9fe',
    '::ffff:a00:0', // 10.0.0.0, whose end is zeros
    '::127.0.0.1', // the form before mapped ones
    '64:ff9b::7f00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::a00:1', // a network's own translation
    'fe80::1',
    'fe80::1%lo',
    'fc00::1',
    'fd00:ec2::254', // AWS' metadata
    'fd20:ce::254', // Google's
    'ff02::1',
    '2001:db8::1',
    '2001:0:7f00:1::', // Teredo
    '2002:7f00:1::', // 6to4
    'fec0::1',
    '',
    'localhost',
    '127.1',
    '0x7f000001',
  ];
  expect(forbidden.filter((address) => whyForbidden(address, NONE) === undefined)).toEqual([]);
});

test('what is on the internet may be reached, in every form', () => {
  const open = [
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '168.63.129.17',
    '172.15.255.255',
    '172.32.0.0',
    '223.255.255.255',
    '::ffff:1.1.1.1',
    '::ffff:101:101',
    '64:ff9b::8.8.8.8',
    '64:ff9b::808:808',
    '2606:4700:4700::1111',
    '2a00:1450:4001:800::200e',
  ];
  expect(open.map((address) => f(address))).toEqual(open.map(() => 'may'));
});

test('it says what is there', () => {
  expect(f('::ffff:a9fe:a9fe')).toBe('the link, where metadata services are');
  expect(f('fd00::1')).toBe('no address of the internet');
  expect(f('nonsense')).toBe('no address');
});

test('an operator’s exception counts in every form of the address, and for nothing else', () => {
  expect(f('10.1.2.3', '10.0.0.0/8')).toBe('may');
  expect(f('::ffff:10.1.2.3', '10.0.0.0/8')).toBe('may');
  expect(f('::ffff:a01:203', '10.0.0.0/8')).toBe('may');
  expect(f('64:ff9b::10.1.2.3', '10.0.0.0/8')).toBe('may');
  expect(f('64:ff9b::a01:203', '10.0.0.0/8')).toBe('may');
  expect(f('64:ff9b::192.168.0.1', '10.0.0.0/8')).toBe('a private network');
  expect(f('11.0.0.0', '10.0.0.0/8')).toBe('may');
  expect(f('192.168.0.1', '10.0.0.0/8')).toBe('a private network');
  expect(f('127.0.0.1', '127.0.0.1')).toBe('may');
  expect(f('127.0.0.2', '127.0.0.1')).toBe('this machine');
  expect(f('::1', '::1')).toBe('may');
  expect(f('fd00::1', 'fd00::/8')).toBe('may');
});

test.each(['', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8/8', '10.0.0', 'host', '::/129', 'fe80::1%lo/64'])(
  '"%s" is refused, because it is no network',
  (network) => {
    expect(() => listOf([network])).toThrow(RangeError);
  },
);
