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
