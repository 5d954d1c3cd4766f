import { expect, test } from 'vitest';
import { FakeKubeClient } from '../fake-kube-client.ts';
import type { CarriedOutWrite } from './write-witness.ts';

const { signal } = new AbortController();
const MAPS = '/api/v1/namespaces/ns/configmaps';
const MAP = { metadata: { name: 'a' }, data: { of: 'one' } };
const changing = (of: string, ...tests: object[]) =>
  ({
    contentType: 'application/json-patch+json',
    body: [...tests, { op: 'replace', path: '/data/of', value: of }],
  }) as const;

async function witnessed(): Promise<{ kube: FakeKubeClient; seen: CarriedOutWrite[]; told: () => unknown[] }> {
  const kube = await FakeKubeClient.start('ns');
  const seen: CarriedOutWrite[] = [];
  kube.fake.writes.tell = (write) => seen.push(write);
  const told = (): unknown[] =>
    seen.map(({ verb, before, after, isChange }) => [verb, before?.['data'], after?.['data'], isChange]);
  return { kube, seen, told };
}

test('a write whose answer nobody ever gets is told of, as it was carried out', async () => {
  const { kube, seen, told } = await witnessed();
  await using _kube = kube;
  const { fake, client } = kube;
  await client.create(MAPS, MAP, signal);
  fake.writes.tell = (write) => {
    seen.push(write);
    fake.abortConnections();
  };
  await expect(client.patch(`${MAPS}/a`, changing('two'), signal)).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE' });
  expect(told()).toEqual([
    ['create', undefined, { of: 'one' }, true],
    ['patch', { of: 'one' }, { of: 'two' }, true],
  ]);
});

test('what changes nothing is told to be no change, and what is refused is not told', async () => {
  const { kube, seen, told } = await witnessed();
  await using _kube = kube;
  const { client } = kube;
  await client.create(MAPS, MAP, signal);
  await client.patch(`${MAPS}/a`, changing('one'), signal);
  await client.patch(`${MAPS}/a?dryRun=All`, changing('two'), signal);
  const stale = changing('two', { op: 'test', path: '/data/of', value: 'other' });
  await expect(client.patch(`${MAPS}/a`, stale, signal)).rejects.toMatchObject({ code: 'KUBE_INVALID' });
  await client.delete(`${MAPS}/a`, {}, signal);
  expect(told()).toEqual([
    ['create', undefined, { of: 'one' }, true],
    ['patch', { of: 'one' }, { of: 'one' }, false],
    ['patch', { of: 'one' }, { of: 'one' }, false],
    ['delete', { of: 'one' }, undefined, true],
  ]);
  expect(new Set(seen.map(({ path }) => path))).toEqual(new Set([MAPS, `${MAPS}/a`]));
});
