import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DnsServer } from '@castai/shared/testing/dns-server.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createResolver, resolveBySystem, type Resolve } from './system-resolver.ts';

let folder = '';
let server: DnsServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'castai-names-'));
  server = await DnsServer.start();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** A system with these files. Its names are waited for as long as a test may take. */
function system({
  hosts,
  resolv,
  timeoutMs = 60_000,
}: {
  hosts?: string;
  resolv?: string;
  timeoutMs?: number;
}): Resolve {
  const [hostsFile, resolvConf] = [join(folder, 'hosts'), join(folder, 'resolv.conf')];
  if (hosts !== undefined) writeFileSync(hostsFile, hosts);
  if (resolv !== undefined) writeFileSync(resolvConf, resolv);
  return createResolver({ hostsFile, resolvConf, servers: [server.address], timeoutMs });
}
const addresses = async (resolve: Resolve, host: string): Promise<string[]> =>
  (await resolve(host)).map(({ address, family }) => `${address} ${family}`);

test('however many names are not answered for, another one is looked up meanwhile', async () => {
  const resolve = system({});
  server.answer = (name) => (name === 'alive.example' ? ['192.0.2.1'] : 'silence');
  const dead = Array.from({ length: 40 }, (_, index) => `dead-${index}.example`);
  const settled: string[] = [];
  const asking = dead.map((host) =>
    resolve(host).then(
      () => settled.push(`${host} was found`),
      (error: unknown) => settled.push(String(error)),
    ),
  );
  await eventually({
    what: 'all of them are asked for',
    look: () => new Set(server.questions).size,
    until: (count) => count === 2 * dead.length,
  });
  expect(await addresses(resolve, 'alive.example')).toEqual(['192.0.2.1 4']);
  expect(settled).toEqual([]);
  server.release();
  await Promise.all(asking);
  expect(settled.toSorted()[0]).toBe('Error: no name server knows an address of dead-0.example');
});

test('both kinds of address are found, those of IPv4 first', async () => {
  server.answer = () => ['2001:db8::1', '192.0.2.1', '192.0.2.2'];
  expect(await addresses(system({}), 'hooks.example')).toEqual(['192.0.2.1 4', '192.0.2.2 4', '2001:db8::1 6']);
  server.answer = () => ['2001:db8::1'];
  expect(await addresses(system({}), 'hooks.example')).toEqual(['2001:db8::1 6']);
});

test('a name of the hosts file is asked of nobody', async () => {
  const resolve = system({ hosts: '10.0.0.1 receiver\nfd00::1 receiver\n' });
  expect(await addresses(resolve, 'receiver')).toEqual(['10.0.0.1 4', 'fd00::1 6']);
  expect(await addresses(resolve, 'receiver.')).toEqual(['10.0.0.1 4', 'fd00::1 6']);
  expect(server.questions).toEqual([]);
});

test('localhost is this machine, with a dot behind it, a name before it and without a hosts file', async () => {
  for (const host of ['localhost', 'localhost.', 'a.localhost', 'LOCALHOST']) {
    expect(await addresses(system({}), host)).toEqual(['127.0.0.1 4', '::1 6']);
  }
  expect(server.questions).toEqual([]);
});

test('a short name is found by the search list, and a name that no domain of it has as it stands', async () => {
  const resolve = system({ resolv: 'search castai.svc.cluster.local svc.cluster.local\noptions ndots:5\n' });
  server.answer = (name) => {
    if (name === 'receiver.monitoring.svc.cluster.local') return ['10.96.0.7'];
    return name === 'hooks.example' ? ['192.0.2.1'] : 'NXDOMAIN';
  };
  expect(await addresses(resolve, 'receiver.monitoring')).toEqual(['10.96.0.7 4']);
  expect(await addresses(resolve, 'hooks.example')).toEqual(['192.0.2.1 4']);
  server.questions.length = 0;
  expect(await addresses(resolve, 'hooks.example.')).toEqual(['192.0.2.1 4']);
  expect(server.questions.toSorted()).toEqual(['A hooks.example', 'AAAA hooks.example']);
});

test('a domain whose server fails does not hide the name behind it', async () => {
  const resolve = system({ resolv: 'search broken.example good.example' });
  server.answer = (name) => {
    if (name === 'hooks.broken.example') return 'SERVFAIL';
    return name === 'hooks.good.example' ? ['192.0.2.1'] : [];
  };
  expect(await addresses(resolve, 'hooks')).toEqual(['192.0.2.1 4']);
  await expect(resolve('other')).rejects.toThrow('no name server knows an address of other');
});

test('a server that fails is not a name that is not there', async () => {
  const resolve = system({ resolv: 'search ns.svc.example\noptions ndots:5' });
  server.answer = (name) => (name === 'hooks.example' ? 'SERVFAIL' : 'NXDOMAIN');
  await expect(resolve('hooks.example')).rejects.toMatchObject({
    code: 'ESERVFAIL',
    message: 'the name server fails for hooks.example: ESERVFAIL',
  });
  server.answer = () => 'NXDOMAIN';
  await expect(resolve('hooks.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

test('a server that is silent is no answer: the name behind it in the list may be somebody else', async () => {
  const resolve = system({ resolv: 'search silent.example good.example', timeoutMs: 50 });
  server.answer = (name) => (name === 'hooks.silent.example' ? 'silence' : ['192.0.2.1']);
  await expect(resolve('hooks')).rejects.toThrow('the name server does not answer for hooks: ETIMEOUT');
  expect(server.questions.every((question) => question.endsWith(' hooks.silent.example'))).toBe(true);
});

test('a name that takes its time is waited for, however quickly those of the search list were answered', async () => {
  const resolve = system({ resolv: 'search ns.svc.example svc.example example.local\noptions ndots:5' });
  server.answer = (name) => (name === 'hooks.example' ? 'silence' : 'NXDOMAIN');
  const asking = resolve('hooks.example').catch(String);
  await eventually({
    what: 'the name itself is asked for',
    look: () => server.questions.filter((question) => question.endsWith(' hooks.example')).length,
    until: (count) => count === 2,
  });
  // The library's own time: a wait that quick answers have shortened would be over after two seconds of it, and its error another one.
  await sleep(3_000);
  server.release();
  expect(await asking).toBe('Error: no name server knows an address of hooks.example');
});

test('a name is asked for once by all who ask at the same time, and anew by who asks later', async () => {
  server.answer = () => ['192.0.2.1'];
  const resolve = system({});
  const [one, other] = await Promise.all([resolve('hooks.example'), resolve('hooks.example')]);
  expect(other).toBe(one);
  expect(server.questions).toHaveLength(2);
  expect(await resolve('hooks.example')).not.toBe(one);
  expect(server.questions).toHaveLength(4);
});

test('this system knows itself', async () => {
  const found = (await resolveBySystem('localhost')).map(({ address }) => address);
  expect(found.every((address) => ['127.0.0.1', '::1'].includes(address))).toBe(true);
  expect(found).not.toEqual([]);
});
