import { expect, test } from 'vitest';
import { SUMMARIES, type SummaryName } from './summaries.ts';

const f = (name: SummaryName, value: unknown, expected: unknown): void => {
  expect([name, value, SUMMARIES[name].tell(value)]).toEqual([name, value, expected]);
};
const SHA = `sha256:${'0a'.repeat(32)}`;

test('a list tells how long it is', () => {
  f('count', ['a', 'b'], 2);
  f('count', [], 0);
  f('count', 'ab', undefined);
  f('count', { length: 3 }, undefined);
});

test('an address is not told, whatever it is of, and what merely looks alike is', () => {
  for (const told of [
    'NVIDIA A100',
    'eth1',
    '0000:17:00.0',
    'pci0000:16',
    '535.104.05',
    '525.860.12.0',
    'mlx5_0',
    'a:b',
    '',
  ])
    f('unlessAddress', told, told);
  for (const address of [
    '10.1.2.3',
    '10.1.2.3/24',
    'via 10.1.2.3',
    'fe80::1',
    '::1',
    '2001:db8:0:0:0:0:0:1',
    '02:42:ac:11:00:02',
    '02-42-AC-11-00-02',
    '50:01:43:80:12:34:56:78',
    'jane@example.com',
    'https://u:p@h',
    'nfs://nas01/x',
    7,
    'x'.repeat(513),
  ]) {
    f('unlessAddress', address, undefined);
  }
});

test('the id of an image tells its digest and nothing of its name', () => {
  f('digest', `registry.corp.example/project-titan/api@${SHA}`, SHA);
  f('digest', `docker-pullable://api@${SHA}`, SHA);
  f('digest', `docker://${SHA}`, SHA);
  f('digest', SHA, SHA);
  for (const none of [
    `x${SHA}`,
    `${SHA}0`,
    SHA.slice(0, -1),
    `${SHA}/x`,
    'api:1',
    '',
    5,
    `${'a'.repeat(1024)}@${SHA}`,
  ]) {
    f('digest', none, undefined);
  }
});

test('the address of a port on its node tells whether it is all of them, its own, or another', () => {
  for (const any of ['', '0.0.0.0', '::']) f('hostAddress', any, 'any');
  f('hostAddress', '127.0.0.1', 'loopback');
  f('hostAddress', '::1', 'loopback');
  f('hostAddress', '10.1.2.3', 'other');
  f('hostAddress', 5, undefined);
});

test('the path of a resource of a cloud tells its last part', () => {
  f('lastPart', '/subscriptions/0/virtualNetworks/corp/subnets/nodes', 'nodes');
  f('lastPart', 'nodes', 'nodes');
  for (const none of ['', 'a/', 'a/two words', 'a'.repeat(129), 5, null]) f('lastPart', none, undefined);
});
